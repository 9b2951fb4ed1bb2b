// What is marked in a message is what its form of splitting begins with: one marks the words, then opens it.
"use strict";
(() => {
  let marked = { message: null, text: "" };
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    const said = selection.anchorNode?.parentElement?.closest(".message .said");
    const text = selection.toString().trim();
    if (said && text && said.contains(selection.focusNode)) marked = { message: said.closest(".message").id, text };
  });
  document.addEventListener("toggle", (event) => {
    const form = event.target;
    if (!form.open || !form.matches?.(".message-split") || form.closest(".message").id !== marked.message) return;
    form.querySelector("textarea").value = marked.text;
    marked = { message: null, text: "" };
  }, true);
})();
