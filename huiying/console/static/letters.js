// The editor of letters: its HTML is shown beside it, filled in by the server each time the check found it sound.
"use strict";
(() => {
  const form = document.getElementById("letter-form");
  const result = document.getElementById("rule-result");
  const code = document.getElementById("code");
  if (!form || !result || !code) return;

  const show = () => {
    if (!document.getElementsByName("letter-frame").length || !result.querySelector("[data-sound]")) return;
    const [action, target] = [form.action, form.target];
    form.action = "/letters/html";
    form.target = "letter-frame";
    form.submit();
    form.action = action;
    form.target = target;
  };

  new MutationObserver(show).observe(result, { childList: true });
  // A press of Enter in a field shows the letter; only the button publishes.
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("empty-code")?.addEventListener("click", () => {
    code.value = "";
    code.dispatchEvent(new Event("input", { bubbles: true }));
    form.querySelector("[name=reason]").focus();
  });
})();
