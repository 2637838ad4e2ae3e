// Lines of code to point at: code-line-numbers="1|3-4" dims the others, step by step.
var DebugmlCode = {
  id: "debugml-code",
  init: function (deck) {
    "use strict";
    function parse(step) {
      var lines = new Set();
      step.split(",").forEach(function (part) {
        var ends = part.split("-").map(Number);
        for (var line = ends[0]; line <= (ends[1] || ends[0]); line++) lines.add(line);
      });
      return lines;
    }
    function highlight(code, step) {
      var lines = step ? parse(step) : null;
      Array.from(code.children).forEach(function (line, index) {
        var chosen = lines && lines.has(index + 1);
        line.classList.toggle("highlight-line", Boolean(chosen));
      });
      code.classList.toggle("has-line-highlights", Boolean(lines && lines.size));
    }
    deck.getRevealElement().querySelectorAll("[data-code-line-numbers]").forEach(function (block) {
      var code = block.querySelector("code") || block;
      var steps = block.getAttribute("data-code-line-numbers").split("|");
      highlight(code, steps[0]);
      // Each further step is an invisible fragment after the block.
      steps.slice(1).forEach(function (step, index) {
        var marker = document.createElement("span");
        marker.className = "fragment code-step";
        marker.setAttribute("aria-hidden", "true");
        block.after(marker);
        marker.debugmlShow = function () { highlight(code, step); };
        marker.debugmlHide = function () { highlight(code, steps[index]); };
        marker.setAttribute("data-fragment-index", String(index));
      });
    });
    deck.on("fragmentshown", function (event) {
      event.fragments.forEach(function (one) { if (one.debugmlShow) one.debugmlShow(); });
    });
    deck.on("fragmenthidden", function (event) {
      event.fragments.forEach(function (one) { if (one.debugmlHide) one.debugmlHide(); });
    });
  },
};
