// What keeps the page alive and honest: how old it is, spans of time that count on, filters, pause, toasts.
// The stream itself is htmx's (hx-sse); this file only listens to it.
(() => {
  "use strict";
  const STALE_MS = 6000, DOWN_MS = 30000, RECONNECT_MS = 12000, ALARMS = 4;
  const words = JSON.parse(document.getElementById("words").textContent);
  const fill = (pattern, values) => pattern.replace(/%\((\w+)\)s/g, (_, key) => values[key]);
  const two = (number) => String(number).padStart(2, "0");
  let offset = Number(document.body.dataset.now) - Date.now(); // the server's clock counts, not this machine's
  const now = () => Date.now() + offset;
  const taipei = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Taipei" });

  // ---- spans of time, in the words of render.span
  function span(ms) {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return fill(words.seconds, { s });
    if (s < 3600) return fill(words.minutes, { m: Math.floor(s / 60) });
    if (s < 172800) return fill(words.hours, { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
    return fill(words.days, { d: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
  }
  function count(root) {
    for (const time of root.querySelectorAll("time[data-since]")) put(time, span(now() - time.dataset.since));
    for (const time of root.querySelectorAll("time[data-until]")) {
      const left = time.dataset.until - now();
      put(time, fill(left < 0 ? words.over : words.left, { time: span(Math.abs(left)) }));
      time.classList.toggle("over", left < 0);
      time.classList.toggle("soon", left >= 0 && left < 1800000);
    }
    for (const line of root.querySelectorAll("svg[data-to]")) {
      const { from, to } = line.dataset, share = Math.min(1, Math.max(0, (now() - from) / Math.max(1, to - from)));
      line.lastElementChild.setAttribute("width", (share * 100).toFixed(1));
    }
  }
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // ---- staleness
  const pill = document.getElementById("live"), note = document.getElementById("stale-note");
  let alive = Date.now(), read = now(), connection = null, retried = 0;
  function judge() {
    const age = Math.max(Date.now() - alive, now() - read);
    const state = age < STALE_MS ? "fresh" : age < DOWN_MS ? "stale" : "down";
    pill.className = `live ${state}`;
    put(pill.lastElementChild, state === "fresh" ? words.live : state === "stale" ? fill(words.stale, { s: Math.round(age / 1000) }) : words.down);
    document.body.classList.toggle("down", state === "down");
    note.hidden = state !== "down";
    if (state === "down") put(note.lastElementChild, fill(words.since, { time: taipei.format(read) }));
    // a line that is dead without saying so is cut and opened anew; htmx then asks for what was missed
    if (Date.now() - alive > RECONNECT_MS && Date.now() - retried > RECONNECT_MS && connection?.reader) {
      retried = Date.now();
      connection.reader.cancel();
    }
  }
  document.addEventListener("htmx:sse:after:connection", (event) => { connection = event.detail.connection; });
  document.addEventListener("signed-out", () => location.assign("/sign-in")); // the session is over, here or elsewhere
  document.addEventListener("beat", (event) => {
    const beat = JSON.parse(event.detail.data);
    offset = beat.now_ms - Date.now();
    alive = Date.now();
    read = beat.read_ms;
  });

  // ---- messages: pause holds the feed back, everything else goes on
  const pause = document.querySelector('[data-do="pause"]'), feed = document.getElementById("feed");
  let held = null;
  const isPaused = () => pause.getAttribute("aria-pressed") === "true";
  const ids = (html) => new Set([...html.matchAll(/ id="(scan-\d+)"/g)].map((match) => match[1]));
  document.addEventListener("htmx:sse:before:message", (event) => {
    const message = event.detail.message;
    if (message.event) return;
    if (isPaused()) {
      message.data = message.data.replace(/<hx-partial hx-target="#feed"[\s\S]*?<\/hx-partial>/, (partial) => { held = partial; return ""; });
      if (held) put(document.getElementById("missed"), fill(words.missed, { n: [...ids(held)].filter((id) => !document.getElementById(id)).length }));
      if (!message.data.trim()) message.data = "<hx-partial hx-target=\"#missed-nothing\" hx-swap=\"none\"></hx-partial>";
    }
    known = new Set([...document.querySelectorAll(".row")].map((row) => row.id));
  });
  let known = null;
  document.addEventListener("htmx:sse:after:message", (event) => {
    if (event.detail.message.event) return;
    alive = Date.now();
    read = now();
    settle();
  });
  function settle() {
    count(document);
    for (const panel of document.querySelectorAll("[data-filtered]")) filter(panel);
    if (known) {
      for (const row of document.querySelectorAll(".row")) {
        if (known.has(row.id)) continue;
        row.classList.add("arriving");
        if (row.matches(".case.critical.untaken")) row.classList.add("alarming");
      }
    }
    title();
    judge();
  }
  pause.addEventListener("click", () => {
    const paused = !isPaused();
    pause.setAttribute("aria-pressed", String(paused));
    if (!paused && held) {
      htmx.swap({ text: held, swap: "none", sourceElement: document.getElementById("stream"), target: feed });
      held = null;
      settle();
    }
    put(document.getElementById("missed"), "");
  });

  // ---- how many cases wait, in the tab's title
  const plain = document.title;
  function title() {
    const waiting = document.querySelectorAll(".case.untaken:not(.past)").length;
    document.title = waiting ? `(${waiting}) ${plain}` : plain;
  }

  // ---- filters
  const chosen = { movements: "all", cases: "all", feed: "all" };
  function filter(panel) {
    const name = panel.dataset.filtered, chips = [...panel.querySelectorAll("[data-filter]")];
    if (chips.length && !chips.some((chip) => chip.dataset.filter === chosen[name])) chosen[name] = "all";
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.filter === chosen[name]));
    for (const row of panel.querySelectorAll(".row[data-groups]")) {
      row.hidden = chosen[name] !== "all" && !row.dataset.groups.split(" ").includes(chosen[name]);
    }
  }
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-filter]"), panel = chip?.closest("[data-filtered]");
    if (!panel) return;
    chosen[panel.dataset.filtered] = chip.dataset.filter;
    filter(panel);
  });

  // ---- toasts go by themselves
  new MutationObserver((changes) => {
    for (const toast of changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.dataset?.lasts)) {
      setTimeout(() => toast.remove(), toast.dataset.lasts * 1000);
    }
  }).observe(document.getElementById("toasts"), { childList: true });
  document.addEventListener("htmx:after:swap", (event) => { if (event.target.id !== "stream") settle(); });

  const clock = document.getElementById("clock");
  setInterval(() => { put(clock, taipei.format(now())); count(document); judge(); }, 1000);
  count(document);
  title();
  window.board = { words, fill, span, now, put };
})();
