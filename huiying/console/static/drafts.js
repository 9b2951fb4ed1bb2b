// What somebody writes outlives a reload, a page left by mistake and a session that ended. It stays in this tab only and
// ends with it; signing out takes it away at once.
"use strict";
(() => {
  const user = document.body.dataset.user;
  if (!user) return;
  const ours = "huiying-draft:", mine = `${ours}${user}:`;
  const forms = [...document.querySelectorAll("form[data-keep]")];
  const key = (form) => mine + form.getAttribute("action");
  const isTicked = (field) => field.type === "radio" || field.type === "checkbox";
  const isText = (field) => field.tagName === "TEXTAREA" || field.tagName === "INPUT" && !isTicked(field);
  // A form names the fields that it keeps, or keeps all of them.
  const fields = (form) => {
    const names = form.dataset.keep.split(" ").filter(Boolean);
    return [...form.elements].filter((field) =>
      field.name && !["hidden", "file", "password", "submit"].includes(field.type) && (!names.length || names.includes(field.name)));
  };
  const isChanged = (field) => {
    if (isTicked(field)) return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((each) => each.selected !== each.defaultSelected);
    return field.value !== field.defaultValue;
  };
  const shown = (form, on) => form.querySelectorAll(".draft-kept").forEach((line) => (line.hidden = !on));

  const keep = (form, sent = false) => {
    const changed = fields(form).filter(isChanged);
    try {
      if (!changed.some((field) => isText(field) && field.value.trim())) return sessionStorage.removeItem(key(form));
      const kept = changed.map((field) => [field.name, isTicked(field) ? field.checked && field.value : field.value]);
      sessionStorage.setItem(key(form), JSON.stringify({ kept, sent }));
    } catch {
      // A tab that may keep nothing is as it was.
    }
  };

  const drop = (form) => {
    sessionStorage.removeItem(key(form));
    shown(form, false);
  };

  const bringBack = (form, kept) => {
    for (const field of fields(form)) {
      const found = kept.filter(([name, value]) => name === field.name && (!isTicked(field) || value === field.value));
      if (!found.length) continue;
      if (isTicked(field)) field.checked = true;
      else field.value = found[0][1];
    }
    shown(form, true);
    const looked = form.querySelector("#answer-text");
    if (looked) addEventListener("load", () => looked.dispatchEvent(new Event("look")));
  };

  for (const [name, value] of Object.entries({ ...sessionStorage }).filter(([name]) => name.startsWith(ours))) {
    const form = forms.find((each) => key(each) === name);
    const { kept, sent } = JSON.parse(value);
    if (form && form.dataset.kept !== "no") bringBack(form, kept);
    // What was sent has arrived if another page answers, or the form's own page says so.
    else if (form || sent || !name.startsWith(mine)) sessionStorage.removeItem(name);
  }

  for (const form of forms) {
    for (const event of ["input", "change"]) form.addEventListener(event, () => keep(form));
    addEventListener("pagehide", () => form.dataset.keepSent || keep(form));
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || form.hasAttribute("hx-post")) return;
      form.dataset.keepSent = "yes";
      keep(form, true);
    });
    form.addEventListener("click", (event) => {
      if (!event.target.closest("[data-drop]")) return;
      form.reset();
      drop(form);
      form.querySelector("#look-over")?.replaceChildren();
      fields(form).find(isText)?.focus();
    });
  }
  // After the form was emptied.
  document.addEventListener("answer-sent", () => forms.filter((form) => form.closest("#answer")).forEach(drop));
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(ours)) sessionStorage.removeItem(name);
    forms.forEach((form) => (form.dataset.keepSent = "yes"));
  });

  // A long edit belongs to the version that it began from, so it is not kept: leaving it asks.
  const edits = [...document.querySelectorAll("form[data-ask-before-leaving]")];
  let leaves = false;
  for (const form of edits) form.addEventListener("submit", () => (leaves = true));
  document.addEventListener("htmx:before:response", ({ detail: { ctx: { response } } }) => {
    if (response.status < 400 && response.headers.get("HX-Redirect")) leaves = true;
  });
  addEventListener("beforeunload", (event) => !leaves && edits.some((form) => [...form.elements].some((field) =>
    field.name && isText(field) && isChanged(field) && field.name !== "reason" && field.type !== "hidden")) && event.preventDefault());
})();
