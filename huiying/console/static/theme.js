// Sets the colour theme before the first paint: the reader's choice, else the system's.
"use strict";
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("huiying-theme") || (system.matches ? "dark" : "light");
    document.documentElement.setAttribute("data-bs-theme", chosen);
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const now = document.documentElement.getAttribute("data-bs-theme");
    localStorage.setItem("huiying-theme", now === "dark" ? "light" : "dark");
    apply();
  });
})();
