// Sites with their fences, and where containers in transit may be; drawn by Leaflet over our own ground.
// Leaflet takes strings for HTML (CVE-2025-69993): names go in as text nodes only.
(() => {
  "use strict";
  const { words, fill } = window.board;
  const box = document.getElementById("map");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const inChinese = document.documentElement.lang.startsWith("zh");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const RING = 2 * Math.PI * 9, ISLAND = [[21.9, 119.9], [25.35, 122.05]], NEAREST = 12;
  let state = JSON.parse(document.getElementById("places-start").textContent);

  const map = L.map(box, { preferCanvas: true, zoomControl: false, zoomSnap: 0.25, minZoom: 6, maxZoom: 17, zoomAnimation: !still, fadeAnimation: !still });
  map.attributionControl.setPrefix(false).addAttribution(words.attribution);
  const layer = (name, order) => { map.createPane(name).style.zIndex = order; return L.canvas({ pane: name, padding: 0.4 }); };
  const ground = layer("ground", 200), lines = layer("lines", 300);
  const marks = L.layerGroup().addTo(map), shapes = L.layerGroup().addTo(map);

  async function paintGround() {
    const get = async (name) => (await fetch(box.dataset[name])).json();
    const [neighbours, land, counties] = await Promise.all(["neighbours", "land", "counties"].map(get));
    const add = (data, style, smoothFactor = 1.2) => L.geoJSON(data, { renderer: ground, interactive: false, smoothFactor, style }).addTo(map);
    add(neighbours, { fillColor: css("--near"), fillOpacity: 1, color: css("--county"), weight: 0.7 });
    for (const [weight, opacity] of [[22, 0.25], [9, 0.4]]) add(land, { fill: false, color: css("--shelf"), weight, opacity, lineJoin: "round" }, 3);
    add(land, { fillColor: css("--land"), fillOpacity: 1, color: css("--coast"), weight: 1 });
    add(counties, { color: css("--county"), weight: 1 });
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function ring(online, all) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", `site-ring ${online < all ? "short" : ""}`);
    const circle = (name, radius, width, dash) => {
      const made = document.createElementNS(svg.namespaceURI, "circle");
      const values = { class: name, cx: 12, cy: 12, r: radius, ...(width && { fill: "none", "stroke-width": width }), ...(dash && { "stroke-dasharray": dash, transform: "rotate(-90 12 12)" }) };
      for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
      svg.append(made);
    };
    circle("ground", 11);
    circle("all", 9, 3);
    if (all) circle("on", 9, 3, `${RING * online / all} ${RING}`);
    circle("hub", 3.2);
    return svg;
  }
  const mark = (at, content) => L.marker(at, { icon: L.divIcon({ html: content, className: "", iconSize: [0, 0] }), keyboard: false, interactive: false }).addTo(marks);

  // names and codes go beside their point, at the first of some places where they cover nothing placed before
  function beside(at, content, taken, reach) {
    const { width, height } = size(content), point = map.latLngToContainerPoint(at), room = map.getSize();
    const places = [[1, 0], [-1, 0], [1, -1], [1, 1], [-1, -1], [-1, 1], [0, -1], [0, 1], [0, -2], [0, 2], [1, -2], [-1, -2], [1, 2], [-1, 2]].map(([x, y]) => {
      const left = x > 0 ? reach : x < 0 ? -reach - width : -width / 2;
      return { left, top: y * (x ? height * 0.75 : height * 0.5 + reach) - height / 2 };
    });
    const hits = ({ left, top }) => {
      const box = { x: point.x + left, y: point.y + top, width, height };
      const outside = box.x < 4 || box.x + width > room.x - 4 ? 4 : 0;
      return outside + taken.filter((other) => box.x < other.x + other.width && other.x < box.x + width && box.y < other.y + other.height && other.y < box.y + height).length;
    };
    const best = places.reduce((a, b) => (hits(b) < hits(a) ? b : a));
    taken.push({ x: point.x + best.left, y: point.y + best.top, width, height });
    content.style.left = `${best.left}px`;
    content.style.top = `${best.top}px`;
    mark(at, content);
  }
  function size(content) {
    const probe = content.cloneNode(true);
    probe.style.visibility = "hidden";
    box.append(probe);
    const { width, height } = probe.getBoundingClientRect();
    probe.remove();
    return { width, height };
  }
  const spot = (at, radius) => { const { x, y } = map.latLngToContainerPoint(at); return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius }; };

  const nameOf = (place) => (inChinese ? place.zh : place.en);
  function fence(place) {
    const hint = element("span", "", `${nameOf(place)}${place.fictional ? ` · ${words.fictional}` : ""}`);
    L.polygon(place.ring, { renderer: lines, color: css("--act"), weight: 1.3, dashArray: "4 4", fillColor: css("--act"), fillOpacity: 0.07 }).bindTooltip(hint).addTo(shapes);
  }
  function label(place) {
    const made = element("span", "site-name", nameOf(place));
    made.append(element("small", "", place.coming ? fill(words.coming, { n: place.coming }) : fill(words.gates, { online: place.online, all: place.gates })));
    return made;
  }
  const whereabouts = (one) => [one.from_lat + (one.to_lat - one.from_lat) * one.progress, one.from_lon + (one.to_lon - one.from_lon) * one.progress];
  function paint() {
    marks.clearLayers();
    shapes.clearLayers();
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize), { sites, trips } = state;
    for (const one of trips) {
      const ends = [[one.from_lat, one.from_lon], [one.to_lat, one.to_lon]];
      L.polyline(ends, { renderer: lines, interactive: false, color: css("--coast"), weight: 1.5, dashArray: "2 5" }).addTo(shapes);
    }
    sites.forEach(fence);
    const at = (place) => [place.lat, place.lon];
    const taken = [...sites.map((place) => spot(at(place), 1.1 * unit)), ...trips.map((one) => spot(whereabouts(one), 0.5 * unit))];
    for (const place of sites) mark(at(place), ring(place.online, place.gates));
    for (const one of trips) mark(whereabouts(one), element("i", `trip ${one.codes.length || one.held ? "bad" : ""}`));
    for (const place of sites) beside(at(place), label(place), taken, 1.7 * unit);
    for (const one of trips.filter((trip) => trip.codes.length)) beside(whereabouts(one), element("b", "trip-code", one.codes[0]), taken, 1.1 * unit);
  }
  // all sites with room for their names; the whole island where there is none yet
  function home() {
    const { x, y } = map.getSize(), all = state.sites.map((place) => [place.lat, place.lon]);
    const view = { paddingTopLeft: [x * 0.18, y * 0.2], paddingBottomRight: [x * 0.18, y * 0.12], maxZoom: NEAREST, animate: !still };
    map.fitBounds(all.length ? all : ISLAND, all.length ? view : {});
  }
  document.addEventListener("places", (event) => { state = JSON.parse(event.detail.data); if (begun) paint(); });
  map.on("zoomend moveend", () => { if (begun) paint(); });
  const zooms = { in: () => map.zoomIn(1), out: () => map.zoomOut(1), home };
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  // where the map is hidden, its ground is fetched when it is first shown
  let begun = false;
  function begin() {
    begun = true;
    home();
    paintGround().then(() => { box.dataset.ready = "true"; });
  }
  new ResizeObserver(() => {
    if (box.clientWidth === 0) return;
    map.invalidateSize({ animate: false });
    if (!begun) begin();
  }).observe(box);
})();
