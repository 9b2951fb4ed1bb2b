// The views of the queue by key: G, then the place of one; G, then 0 for the plain queue.
"use strict";
(() => {
  const WAITS_MS = 1500;
  let began = -Infinity;

  document.addEventListener("pressed", (event) => {
    const key = event.detail;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(key.code);
    const waits = performance.now() - began < WAITS_MS;
    began = key.code === "KeyG" && !key.shiftKey ? performance.now() : -Infinity;
    if (!digit || !waits) return;
    event.preventDefault();
    const place = Number(digit[1]);
    if (!place) location.href = "/queue";
    else document.querySelectorAll("#views a.view")[place - 1]?.click();
  });

  document.addEventListener("toggle", (event) => event.target.matches?.("#view-save[open]") && event.target.querySelector("[name=name]").focus(), true);

  // What was saved or renamed needs its form no more.
  document.addEventListener("views-changed", () => {
    for (const menu of document.querySelectorAll("#views details[open]")) menu.open = false;
  });
})();
