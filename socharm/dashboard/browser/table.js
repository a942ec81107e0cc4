// The list of areas: search, order, the column of the map, and the same rows as a file.
const body = document.querySelector("#ranked tbody");
const rows = [];
for (const row of body.rows) rows[Number(row.dataset.i)] = row;

const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f\u2020]/g, "").trim().toLowerCase();
const foldedNames = data.names.map(folded);
const wanted = () => folded(byId("search").value);
const found = (i, text) => !text || foldedNames[i].includes(text) || data.codes[i].toLowerCase() === text;

/** Where the map shows kinds of areas, one of them can be asked for. */
const isWanted = (i) => !state.only || valueOf(current(), i) === state.only;

function fillKinds() {
  const layer = current();
  const kinds = layer.categories || [];
  if (!kinds.includes(state.only)) state.only = "";
  byId("only-field").hidden = !kinds.length;
  byId("only").replaceChildren(...[["", "every area"], ...kinds.map((kind, k) => [kind, layer.classes.labels[k]])].map(([value, text]) => {
    const option = element("option", text);
    option.value = value;
    return option;
  }));
  byId("only").value = state.only;
}

on("only", "change", (event) => { state.only = event.target.value; filterRows(); remember(); });

function filterRows() {
  const text = wanted();
  let count = 0;
  rows.forEach((row, i) => { row.hidden = !(inDistrict(i) && found(i, text) && isWanted(i)); count += row.hidden ? 0 : 1; });
  byId("count").textContent = count === n ? "" : `${count} of ${several(n, "area")} shown.`;
  byId("nothing").hidden = count > 0;
  byId("nothing").textContent = count > 0 ? "" : nothingFound(text);
}

function nothingFound(text) {
  const typed = byId("search").value.trim();
  if (!typed) return `No area ${state.district ? `of ${state.district} ` : ""}is \u201c${byId("only").selectedOptions[0]?.textContent}\u201d.`;
  const elsewhere = data.names.filter((_, i) => found(i, text)).length;
  if (state.district && elsewhere)
    return `Nothing found in ${state.district} for \u201c${typed}\u201d; ${several(elsewhere, "area")} elsewhere. Choose all districts to see more.`;
  return `Nothing found for \u201c${typed}\u201d. Type a part of the name of an area, or its whole code.`;
}

/** A column of its own for what the map shows, unless that is the rate that stands there already. */
const hasColumn = () => !isRanked(current()) && !current().surface;

function fillColumn() {
  const layer = current();
  byId("ranked").classList.toggle("plain-list", !hasColumn());
  const heading = document.querySelector('[data-sort="shown"]');
  const long = layerName(layer);
  heading.textContent = `${long.length > 28 && layer.short ? layer.short : long}${when(layer)}`;
  rows.forEach((row, i) => { row.querySelector(".shown").textContent = hasColumn() ? words(valueOf(layer, i), layer) : ""; });
}

/** Figures of the chosen assessment; those of the page's own stand in the file already. */
function fillRows() {
  const ends = data.rank.flatMap((rank, i) => [rank, data.high[i]]).filter((value) => value !== null);
  const last = Math.max(1, ...ends);
  rows.forEach((row, i) => {
    const [rank, interval, rated, crimes] = row.querySelectorAll("td");
    rank.textContent = data.rank[i] ?? "no rank";
    interval.replaceChildren(document.createTextNode(span(data.low[i], data.high[i])));
    if (data.low[i] !== null && data.high[i] !== null) {
      const bar = element("span", undefined, "bar"), inner = element("i");
      const left = Math.min((100 * (data.low[i] - 1)) / last, 98.5);
      inner.style.left = `${left.toFixed(1)}%`;
      inner.style.width = `${Math.min(Math.max((100 * (data.high[i] - data.low[i] + 1)) / last, 1.5), 100 - left).toFixed(1)}%`;
      bar.setAttribute("aria-hidden", "true");
      bar.append(inner);
      interval.append(bar);
    }
    rated.textContent = rate(data.whole.all.rate[i]);
    crimes.textContent = counted(data.whole.all.crimes[i]);
    row.querySelector(".pick").textContent = data.names[i];
    const home = row.querySelector(".district");
    if (home) home.textContent = data.parents[i];
  });
}

const SVG = "http://www.w3.org/2000/svg";
function svg(name, facts) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) made.setAttribute(key, String(value));
  return made;
}

/** A small line of each area: its recorded rate by month, all offences, on a scale of its own from zero. */
function sparks() {
  if (assessments.length < 2) return;
  const line = lineNow();
  const wide = 84, high = 22, step = wide / Math.max(line.months.length, 1);
  const mine = ownMonths(line);
  rows.forEach((row, i) => {
    const values = alongLine(line, "all", i).map((value) => (typeof value === "number" ? value : null));
    const top = Math.max(...values.map((value) => value ?? 0), 0);
    const box = svg("svg", { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, focusable: "false" });
    if (mine) box.append(svg("rect", { x: mine[0] * step, y: 0, width: (mine[1] - mine[0] + 1) * step, height: high, fill: "#e1e6ed" }));
    const spot = (k) => `${((k + 0.5) * step).toFixed(1)},${(high - 2 - (top > 0 ? (values[k] / top) * (high - 5) : 0)).toFixed(1)}`;
    let part = [];
    values.forEach((value, k) => {
      if (value !== null) part.push(spot(k));
      if (part.length && (value === null || k === values.length - 1)) {
        if (part.length === 1) part.push(part[0].replace(/^[\d.]+/, (x) => (Number(x) + 1).toFixed(1)));
        box.append(svg("polyline", { points: part.join(" "), fill: "none", stroke: "#8c2340", "stroke-width": 1.5 }));
        part = [];
      }
    });
    row.querySelector(".spark").replaceChildren(box);
  });
}

