// Keyboard: rows by J and K, one letter an action; every key has a button that does the same.
(() => {
  "use strict";
  const GO_MS = 900;
  const PAGES = { b: "/" };
  const help = document.getElementById("help");
  let going = 0;

  const rows = (panel) => [...panel.querySelectorAll("[data-row]")].filter((row) => !row.hidden);
  const chosen = () => document.querySelector("[data-row][data-chosen]");
  function choose(row) {
    for (const other of document.querySelectorAll("[data-row][data-chosen]")) other.removeAttribute("data-chosen");
    row.setAttribute("data-chosen", "");
    row.scrollIntoView({ block: "nearest" });
    row.focus({ preventScroll: true });
  }
  function move(step) {
    const here = chosen(), panel = document.activeElement?.closest?.(".panel") ?? here?.closest(".panel") ?? document.querySelector(".cases");
    const all = rows(panel), index = all.indexOf(here);
    const next = all[index < 0 ? 0 : Math.min(all.length - 1, Math.max(0, index + step))];
    if (next) choose(next);
  }
  function open(row) {
    const details = row?.querySelector("details");
    if (details) details.open = !details.open;
  }
  // on a narrow desk map and list share one place
  function turn() {
    const button = [...document.querySelectorAll('[data-do="map"]')].find((one) => one.checkVisibility({ visibilityProperty: true }));
    if (!button) return;
    document.getElementById("main").classList.toggle("with-map");
    [...document.querySelectorAll('[data-do="map"]')].find((one) => one !== button).focus();
  }
  for (const button of document.querySelectorAll('[data-do="map"]')) button.addEventListener("click", turn);
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    a: () => chosen()?.querySelector("[data-take]")?.click(),
    p: () => document.querySelector('[data-do="pause"]').click(),
    m: turn,
    g: () => { going = Date.now(); },
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (going && Date.now() - going < GO_MS && PAGES[event.key]) { location.href = PAGES[event.key]; return; }
    if (event.key === "Enter" && event.target.matches("[data-row]")) { open(event.target); return; }
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) { event.preventDefault(); action(); }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && row !== chosen()) {
      for (const other of document.querySelectorAll("[data-row][data-chosen]")) other.removeAttribute("data-chosen");
      row.setAttribute("data-chosen", "");
    }
  });
  document.querySelector('[data-do="help"]').addEventListener("click", () => help.showModal());
  document.querySelector('[data-do="print"]').addEventListener("click", () => window.print());
})();
