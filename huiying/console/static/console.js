// The console's own behaviour: selecting and moving, one-key triage, live rows, toasts.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const keys = $("#keys");
  const list = () => $("#list");
  const rows = () => [...document.querySelectorAll("#rows .row-ticket")];
  let selected = sessionStorage.getItem("huiying-selected") || "";
  let known = new Set(rows().map((row) => row.dataset.id));

  // ── Selecting ──────────────────────────────────────────────────────────────────────────────────────────────

  const paneIsShown = () => {
    const pane = $("#look");
    return Boolean(pane) && getComputedStyle(pane).display !== "none";
  };

  let lookTimer = 0;
  const look = (delay) => {
    clearTimeout(lookTimer);
    if (!selected || !paneIsShown()) return;
    lookTimer = setTimeout(() => {
      htmx.ajax("GET", `/queue/look/${encodeURIComponent(selected)}`, { source: "#look", target: "#look", swap: "innerHTML" });
    }, delay);
  };

  const paint = () => {
    for (const row of rows()) {
      const on = row.dataset.number === selected;
      row.classList.toggle("is-selected", on);
      const link = $(".row-link", row);
      if (on) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  const select = (row, delay = 90) => {
    selected = row.dataset.number;
    sessionStorage.setItem("huiying-selected", selected);
    paint();
    row.scrollIntoView({ block: "nearest" });
    look(delay);
  };

  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.dataset.number === selected);
    select(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))]);
  };

  const number = () => $("#ticket")?.dataset.number || (rows().some((row) => row.dataset.number === selected) ? selected : "");

  // ── One key ────────────────────────────────────────────────────────────────────────────────────────────────

  const toast = (text) => {
    const line = document.createElement("div");
    line.className = "toast-line toast-quiet";
    line.textContent = text;
    $("#toasts").append(line);
  };

  const act = (what, values = {}) => {
    const on = number();
    if (!on) return;
    if (keys.dataset.may !== "yes") return toast(keys.dataset.sorry);
    htmx.ajax("POST", `/tickets/${encodeURIComponent(on)}/${what}`, { source: "#keys", target: "#toasts", swap: "beforeend", values });
  };

  const correct = (field, values, index) => {
    const value = JSON.parse(values)[index];
    if (value) act("correct", { field, value });
  };

  const open = () => {
    if (!$("#ticket") && number()) location.href = `/tickets/${encodeURIComponent(number())}`;
  };

  const press = (event) => {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit && keys) {
      const index = Number(digit[1]) - 1;
      return event.shiftKey ? correct("urgency", keys.dataset.urgencies, index) : correct("type", keys.dataset.types, index);
    }
    switch (event.code) {
      case "Slash": return event.shiftKey ? help() : $("#text")?.focus();
      case "KeyJ": return move(1);
      case "KeyK": return move(-1);
      case "KeyC": return keys && act("confirm");
      case "KeyU": return keys && act("undo");
      case "KeyA": return keys && act("claim");
      case "KeyR": return keys && act("move", { to: "open" });
      case "KeyW": return keys && act("move", { to: "waiting_customer" });
      case "KeyI": return keys && act("move", { to: "waiting_internal" });
      case "KeyX": return event.shiftKey && keys ? act("spam") : false;
      case "KeyZ": return keys && act("snooze");
      case "KeyH": return unfold("hold");
      case "KeyM": return unfold("merge");
      case "KeyP": return take();
      case "Enter": case "NumpadEnter": return open();
      case "Escape": return $("#ticket") ? (location.href = "/queue") : undefined;
      default: return false;
    }
  };

  // A hold wants its reason, so the key opens the form.
  const unfold = (key) => {
    const form = $(`#handling [data-key=${key}]`);
    if (!form) return false;
    form.open = true;
    $("input.form-control", form).focus();
  };

  // The article that fits best goes into the answer; where none fits, the phrasings are offered.
  const take = () => {
    const button = $("#knowledge [data-take]");
    if (button) return button.click();
    const choice = $("#answer-article");
    return choice ? choice.focus() : false;
  };

  // Without TLS a browser has no clipboard of its own.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = $(button.dataset.copy);
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
    toast(button.dataset.copied);
  });

  const help = () => $("#shortcuts")?.showModal();

  // A key counts only when nobody is writing: not in a field (but for the boxes that mark rows), not while an input method composes, not with Ctrl.
  const isWriting = (event) =>
    event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey ||
    Boolean(event.target.closest?.("input:not(.row-pick input, .pick-all input), textarea, select, [contenteditable], dialog"));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.id === "text") return event.target.blur();
    if (isWriting(event) || event.repeat && !/Key[JK]/.test(event.code)) return;
    if (event.code === "Enter" && event.target.closest("a, button, summary")) return;
    // Where several are marked, a key is for all of them.
    const ours = document.dispatchEvent(new CustomEvent("pressed", { detail: event, cancelable: true }));
    if (!ours || press(event) !== false) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) return event.target.closest(".toast-line").remove();
    if (event.target.closest("[data-open]")) return help();
    const menu = $("details.menu[open]");
    if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
    const link = event.target.closest("#rows .row-link");
    if (link && paneIsShown() && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.detail < 2) {
      event.preventDefault();
      select(link.closest(".row-ticket"), 0);
    }
  });

  document.addEventListener("dblclick", (event) => {
    if (event.target.closest("#rows .row-link")) open();
  });

  // ── Toasts ─────────────────────────────────────────────────────────────────────────────────────────────────

  const toasts = $("#toasts");
  toasts.addEventListener("animationend", (event) => event.animationName === "toast-out" && event.target.remove());
  new MutationObserver(() => {
    // What was told of a ticket before cannot be taken back by itself any more: only the latest such step can.
    const told = new Set();
    for (const line of [...toasts.querySelectorAll("[data-latest]")].reverse()) {
      if (told.has(line.dataset.latest)) line.remove();
      told.add(line.dataset.latest);
    }
    while (toasts.children.length > 3) toasts.firstElementChild.remove();
  }).observe(toasts, { childList: true });

  // ── Live ───────────────────────────────────────────────────────────────────────────────────────────────────

  let refreshTimer = 0;
  let refreshed = 0;
  let stale = false;
  // In a rush of mail a page asks again every second and a half, not at every mail; one's own actions show at once.
  const soon = () => refresh(Math.max(400, refreshed + 1500 - Date.now()));
  const refresh = (delay) => {
    if (document.hidden) return void (stale = true);
    if (refreshTimer && delay) return;
    clearTimeout(refreshTimer);
    refreshTimer = setTimeout(() => {
      refreshTimer = 0;
      refreshed = Date.now();
      stale = false;
      const ticket = $("#ticket");
      if (ticket) htmx.ajax("GET", `/tickets/${encodeURIComponent(ticket.dataset.number)}/body`, { source: "#ticket", target: "#ticket", swap: "innerMorph" });
      else if (list()) {
        const form = new FormData($("#filter"));
        form.set("shown", String(Math.min(200, Math.max(1, rows().length))));
        htmx.ajax("GET", `/queue/list?${new URLSearchParams(form)}`, { source: "#list", target: "#list", swap: "outerMorph" });
      }
    }, delay);
  };

  document.addEventListener("htmx:after:swap", () => {
    const now = rows();
    for (const row of now) if (known.size && !known.has(row.dataset.id)) row.classList.add("is-new");
    known = new Set(now.map((row) => row.dataset.id));
    paint();
  });

  document.addEventListener("ticket-changed", () => {
    refresh(0);
    look(0);
  });

  // What was sent leaves the form with its files; what was taken back returns with them and is looked at again.
  let sent = [];
  const attach = (files) => {
    const input = $("#answer input[type=file]"), held = new DataTransfer();
    for (const file of files) held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const draft = (text, files) => {
    const field = $("#answer-text");
    if (!field) return;
    field.value = text;
    $("#look-over").replaceChildren();
    field.focus();
    attach(files);
  };
  document.addEventListener("change", (event) => {
    const field = event.target.matches?.("#answer input[type=file], #answer select[name=then]") && $("#answer-text");
    if (field && field.value) field.dispatchEvent(new Event("look"));
  });
  document.addEventListener("htmx:after:swap", () => {
    const more = $("#answer-add");
    if (more) {
      more.remove();
      insert(more.value);
    }
    const back = $("#answer-back");
    if (!back) return;
    back.remove();
    for (const undo of document.querySelectorAll(".toast-undo")) undo.closest(".toast-line").remove();
    draft(back.value, sent);
  });
  // A finding leads to its place: places are counted in characters, a field counts in UTF-16 units.
  document.addEventListener("click", (event) => {
    const place = event.target.closest(".finding-place");
    const field = place && (place.closest("form")?.querySelector("textarea") || $("#answer-text"));
    if (!field || Number(place.dataset.at) < 0) return;
    const letters = Array.from(field.value);
    const start = letters.slice(0, Number(place.dataset.at)).join("").length;
    const end = start + letters.slice(Number(place.dataset.at), Number(place.dataset.at) + Number(place.dataset.length)).join("").length;
    field.focus();
    field.setSelectionRange(start, end);
  });
  // What was done leaves its form closed and empty.
  document.addEventListener("ticket-handled", () => {
    for (const form of document.querySelectorAll(".handling-more[open]")) {
      form.open = false;
      for (const each of form.querySelectorAll("form")) each.reset();
    }
  });
  document.addEventListener("call-logged", () => {
    const form = $(".answer-call");
    form.reset();
    const task = form.querySelector("select[name=task]");
    if (task) task.closest("label").remove();
  });
  document.addEventListener("answer-sent", () => {
    sent = [...($("#answer input[type=file]")?.files || [])];
    draft("", []);
  });
  // Where the writer is, else at the end; the browser's own undo takes it out again.
  const insert = (text) => {
    const field = $("#answer-text");
    if (!field) return;
    const at = field.selectionEnd || field.value.length;
    field.focus();
    field.setSelectionRange(at, at);
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, at, at, "end");
    const choice = $("#answer-article");
    if (choice) choice.value = "";
  };
  // The browser's own undo brings back what a letter replaces.
  document.addEventListener("answer-back", (event) => {
    const field = $("#answer-text");
    field.focus();
    field.select();
    if (!document.execCommand("insertText", false, event.detail.text || "")) field.value = event.detail.text || "";
    const then = $("#answer select[name=then]");
    if (then && event.detail.then) then.value = event.detail.then;
  });

  document.addEventListener("visibilitychange", () => !document.hidden && stale && refresh(0));

  const isShown = (ids) => {
    const ticket = $("#ticket");
    return ticket ? ids.includes(ticket.dataset.id) : Boolean(list());
  };

  const light = $("#live");
  const listen = () => {
    const stream = new EventSource(document.body.dataset.live);
    const show = (on) => {
      light.classList.toggle("is-on", on);
      light.title = on ? light.dataset.on : light.dataset.off;
    };
    stream.addEventListener("hello", () => {
      show(true);
      refresh(0);
    });
    stream.addEventListener("changed", (event) => isShown(event.data.split(",")) && soon());
    for (const name of ["present", "everybody"]) {
      stream.addEventListener(name, (event) => document.dispatchEvent(new CustomEvent(name, { detail: event.data })));
    }
    stream.addEventListener("error", () => {
      show(false);
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    });
    addEventListener("pagehide", () => stream.close(), { once: true });
  };

  // Who sits in another zone than the desk is told whose times these are.
  const zone = $("#zone");
  if (zone) zone.hidden = -new Date().getTimezoneOffset() === Number(zone.dataset.minutes);
  $(".nav-main [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (document.body.dataset.live) {
    if (list() || $("#ticket")) listen();
    else light.remove();
    setInterval(() => refresh(0), 30000);
  }
  if (rows().length && $("#look")) {
    const row = rows().find((each) => each.dataset.number === selected);
    if (row || paneIsShown()) select(row || rows()[0], 0);
  }
})();
