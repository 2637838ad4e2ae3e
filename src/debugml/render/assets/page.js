// What a page does beyond showing itself: colour scheme button, copying code, tabs,
// the small screen's sidebar, the table of contents, search. Nothing is fetched from
// disk, so that a page opened with file:// loses search only.
(function () {
  "use strict";
  var all = function (selector, root) { return Array.from((root || document).querySelectorAll(selector)); };

  all(".quarto-color-scheme-toggle").forEach(function (button) {
    button.addEventListener("click", function () { window.quartoToggleColorScheme(); });
  });

  // Copy buttons
  all("pre.code-with-copy").forEach(function (pre) {
    var holder = pre.closest("div.sourceCode") || pre;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "code-copy-button";
    button.setAttribute("aria-label", "Copy code");
    button.title = "Copy code";
    button.innerHTML = '<span aria-hidden="true" class="copy-icon">⧉</span>';
    button.addEventListener("click", function () {
      copy(pre.querySelector("code").innerText).then(function () {
        button.classList.add("code-copy-button-checked");
        button.setAttribute("aria-label", "Copied");
        setTimeout(function () {
          button.classList.remove("code-copy-button-checked");
          button.setAttribute("aria-label", "Copy code");
        }, 1500);
      });
    });
    holder.classList.add("code-copy-outer-scaffold");
    holder.appendChild(button);
  });

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    var area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    document.body.appendChild(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return Promise.resolve();
  }

  // Wide blocks scroll, so the keyboard must reach them.
  all("pre, .cell-output-display > div, .table-responsive").forEach(function (block) {
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
  });

  // Tabs
  all(".panel-tabset").forEach(function (panel) {
    var tabs = all(':scope > ul > li > [role="tab"]', panel);
    function show(tab, focus) {
      tabs.forEach(function (other) {
        var chosen = other === tab;
        other.classList.toggle("active", chosen);
        other.setAttribute("aria-selected", String(chosen));
        other.tabIndex = chosen ? 0 : -1;
        document.getElementById(other.getAttribute("aria-controls")).classList.toggle("active", chosen);
      });
      if (focus) tab.focus();
    }
    tabs.forEach(function (tab, index) {
      tab.addEventListener("click", function (event) { event.preventDefault(); show(tab, false); });
      tab.addEventListener("keydown", function (event) {
        var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        show(tabs[(index + step + tabs.length) % tabs.length], true);
      });
    });
  });

  // Sidebar on a small screen
  var toggle = document.querySelector(".quarto-btn-toggle");
  var sidebar = document.getElementById("quarto-sidebar");
  if (toggle && sidebar) {
    var setOpen = function (open) {
      sidebar.classList.toggle("show", open);
      toggle.setAttribute("aria-expanded", String(open));
    };
    toggle.addEventListener("click", function () { setOpen(!sidebar.classList.contains("show")); });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && sidebar.classList.contains("show")) { setOpen(false); toggle.focus(); }
    });
  }

  // The table of contents follows the reader
  var contents = all("#TOC a[href^='#']");
  if (contents.length && "IntersectionObserver" in window) {
    var byId = {};
    contents.forEach(function (link) {
      link.classList.add("nav-link");
      byId[decodeURIComponent(link.hash.slice(1))] = link;
    });
    var seen = new Set();
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) seen.add(entry.target.id); else seen.delete(entry.target.id);
      });
      var current = Object.keys(byId).filter(function (id) { return seen.has(id); }).pop();
      if (!current) return;
      contents.forEach(function (link) {
        var chosen = link === byId[current];
        link.classList.toggle("active", chosen);
        if (chosen) link.setAttribute("aria-current", "location"); else link.removeAttribute("aria-current");
      });
    }, { rootMargin: "-80px 0px -60% 0px" });
    Object.keys(byId).forEach(function (id) {
      var target = document.getElementById(id);
      if (target) observer.observe(target);
    });
  }

  // Search
  var box = document.querySelector("#quarto-search input");
  var results = document.getElementById("quarto-search-results");
  if (box && results) {
    var engine = null;
    var latest = 0;
    var root = document.body.dataset.root || ".";
    var say = function (text) { results.hidden = false; results.textContent = text; };
    var load = function () {
      if (!engine) {
        engine = import(new URL(root + "/pagefind/pagefind.js", document.baseURI).href)
          .then(function (pagefind) {
            // Where a word stands weighs more than how often: a term's own entry before long pages.
            return pagefind.options({ ranking: { termFrequency: 0.1 } })
              .then(function () { return pagefind; });
          });
        engine.catch(function () { engine = null; });
      }
      return engine;
    };
    var search = function () {
      var words = box.value.trim();
      var mine = ++latest;
      if (!words) { results.hidden = true; results.textContent = ""; return; }
      if (location.protocol === "file:") {
        say("Search needs the site to be served: run “debugml preview”. Everything else works from disk.");
        return;
      }
      load().then(function (pagefind) { return pagefind.search(words); })
        .then(function (found) { return Promise.all(found.results.slice(0, 8).map(function (one) { return one.data(); })); })
        .then(function (pages) { if (mine === latest) list(pages); })
        .catch(function () { if (mine === latest) say("Search is not available: the site has no index."); });
    };
    var list = function (pages) {
      if (!pages.length) { say("Nothing found."); return; }
      results.textContent = "";
      results.hidden = false;
      pages.forEach(function (page) {
        var best = page.sub_results && page.sub_results[0];
        var link = document.createElement("a");
        link.className = "search-result";
        link.href = best ? best.url : page.url;
        var title = document.createElement("span");
        title.className = "search-result-title";
        title.textContent = page.meta.title + (best && best.title !== page.meta.title ? " · " + best.title : "");
        var text = document.createElement("span");
        text.className = "search-result-text";
        text.innerHTML = best ? best.excerpt : page.excerpt;  // pagefind escapes all but <mark>
        link.append(title, text);
        results.append(link);
      });
    };
    var timer;
    box.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(search, 150); });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { box.value = ""; search(); }
      if (event.key === "ArrowDown") { var first = results.querySelector("a"); if (first) { event.preventDefault(); first.focus(); } }
    });
    document.addEventListener("click", function (event) {
      if (!event.target.closest("#quarto-search")) results.hidden = true;
    });
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
    });
  }
})();
