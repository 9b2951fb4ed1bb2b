// Several tickets of the queue at once: marking rows, by key, by click and in ranges, and the bar that acts on them.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const bar = $("#many");
  if (!bar) return;
  const boxes = () => [...document.querySelectorAll("#rows .row-pick input")];
  const marked = () => boxes().filter((box) => box.checked);
  const current = () => $("#rows .is-selected .row-pick input");
  let begin = "";
  let shift = false;

  const show = () => {
    const all = boxes(), count = marked().length, every = $("#pick-all");
    $("#many-count").textContent = count ? bar.dataset.count.replace("{count}", count) : "";
    for (const box of all) box.closest(".row-ticket").classList.toggle("is-marked", box.checked);
    if (!every) return;
    every.checked = count > 0 && count === all.length;
    every.indeterminate = count > 0 && count < all.length;
  };
  const mark = (some, on) => {
    for (const box of some) box.checked = on;
    show();
  };
  const range = (from, to, on) => {
    const all = boxes(), [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
    mark(first < 0 ? [to] : all.slice(first, last + 1), on);
  };

  // A label passes its click on to the box, without the key that was held.
  document.addEventListener("click", (event) => {
    const label = event.target.closest?.("#rows .row-pick");
    if (!label) return;
    if (event.target.tagName !== "INPUT") return void (shift = event.shiftKey);
    const box = event.target, from = boxes().find((each) => each.value === begin);
    if ((event.shiftKey || shift) && from) range(from, box, box.checked);
    shift = false;
    begin = box.value;
    show();
  });
  document.addEventListener("change", (event) => event.target.id === "pick-all" && mark(boxes(), event.target.checked));
  bar.addEventListener("click", (event) => {
    const what = event.target.closest("[data-many]")?.dataset.many;
    if (what) mark(boxes(), what === "all");
  });
  document.addEventListener("htmx:after:swap", show);
  addEventListener("pageshow", show);

  // ── Keys ───────────────────────────────────────────────────────────────────────────────────────────────────

  // Back over what was marked, the range grows shorter again.
  const extend = () => {
    const from = current();
    // Before the next key, however fast they come.
    queueMicrotask(() => {
      const to = current();
      begin = to ? to.value : begin;
      if (from && to && to !== from && to.checked) return mark([from], false);
      mark([from, to].filter(Boolean), true);
    });
  };
  const press = (what) => () => {
    if (!marked().length) return false;
    $(`button[name=what][value=${what}]`, bar).click();
    return true;
  };
  const unfoldMove = () => {
    if (!marked().length) return false;
    $("#many-move").open = true;
    $("#many-move select").value = "on_hold";
    $("#many-move input").focus();
    return true;
  };
  const moveTo = (state) => () => {
    if (!marked().length) return false;
    $("#many-move select").value = state;
    $("#many-move button").click();
    return true;
  };
  // A correction is of one ticket: who has marked several may mean all of them.
  const single = () => {
    if (!marked().length) return false;
    const line = document.createElement("div");
    line.className = "toast-line toast-quiet";
    line.textContent = bar.dataset.single;
    $("#toasts").append(line);
    return true;
  };
  const undo = () => {
    const last = $("#toasts").lastElementChild;
    const button = last?.matches(".toast-many") && $("[data-undo]", last);
    if (button) button.click();
    return Boolean(button);
  };
  const escape = () => {
    const open = $(".many-more[open]", bar);
    if (open) open.open = false;
    else if (marked().length) mark(boxes(), false);
    else return false;
    return true;
  };
  const toggle = () => {
    const box = current();
    if (box) mark([box], !box.checked);
    begin = box ? box.value : begin;
    return true;
  };
  const plain = {
    KeyX: toggle, KeyA: press("claim"), KeyC: press("confirm"), KeyZ: press("snooze"), KeyH: unfoldMove, KeyW: moveTo("waiting_customer"),
    KeyI: moveTo("waiting_internal"), KeyR: moveTo("open"), KeyU: undo, Escape: escape,
  };
  const shifted = { KeyX: press("spam"), KeyA: () => mark(boxes(), true) ?? true, KeyJ: extend, KeyK: extend };

  document.addEventListener("pressed", (event) => {
    if (event.defaultPrevented) return;
    const { code, shiftKey } = event.detail;
    const act = /^(Digit|Numpad)[1-9]$/.test(code) ? single : (shiftKey ? shifted : plain)[code];
    if (act?.()) event.preventDefault();
  });

  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && escape()) $("#rows .is-selected .row-link")?.focus();
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    $("button", event.target.closest(".handling-form")).click();
  });

  // What was done is no longer marked; what was left as it is, is.
  document.addEventListener("htmx:after:swap", () => {
    for (const toast of document.querySelectorAll("#toasts [data-done]")) {
      const done = new Set(JSON.parse(toast.dataset.done));
      delete toast.dataset.done;
      if (!done.size) continue;
      mark(boxes().filter((box) => done.has(box.value)), false);
      // A key counts again at once.
      if (bar.contains(document.activeElement)) document.activeElement.blur();
      for (const more of bar.querySelectorAll(".many-more")) {
        more.open = false;
        for (const field of more.querySelectorAll("input")) field.value = "";
      }
    }
  });
  show();
})();
