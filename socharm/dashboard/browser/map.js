// The map: colours and legend, names, and the window on it.
const UNKNOWN = "#f4f4f4";
const FEW_COLOUR = "#e3e3e3";
const MOST_NAMES = 40;
const PATTERNS = { " ": "", "-": "bars", ".": "dots", "/": "lines", x: "cross" };

function classesOf(layer) {
  if (layer.surface) return data.heat;
  if (!layer.series) return layer.classes;
  const none = { bounds: [], labels: [], colours: [] };
  return data.classes[layer.key][state.group]?.[state.month ? "month" : "whole"] || none;
}

/** By the value before it was rounded where that is held, as on the printed map. */
function classAt(layer, classes, value, i) {
  if (layer.categories.length) return layer.categories.indexOf(value);
  // Months of an area stand in a row.
  if (classes.members?.length) return classes.members[layer.series && state.month ? i * data.months.length + state.month - 1 : i];
  let k = 0;
  while (k < classes.bounds.length && value > classes.bounds[k]) k += 1;
  return k;
}

function paint() {
  const layer = current();
  const classes = classesOf(layer);
  const sizes = new Array(classes.labels.length).fill(0);
  const fill = new Array(n), hatch = new Array(n), alpha = new Array(n);
  let unknown = 0, few = 0;
  for (let i = 0; i < n; i += 1) {
    const value = valueOf(layer, i);
    alpha[i] = inDistrict(i) ? 1 : 0.13;
    hatch[i] = " ";
    if (layer.surface) fill[i] = "#eef0f3";
    else if (value === null) { fill[i] = UNKNOWN; hatch[i] = "/"; unknown += 1; }
    else if (value === "few") { fill[i] = FEW_COLOUR; hatch[i] = "."; few += 1; }
    else {
      const k = classAt(layer, classes, value, i);
      fill[i] = classes.colours[k];
      hatch[i] = classes.hatches?.[k] || " ";
      sizes[k] += 1;
    }
    if (!inDistrict(i)) hatch[i] = " ";
  }
  if (doc) {
    const source = doc.get_model_by_name("areas");
    source.data = Object.assign({}, source.data, { fill, hatch, alpha });
    const without = hatch.map((_, i) => i).filter((i) => hatch[i] !== " ");
    const of = (column) => without.map((i) => column[i]);
    doc.get_model_by_name("hatched").data = { xs: of(source.data.xs), ys: of(source.data.ys), hatch: of(hatch) };
    const heat = doc.get_model_by_name("heat");
    if (heat) heat.visible = layer.surface;
  }
  legend(layer, classes, sizes, unknown, few);
}

function legend(layer, classes, sizes, unknown, few) {
  const list = element("ul", undefined, "classes");
  const add = (label, colour, hatch, size) => {
    const item = element("li");
    const swatch = element("span", "", `swatch ${PATTERNS[hatch] ?? hatch}`);
    swatch.style.backgroundColor = colour;
    item.append(swatch, element("span", size === null ? label : `${label} (${size})`));
    list.append(item);
  };
  classes.labels.forEach((label, k) => add(label, classes.colours[k], classes.hatches?.[k] || "", layer.surface ? null : sizes[k]));
  if (few) add("withheld: one to four crimes", FEW_COLOUR, "dots", few);
  if (unknown) add(layer.gap, UNKNOWN, "lines", unknown);
  const notes = [layer.note];
  if (isRanked(layer) && !layer.note) notes.push(`Areas are ranked by this rate: chance is allowed for where events are few.${data.rateTurns ? " The rank is the mean over draws, so an area may stand above one with a slightly higher rate." : ""}`);
  if (layer.series && state.month) notes.push("Classes are the same in every month, so months can be compared.");
  else if (!layer.surface && layer.series) notes.push("Number of areas in brackets.");
  const unit = layer.unit ? `${layer.unit[0].toUpperCase()}${layer.unit.slice(1)}. ` : "";
  if (layer.series && data.unitSentence) notes.push(data.unitSentence);
  byId("legend").replaceChildren(list, element("p", `${unit}${notes.filter(Boolean).join(" ")}`, "key"));
}

