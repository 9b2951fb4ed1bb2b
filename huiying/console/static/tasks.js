// The page of tasks by keyboard: J and K move, D is done, L logs the call, A takes it, M opens the rest, U takes back.
"use strict";
(() => {
  let selected = "";
  const rows = () => [...document.querySelectorAll("[data-task]")];
  const row = () => rows().find((one) => one.dataset.task === selected);
  const paint = () => rows().forEach((one) => one.classList.toggle("is-selected", one.dataset.task === selected));
  const select = (one) => {
    if (!one) return;
    selected = one.dataset.task;
    paint();
    one.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(row());
    select(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]);
  };
  const act = (key) => {
    const one = row()?.querySelector(`[data-task-key=${key}]`);
    if (!one) return;
    // Whoever works through the list finds the next one selected.
    const all = rows(), at = all.indexOf(row());
    if (key === "done") select(all[at + 1] || all[at - 1] || all[at]);
    one.matches("a") ? one.click() : one.requestSubmit();
  };
  const unfold = () => {
    const more = row()?.querySelector(".handling-more");
    if (!more) return;
    more.open = true;
    more.querySelector("input.form-control").focus();
  };
  const keys = {
    KeyJ: () => move(1), KeyK: () => move(-1), KeyD: () => act("done"), KeyL: () => act("call"), KeyA: () => act("take"),
    KeyM: unfold, KeyU: () => [...document.querySelectorAll("#toasts [data-undo]")].pop()?.click(),
    Enter: () => row()?.querySelector(".line-top a")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    const writes = event.isComposing || event.ctrlKey || event.metaKey || event.altKey;
    if (writes || event.target.closest?.("input, textarea, select, dialog")) return;
    if (event.code === "Enter" && event.target.closest("a, button, summary")) return;
    keys[event.code]?.();
  });
  document.addEventListener("click", (event) => select(event.target.closest("[data-task]")));
  document.addEventListener("htmx:after:swap", paint);
})();
