// Says so when the server does not answer: a line while it lasts, and a word to whoever just did something.
"use strict";
(() => {
  const line = document.getElementById("offline"), toasts = document.getElementById("toasts");
  if (!line) return;

  const show = (on) => {
    if (Boolean(line.textContent) === on) line.textContent = on ? "" : line.dataset.words;
  };
  const tell = () => {
    toasts.querySelectorAll(".toast-offline").forEach((each) => each.remove());
    const toast = document.createElement("div");
    toast.className = "toast-line toast-long toast-offline";
    toast.setAttribute("role", "alert");
    toast.textContent = line.dataset.told;
    toasts.append(toast);
  };
  // What a page asks by itself, or while somebody writes, is asked again anyway.
  const isAct = ({ sourceElement }) => sourceElement.matches("form, button, #keys");
  const fail = (asked) => {
    show(false);
    if (isAct(asked)) tell();
  };

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => ctx && ctx.text === undefined && fail(ctx));
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail, { status, headers } = ctx.response;
    // A proxy's own page, while the service behind it is away, is no answer of ours.
    if (![502, 503, 504].includes(status) || headers.get("HX-Retarget")) return show(true);
    event.preventDefault();
    fail(ctx);
  });
  addEventListener("offline", () => show(false));
  addEventListener("online", () => show(true));
})();