// ---- window: the same metres per pixel both ways

const home = { x: 0, y: 0, width: 1, height: 1 };
const view = { x: 0, y: 0, scale: 1 };
let map = null;
let boxes = null;

let moving = false;
function show() {
  moving = true;
  const wide = (map.inner_width || 600) * view.scale, high = (map.inner_height || 500) * view.scale;
  map.x_range.setv({ start: view.x - wide / 2, end: view.x + wide / 2 });
  map.y_range.setv({ start: view.y - high / 2, end: view.y + high / 2 });
  moving = false;
  nameAreas();
}

/** What the scale bar takes at most, rounded up to a length that can be told: share of the width, and pixels beside. */
const BAR = { share: 0.45, wide: 30, high: 58 };

/** Names of the areas in the window that do not touch, the chosen one and high ranks first; none on a map of many. */
function nameAreas() {
  const held = doc.get_model_by_name("areas").data;
  const [x, y] = [map.x_range, map.y_range];
  const inside = [];
  for (let i = 0; i < n; i += 1) {
    const [east, north] = [held.cx[i], held.cy[i]];
    if (inDistrict(i) && east > x.start && east < x.end && north > y.start && north < y.end) inside.push(i);
  }
  if (state.selected !== null) inside.sort((a, b) => (b === state.selected) - (a === state.selected) || a - b);
  const candidates = inside.length <= MOST_NAMES ? inside : inside.filter((i) => i === state.selected);
  const metres = (x.end - x.start) / (map.inner_width || 600);
  // No name lies under the scale bar, which stands in the lower left corner.
  const bar = { wide: (BAR.wide + BAR.share * (map.inner_width || 600)) * metres / 2, high: BAR.high * metres / 2 };
  const taken = [{ x: x.start + bar.wide, y: y.start + bar.high, ...bar }];
  const named = candidates.filter((i) => {
    const [wide, high] = [3.6 * plain(data.names[i]).length * metres, 9 * metres];
    const box = { x: held.cx[i], y: held.cy[i], wide, high };
    if (taken.some((other) => Math.abs(other.x - box.x) < other.wide + wide && Math.abs(other.y - box.y) < other.high + high)) return false;
    taken.push(box);
    return true;
  });
  // A ring helps to find a small area; round a large one it only hides the name.
  const chosen = state.selected === null || boxOf(state.selected).width > 40 * metres ? [] : [state.selected];
  doc.get_model_by_name("chosen_source").data = { x: chosen.map((k) => held.cx[k]), y: chosen.map((k) => held.cy[k]) };
  doc.get_model_by_name("area_names").data = {
    x: named.map((i) => held.cx[i]), y: named.map((i) => held.cy[i]), text: named.map((i) => plain(data.names[i])),
  };
}

/** A name as the plots may have it: "$$" would be read as mathematics, which the page does not have. */
const plain = (text) => text.replaceAll("$", "\uff04").slice(0, 28);

/** The enlarged part stands beside the whole map only. */
function showEnlarged(shown) {
  const part = byId("enlarged");
  if (!part) return;
  part.hidden = !shown;
  for (const line of map.renderers) if (line.name === "frame") line.visible = shown;
  byId("plot-map").parentElement.classList.toggle("with-part", shown);
}

function frameEnlarged() {
  const plot = doc.get_model_by_name("enlarged");
  if (!plot.inner_width || !plot.inner_height) return;
  const [west, south, east, north] = data.enlarged;
  const scale = 1.02 * Math.max((east - west) / plot.inner_width, (north - south) / plot.inner_height);
  const wide = (plot.inner_width * scale) / 2, high = (plot.inner_height * scale) / 2;
  plot.x_range.setv({ start: (west + east) / 2 - wide, end: (west + east) / 2 + wide });
  plot.y_range.setv({ start: (south + north) / 2 - high, end: (south + north) / 2 + high });
}

