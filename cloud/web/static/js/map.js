// Sites with their fences, and where containers in transit may be; drawn by Leaflet over our own ground.
// Leaflet takes strings for HTML (CVE-2025-69993): names go in as text nodes only.
(() => {
  "use strict";
  const { words, fill } = window.board;
  const box = document.getElementById("map");
  if (box.offsetParent === null) return; // no room for a map on this screen
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const inChinese = document.documentElement.lang.startsWith("zh");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const RING = 2 * Math.PI * 9, ISLAND = [[21.9, 119.9], [25.35, 122.05]], SPACE_PX = 44;
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
  const mark = (lat, lon, content, label) => L.marker([lat, lon], { icon: L.divIcon({ html: content, className: "", iconSize: [0, 0] }), keyboard: false, interactive: false, alt: label }).addTo(marks);

  function site(place) {
    const box = element("div", `place ${place.west ? "west" : ""} ${place.online < place.gates ? "short" : ""}`), label = element("span", "", inChinese ? place.zh : place.en);
    label.append(element("small", "", place.coming ? fill(words.coming, { n: place.coming }) : fill(words.gates, { online: place.online, all: place.gates })));
    box.append(ring(place.online, place.gates), label);
    L.polygon(place.ring, { renderer: lines, color: css("--act"), weight: 1.3, dashArray: "4 4", fillColor: css("--act"), fillOpacity: 0.07 })
      .bindTooltip(element("span", "", `${inChinese ? place.zh : place.en}${place.fictional ? ` · ${words.fictional}` : ""}`)).addTo(shapes);
    mark(place.lat, place.lon, box, place.zh);
  }
  function trip(one) {
    const ends = [[one.from_lat, one.from_lon], [one.to_lat, one.to_lon]];
    L.polyline(ends, { renderer: lines, interactive: false, color: css("--coast"), weight: 1.5, dashArray: "2 5" }).addTo(shapes);
    const box = element("div", `trip ${one.codes.length || one.held ? "bad" : ""}`);
    box.append(element("i"));
    for (const code of one.codes.slice(0, 1)) box.append(element("b", "", code));
    const between = (from, to) => from + (to - from) * one.progress;
    mark(between(one.from_lat, one.to_lat), between(one.from_lon, one.to_lon), box, one.container);
  }
  // labels of neighbours: the western one to the left, so that they do not cover each other
  function sides(sites) {
    const points = sites.map((place) => map.latLngToContainerPoint([place.lat, place.lon]));
    return sites.map((place, i) => ({ ...place, west: points.some((other, j) => j !== i && Math.abs(other.y - points[i].y) < SPACE_PX && other.x > points[i].x) || points[i].x > map.getSize().x * 0.62 }));
  }
  function paint() {
    marks.clearLayers();
    shapes.clearLayers();
    state.trips.forEach(trip);
    sides(state.sites).forEach(site);
  }
  function home() {
    map.fitBounds(ISLAND, { paddingTopLeft: [10, 70], paddingBottomRight: [10, 20], animate: !still });
  }
  document.addEventListener("places", (event) => { state = JSON.parse(event.detail.data); paint(); });
  map.on("zoomend", paint);
  const zooms = { in: () => map.zoomIn(1), out: () => map.zoomOut(1), home };
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  new ResizeObserver(() => map.invalidateSize()).observe(box);
  home();
  paintGround().then(() => { box.dataset.ready = "true"; });
})();
