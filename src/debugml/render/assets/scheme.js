// Light or dark, decided before anything is painted: the reader's choice, else the system's.
(function () {
  "use strict";
  var key = "quarto-color-scheme";
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try { return localStorage.getItem(key); } catch (error) { return null; }
  }
  function apply() {
    var choice = stored();
    var dark = choice ? choice === "alternate" : system.matches;
    document.body.classList.toggle("quarto-dark", dark);
    document.body.classList.toggle("quarto-light", !dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    document.querySelectorAll(".quarto-color-scheme-toggle").forEach(function (button) {
      button.setAttribute("aria-pressed", String(dark));
    });
  }
  window.quartoToggleColorScheme = function () {
    var dark = document.body.classList.contains("quarto-dark");
    try { localStorage.setItem(key, dark ? "default" : "alternate"); } catch (error) { /* file:// may forbid it */ }
    apply();
    if (stored() === null) {
      document.body.classList.toggle("quarto-dark", !dark);
      document.body.classList.toggle("quarto-light", dark);
    }
  };
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  apply();
})();