function sortValue(key, i) {
  const all = data.whole.all;
  const value = {
    rank: () => data.rank[i], interval: () => data.low[i], name: () => data.names[i],
    shown: () => {
      const layer = current();
      const held = valueOf(layer, i);
      return layer.categories.length && held !== null && held !== "few" ? layer.categories.indexOf(held) : held;
    },
    rate: () => all.rate[i], crimes: () => all.crimes[i],
  }[key]();
  return value === "few" ? null : value;
}

function sortRows() {
  const order = rows.map((_, i) => i);
  const keys = order.map((i) => sortValue(state.sort, i));
  const sign = state.down ? -1 : 1;
  order.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    const way = typeof x === "string" ? x.localeCompare(y, "en-GB") : x - y;
    return sign * way || a - b;
  });
  body.append(...order.map((i) => rows[i]));
  document.querySelectorAll("[data-sort]").forEach((button) => {
    const mine = button.dataset.sort === state.sort;
    button.parentElement.setAttribute("aria-sort", mine ? (state.down ? "descending" : "ascending") : "none");
  });
}

document.querySelectorAll("[data-sort]").forEach((button) => button.addEventListener("click", () => {
  const key = button.dataset.sort;
  const highFirst = ["shown", "rate", "crimes"].includes(key);
  state.down = state.sort === key ? !state.down : highFirst;
  state.sort = key;
  sortRows();
  remember();
}));
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row) select(Number(row.dataset.i), { scroll: false });
});
body.addEventListener("pointerover", (event) => {
  const row = event.target.closest("tr");
  if (row) point(Number(row.dataset.i));
});
body.addEventListener("pointerleave", () => leave());
body.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("pick")) return;
  event.preventDefault();
  const visible = [...body.rows].filter((row) => !row.hidden);
  const next = visible[visible.indexOf(event.target.closest("tr")) + step];
  if (next) next.querySelector(".pick").focus();
});

on("search", "input", () => {
  filterRows();
  const text = wanted();
  const exact = foldedNames.map((_, i) => i).filter((i) => foldedNames[i] === text && inDistrict(i));
  if (exact.length === 1) select(exact[0]);
  else remember();
});
on("search", "keydown", (event) => {
  const first = [...body.rows].find((row) => !row.hidden);
  if (event.key === "Enter" && first) { event.preventDefault(); select(Number(first.dataset.i)); }
});

// ---- the rows that are shown, as CSV

/** A cell of CSV: what a spreadsheet would run gets one ' in front, as in every file of socharm. */
function cell(value) {
  const text = typeof value === "string" && /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function filterWords() {
  const typed = byId("search").value.trim();
  const only = state.only ? `Shown: ${byId("only").selectedOptions[0].textContent}` : "";
  return [state.district ? `District: ${state.district}` : "", only, typed ? `Search: ${typed}` : ""].filter(Boolean).join("; ");
}

function csvText() {
  const layer = current();
  const raw = (value) => (typeof value === "number" ? value : value === null || value === undefined ? "not known" : value === "few" ? "withheld" : value);
  const head = ["Rank", "90% from", "90% to", "Area", "Code", "District", "Harm rate", "Crimes"];
  const shown = [...body.rows].filter((row) => !row.hidden).map((row) => Number(row.dataset.i));
  const table = shown.map((i) => [
    data.rank[i] ?? "no rank", data.low[i] ?? "not known", data.high[i] ?? "not known", data.names[i], data.codes[i],
    data.parents[i] || "not stated", raw(data.whole.all.rate[i]), data.whole.all.crimes[i] === "few" ? "1 to 4" : raw(data.whole.all.crimes[i]),
    ...(hasColumn() ? [layer.categories.length || layer.probability || layer.change ? words(valueOf(layer, i), layer) : raw(valueOf(layer, i))] : []),
  ]);
  if (hasColumn()) head.push(`${layerName(layer)}${when(layer)}${layer.unit ? ` (${layer.unit})` : ""}`);
  const lines = [...data.export.lines, `Rows: ${shown.length} of ${several(n, "area")}${filterWords() ? `. ${filterWords()}` : ""}`];
  const inside = data.export.internal;
  const first = (value, row) => (inside ? [value, ...row] : row);
  const all = [...lines.map((line) => [line]), first(inside, head), ...table.map((row) => first("not for publication", row))];
  return `\ufeff${all.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

on("export", "click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csvText()], { type: "text/csv;charset=utf-8" }));
  link.download = data.export.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
