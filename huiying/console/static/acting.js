// What is done twice by mistake is done once; after an act the keyboard stays where it was; nothing is asked while an
// input method still composes a word.
"use strict";
(() => {
  // ── Once ───────────────────────────────────────────────────────────────────────────────────────────────────

  const TWICE_MS = 700;
  const last = new WeakMap();
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  // The second click of a double click, wherever it falls: the page may have changed under it.
  document.addEventListener("click", (event) => {
    const button = event.detail > 1 && event.target.closest("form[method=post] button:not([type=button])");
    if (button) stop(event);
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target, by = event.submitter || form;
    // What asks before it acts has its own second thought.
    if (form.method !== "post" || by.closest("[hx-confirm]")) return;
    const again = performance.now() - (last.get(by) ?? -TWICE_MS) < TWICE_MS;
    if (again || form.classList.contains("htmx-request")) stop(event);
    last.set(by, performance.now());
  }, true);

  // ── Focus ──────────────────────────────────────────────────────────────────────────────────────────────────

  let around = [];
  document.addEventListener("focusin", (event) => {
    around = [];
    for (let at = event.target; at; at = at.parentElement) if (at.id) around.push(at.id);
  });
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const place = around.map((id) => document.getElementById(id)).find((each) => each && each.id !== "toasts");
    if (!place) return;
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });

  // ── Composing ──────────────────────────────────────────────────────────────────────────────────────────────

  // The letters of a word that is not chosen yet are not the writer's words: nothing searches or checks them.
  document.addEventListener("input", (event) => event.isComposing && event.stopImmediatePropagation(), true);
  document.addEventListener("compositionend", (event) => event.target.dispatchEvent(new Event("input", { bubbles: true })));
})();
