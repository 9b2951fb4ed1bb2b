// The editor of rules: line numbers beside the text, and the checker's marks at their lines.
"use strict";
(() => {
  const code = document.getElementById("code");
  const gutter = document.getElementById("gutter");
  const result = document.getElementById("rule-result");
  if (!code || !gutter || !result) return;
  let marks = new Map();

  const paint = () => {
    const count = code.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = String(index + 1);
      const mark = marks.get(index + 1);
      if (mark) line.className = mark;
      return line;
    }));
    gutter.scrollTop = code.scrollTop;
  };

  const readMarks = () => {
    marks = new Map();
    for (const each of result.querySelectorAll("[data-hint]")) marks.set(Number(each.dataset.hint), "is-hint");
    for (const each of result.querySelectorAll("[data-line]")) marks.set(Number(each.dataset.line), "is-bad");
    result.classList.remove("is-stale");
    paint();
  };

  const go = (line) => {
    const lines = code.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    code.focus();
    code.setSelectionRange(start, start + (lines[line - 1] || "").length);
    code.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(code).lineHeight));
  };

  code.addEventListener("scroll", () => { gutter.scrollTop = code.scrollTop; });
  // What was found is about the text as it was: it fades until it is asked again.
  code.addEventListener("input", () => { marks = new Map(); result.classList.add("is-stale"); paint(); });
  // Tab indents: YAML knows no tabs, and a form without one is no editor. Escape gives the key back to the page.
  code.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return code.blur();
    if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    code.setRangeText("  ", code.selectionStart, code.selectionEnd, "end");
    code.dispatchEvent(new Event("input"));
  });
  result.addEventListener("click", (event) => {
    const line = event.target.closest("[data-go]")?.dataset.go;
    if (!line) return;
    event.preventDefault();
    go(Number(line));
  });
  new MutationObserver(readMarks).observe(result, { childList: true, subtree: true });
  paint();
  const wanted = /^#line-(\d+)$/.exec(location.hash);
  if (wanted) go(Number(wanted[1]));
})();
