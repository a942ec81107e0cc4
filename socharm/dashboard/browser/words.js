// What the page holds and what is chosen, and how values are said. All words enter the page by textContent.
const root = JSON.parse(document.getElementById("payload").textContent);
// The assessments that can be chosen: that of the page, then those before it, the newest first.
const assessments = [root, ...root.earlier.map((held) => ({ ...root, ...held }))];
let data = root;
const plots = JSON.parse(document.getElementById("plots").textContent);
const byId = (id) => document.getElementById(id);
const n = root.codes.length;
let layers = new Map(data.layers.map((layer) => [layer.key, layer]));
const USUAL = { assessed: 0, layer: data.first, month: 0, group: "all", district: "", selected: null, sort: "rank", down: false, only: "" };
const state = { ...USUAL };
const MINUS = "\u2212";
let doc = null;

const current = () => layers.get(state.layer);
const groupName = (group) => (group === "all" ? "all offences" : group.replaceAll("-", " "));
const periodName = () => (state.month ? data.months[state.month - 1] : "whole period");
const isRate = (layer) => layer.key === "rate";

/** The rate that the areas are ranked by: of all offences and the whole period. Any other rate is as recorded. */
const isRanked = (layer) => isRate(layer) && !state.month && state.group === "all";

function layerName(layer) {
  if (!isRate(layer) || isRanked(layer)) return layer.label;
  return `${layer.label} as recorded`;
}

const when = (layer) => (layer.series && !isRanked(layer) ? `, ${periodName()}, ${groupName(state.group)}` : "");

function series(part, measure, i) {
  const values = data[part][state.group]?.[measure]?.[i];
  return values === undefined ? null : values;
}

function valueOf(layer, i) {
  if (layer.surface) return null;
  if (!layer.series) return layer.values[i];
  if (!state.month) return series("whole", layer.key, i);
  const months = series("monthly", layer.key, i);
  return months === null ? null : months[state.month - 1];
}

/** A number with the sign that is read as minus; what is printed as nothing has none. */
function minused(text) {
  return text.replace("-", /[1-9]/.test(text) ? MINUS : "");
}

function number(value) {
  return minused(value.toLocaleString("en-GB", { maximumSignificantDigits: 15 }));
}

function fixed(value, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return minused(value.toLocaleString("en-GB", digits));
}

/** Every rate of harm on the page has the same decimals. */
function rate(value) {
  if (value === null || value === undefined) return "not known";
  if (value === "few") return "withheld";
  return fixed(value, data.rateDecimals);
}

function words(value, layer) {
  if (value === null || value === undefined) return layer ? layer.gap : "not known";
  if (value === "few") return "withheld";
  if (layer && isRate(layer)) return rate(value);
  if (layer && layer.change) return change(value);
  if (layer && layer.categories.length) return layer.classes.labels[layer.categories.indexOf(value)];
  if (layer && layer.probability) return value < 0.01 ? "under 1%" : value > 0.99 ? "over 99%" : `${Math.round(100 * value)}%`;
  return layer && !layer.series ? fixed(value, decimalsOf(layer)) : number(value);
}

/** Two decimals at most, and the same in a whole column. */
function decimalsOf(layer) {
  if (layer.decimals === undefined) {
    const decimals = (value) => (typeof value === "number" ? String(value).split(".")[1]?.length ?? 0 : 0);
    layer.decimals = Math.min(2, Math.max(0, ...layer.values.map(decimals)));
  }
  return layer.decimals;
}

const counted = (value) => (value === "few" ? "1 to 4" : words(value));
const several = (count, noun, plural = `${noun}s`) => `${number(count)} ${count === 1 ? noun : plural}`;
const span = (low, high) => (low === null ? "not known" : low === high ? `${low}` : `${low} to ${high}`);

function change(percent) {
  if (percent === null) return "from none";
  return percent === 0 ? "no change" : `${percent > 0 ? "+" : MINUS}${number(Math.abs(percent))}%`;
}

function rankWords(i) {
  if (data.rank[i] === null) return `no rank${data.reasons[i] ? ` (${data.reasons[i]})` : ""}`;
  return `rank ${data.rank[i]} of ${data.ranked}, 90% interval ${span(data.low[i], data.high[i])}`;
}

function sentence(i) {
  const layer = current();
  const place = data.parents[i] ? `${data.names[i]}, ${data.parents[i]}` : data.names[i];
  const start = `${place}: ${rankWords(i)}.`;
  if (layer.surface) return start;
  const value = valueOf(layer, i);
  const unit = typeof value === "number" && layer.unit ? ` ${layer.series ? layer.unit : `(${layer.unit})`}` : "";
  return `${start} ${layerName(layer)}${when(layer)}: ${words(value, layer)}${unit}.`;
}

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

const inDistrict = (i) => !state.district || data.parents[i] === state.district;

/** Number of the chosen place among the districts, the last of which is all areas; null where an area is chosen. */
function districtNow() {
  if (state.selected !== null) return null;
  return state.district ? data.districtNames.indexOf(state.district) : data.districtNames.length - 1;
}

const on = (id, kind, act) => { const found = byId(id); if (found) found.addEventListener(kind, act); };
