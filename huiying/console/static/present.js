// Two agents on one ticket see each other: an open ticket says that it is open, and shows who else has it open.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = $("#present")?.dataset;
  if (!words) return;
  const BEAT_MS = 25000;
  const MOST_NAMED = 3;
  const now = () => performance.now();
  let there = new Map();

  // ── Who is there ───────────────────────────────────────────────────────────────────────────────────────────

  const others = (id) => (there.get(id) || []).filter((one) => one.name !== words.me);
  const says = (one) => (one.since === null ? words.looks : words.writes).replace("{who}", one.who);
  const minutes = (one) => (one.since === null ? 0 : Math.floor((now() - one.since) / 60000));
  const since = (one) => minutes(one) ? words.since.replace("{minutes}", minutes(one)) : "";

  const hear = (data) => {
    for (const [id, found] of Object.entries(JSON.parse(data))) {
      const known = found.map((one) => ({ ...one, since: one.writing < 0 ? null : now() - one.writing * 1000 }));
      if (known.length) there.set(id, known);
      else there.delete(id);
    }
    paint();
  };

  const line = (one) => {
    const said = document.createElement("span"), time = document.createElement("small");
    said.textContent = says(one);
    time.textContent = since(one);
    // Who listens to the page hears that somebody came, not each minute that passes.
    time.ariaHidden = "true";
    said.append(" ", time);
    return said;
  };

  const paintTicket = (box, id) => {
    const seen = others(id);
    const key = seen.map((one) => says(one)).join();
    $(".present-who", box).classList.toggle("is-writing", seen.some((one) => one.since !== null));
    if (box.dataset.shown !== key) {
      box.dataset.shown = key;
      const more = seen.length - MOST_NAMED;
      $(".present-names", box).replaceChildren(...seen.slice(0, MOST_NAMED).map(line), ...(more > 0 ? [`+${more}`] : []));
      $(".present-who", box).hidden = !seen.length;
    } else {
      box.querySelectorAll(".present-names small").forEach((time, place) => (time.textContent = since(seen[place])));
    }
  };

  const paintRow = (row) => {
    const mark = $(".row-present", row), [first, ...more] = others(row.dataset.id);
    if (!mark) return;
    mark.hidden = !first;
    if (!first) return;
    mark.classList.toggle("is-writing", first.since !== null);
    mark.title = [first, ...more].map((one) => `${says(one)} ${since(one)}`.trim()).join("\n");
    mark.ariaLabel = mark.title;
    $("b", mark).textContent = first.who + (more.length ? ` +${more.length}` : "");
  };

  const paint = () => {
    const ticket = $("#ticket");
    if (ticket) paintTicket($("#present"), ticket.dataset.id);
    else document.querySelectorAll("#rows .row-ticket").forEach(paintRow);
  };

  document.addEventListener("present", (event) => hear(event.detail));
  document.addEventListener("everybody", (event) => {
    there = new Map();
    hear(event.detail);
  });
  document.addEventListener("htmx:after:swap", paint);
  setInterval(paint, 15000);

  // ── That we are here ───────────────────────────────────────────────────────────────────────────────────────

  const ticket = $("#ticket");
  if (!ticket || !words.says) return;
  const page = String((crypto.getRandomValues(new Uint32Array(1))[0] % 2 ** 20) * 2 ** 32 + crypto.getRandomValues(new Uint32Array(1))[0]);
  const address = `/tickets/${encodeURIComponent(ticket.dataset.number)}/present`;
  let said = false;

  const isWriting = () => {
    const field = $("#answer-text");
    return Boolean(field) && field.value.trim() !== field.defaultValue.trim() && field.value.trim() !== "";
  };
  const form = (values) => {
    const all = new FormData();
    for (const [name, value] of Object.entries({ csrf: $("input[name=csrf]").value, page, ...values })) all.set(name, value);
    return all;
  };
  const say = () => {
    if (document.hidden) return;
    said = isWriting();
    // Without a connection the next word says it.
    fetch(address, { method: "POST", body: form(said ? { writing: "yes" } : {}), redirect: "manual" }).catch(() => {});
  };
  const sayIfChanged = () => isWriting() !== said && say();

  document.addEventListener("input", (event) => event.target.id === "answer-text" && sayIfChanged());
  document.addEventListener("htmx:after:swap", sayIfChanged);
  document.addEventListener("answer-sent", sayIfChanged);
  document.addEventListener("answer-back", sayIfChanged);
  document.addEventListener("visibilitychange", say);
  addEventListener("pageshow", say);
  addEventListener("pagehide", () => navigator.sendBeacon(address, form({ closed: "yes" })));
  setInterval(say, BEAT_MS);

  // ── Somebody answered meanwhile ────────────────────────────────────────────────────────────────────────────

  document.addEventListener("htmx:after:swap", () => $("#meanwhile input:not(:checked)")?.focus());
  // What was said about it is known from then on.
  document.addEventListener("answer-sent", () => {
    const known = $("#meanwhile input");
    if (!known) return;
    $("#answer input[type=hidden][name=seen]").value = known.value;
    $("#meanwhile").replaceChildren();
  });
})();
