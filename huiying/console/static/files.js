// Names the files that were chosen, in the page's language: the browser's own words are in the browser's.
"use strict";
(() => {
  const show = (input) => {
    const names = [...input.files].map((file) => file.name);
    const said = input.closest(".pick").querySelector("output");
    said.textContent = names.join("、") || said.dataset.none;
  };
  document.addEventListener("change", (event) => event.target.matches?.(".pick input") && show(event.target));
  document.addEventListener("reset", (event) => setTimeout(() => event.target.querySelectorAll(".pick input").forEach(show)));
})();
