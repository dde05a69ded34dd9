// Scans per minute by verdict, stacked, and what waits at the gates; drawn by uPlot from the roll-ups.
(() => {
  "use strict";
  const { words, span, put } = window.board;
  const box = document.getElementById("chart"), at = document.getElementById("chart-at");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const keys = Object.fromEntries([...document.querySelectorAll("[data-key]")].map((key) => [key.dataset.key, key]));
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Taipei" });
  let series = JSON.parse(document.getElementById("series-start").textContent), plot = null;

  // stacked from the top down: the highest bar is drawn first, the lower ones over it
  const stacked = (s) => [
    s.minutes_ms.map((ms) => ms / 1000),
    s.go.map((go, i) => go + s.refer[i] + s.stop[i]),
    s.refer.map((refer, i) => refer + s.stop[i]),
    s.stop,
    s.depth,
  ];
  // under the pointer the figures of that minute; else the hour's sums and what waits now
  const latest = (values) => values.findLast((value) => value !== null) ?? null;
  function say(index) {
    const known = (value, text) => (value === null ? "—" : text(value));
    const gauge = (values) => (index == null ? latest(values) : values[index]);
    for (const name of ["go", "refer", "stop"]) {
      put(keys[name], String(index == null ? series[name].reduce((sum, value) => sum + value, 0) : series[name][index]));
    }
    put(keys.depth, known(gauge(series.depth), (depth) => depth.toLocaleString("en")));
    put(keys.age_s, known(gauge(series.age_s), (age) => span(age * 1000)));
    put(at, index == null ? words.lastHour : time.format(series.minutes_ms[index]));
  }
  function draw() {
    plot?.destroy();
    const unit = rem(), font = `${1.2 * unit}px ${css("--mono")}`, bars = uPlot.paths.bars({ size: [0.72, 1.2 * unit], align: 1 });
    const axis = { stroke: css("--tx-3"), font, ticks: { show: false }, gap: 0.4 * unit };
    const bar = (color) => ({ fill: css(color), stroke: css(color), width: 0, paths: bars, points: { show: false } });
    const upTo = (least) => (_, low, high) => [0, Math.max(least, Math.ceil((high ?? 0) * 1.15))];
    plot = new uPlot({
      width: box.clientWidth, height: box.clientHeight, legend: { show: false }, padding: [0.8 * unit, 0.4 * unit, 0, 0],
      cursor: { y: false, points: { show: false } },
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Asia/Taipei"),
      scales: { y: { range: upTo(4) }, depth: { range: upTo(10) } },
      axes: [
        { ...axis, grid: { show: false }, size: 2.4 * unit, values: (_, splits) => splits.map((s) => time.format(s * 1000)), space: 7 * unit },
        { ...axis, grid: { stroke: css("--line"), width: 1 }, size: 3.4 * unit, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000], space: 3 * unit },
        { ...axis, side: 1, scale: "depth", stroke: css("--viz-2"), grid: { show: false }, size: 4 * unit, incrs: [1, 5, 10, 50, 100, 500, 1000, 5000, 10000], space: 3 * unit },
      ],
      series: [{}, bar("--viz"), bar("--warn"), bar("--bad"),
        { scale: "depth", stroke: css("--viz-2"), width: 1.5 * unit / 10, dash: [0.5 * unit, 0.4 * unit], points: { show: false }, spanGaps: false }],
      hooks: { setCursor: [(u) => say(u.cursor.idx)] },
    }, stacked(series), box);
    say(null);
  }
  document.addEventListener("series", (event) => {
    series = JSON.parse(event.detail.data);
    plot?.setData(stacked(series)); // before the fonts are there nothing is drawn yet
    say(plot?.cursor.idx);
  });
  new ResizeObserver(() => {
    if (plot && box.clientWidth > 0 && box.clientHeight > 0) plot.setSize({ width: box.clientWidth, height: box.clientHeight });
  }).observe(box);
  document.fonts.ready.then(draw);
})();