function frame(box, margin) {
  Object.assign(view, {
    x: box.x + box.width / 2, y: box.y + box.height / 2,
    scale: margin * Math.max(box.width / (map.inner_width || 600), box.height / (map.inner_height || 500)),
  });
  show();
}

/** What the map was last asked to show: it is shown again when its room has another size. */
let framed = () => fit();

function whole() {
  if (!map) return;
  framed = whole;
  showEnlarged(true);
  frame(home, 1.03);
}

/** The chosen area with its neighbours, the chosen district, or everything. */
function fit() {
  if (!map) return;
  framed = fit;
  showEnlarged(state.selected === null && !state.district);
  if (state.selected !== null) { frame(boxOf(state.selected), 3.2); return; }
  const mine = state.district ? data.names.map((_, i) => i).filter(inDistrict) : [];
  frame(mine.length ? hull(mine.map(boxOf)) : home, mine.length ? 1.15 : 1.03);
}

function hull(parts) {
  const x = Math.min(...parts.map((box) => box.x)), y = Math.min(...parts.map((box) => box.y));
  return {
    x, y, width: Math.max(...parts.map((box) => box.x + box.width)) - x,
    height: Math.max(...parts.map((box) => box.y + box.height)) - y,
  };
}

function zoom(factor) {
  if (!map) return;
  view.x = (map.x_range.start + map.x_range.end) / 2;
  view.y = (map.y_range.start + map.y_range.end) / 2;
  view.scale = ((map.x_range.end - map.x_range.start) / (map.inner_width || 600)) * factor;
  show();
}

function boxOf(i) {
  boxes = boxes || new Array(n);
  if (boxes[i]) return boxes[i];
  const held = doc.get_model_by_name("areas").data;
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const part of held.xs[i]) for (const x of part[0]) { west = Math.min(west, x); east = Math.max(east, x); }
  for (const part of held.ys[i]) for (const y of part[0]) { south = Math.min(south, y); north = Math.max(north, y); }
  boxes[i] = { x: west, y: south, width: east - west, height: north - south };
  return boxes[i];
}

on("zoom-in", "click", () => zoom(1 / 1.6));
on("zoom-out", "click", () => zoom(1.6));
on("zoom-all", "click", whole);
on("zoom-area", "click", fit);

// ---- the pointer

let pointed = null;
function point(i) {
  if (i === pointed) return;
  if (pointed !== null) rows[pointed].classList.remove("pointed");
  pointed = i;
  if (i !== null) rows[i].classList.add("pointed");
  if (!doc) return;
  const held = doc.get_model_by_name("areas").data;
  doc.get_model_by_name("pointed_source").data = i === null ? { xs: [], ys: [] } : { xs: [held.xs[i]], ys: [held.ys[i]] };
  const places = doc.get_model_by_name("rows").data.place;
  doc.get_model_by_name("pointed_row").data = { y: i === null || Number.isNaN(places[i]) ? [] : [places[i]] };
}

const tip = byId("tip");
const mouse = { x: 0, y: 0 };
const follow = (event) => { mouse.x = event.clientX; mouse.y = event.clientY; };
document.addEventListener("pointermove", follow, { capture: true, passive: true });

function hover(where, found) {
  const indices = found.index.indices;
  const i = indices.length ? indices[indices.length - 1] : null;
  point(i);
  if (i === null) { tip.hidden = true; return; }
  tip.textContent = sentence(i);
  tip.hidden = false;
  const right = mouse.x + 16 + tip.offsetWidth > window.innerWidth;
  tip.style.left = `${Math.max(4, right ? mouse.x - tip.offsetWidth - 12 : mouse.x + 16)}px`;
  tip.style.top = `${Math.max(4, Math.min(mouse.y + 14, window.innerHeight - tip.offsetHeight - 4))}px`;
}

function leave() { tip.hidden = true; point(null); }
