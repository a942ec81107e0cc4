// Links controls, map, table, interval plot and trend of a dashboard. All words enter by textContent.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("payload").textContent);
  const plots = JSON.parse(document.getElementById("plots").textContent);
  const byId = (id) => document.getElementById(id);
  const n = data.names.length;
  const layers = new Map(data.layers.map((layer) => [layer.key, layer]));
  const state = { layer: data.first, month: 0, group: "all", district: "", selected: null, sort: "rank", down: false };
  const UNKNOWN = "#f4f4f4";
  const FEW_COLOUR = "#e3e3e3";
  let doc = null;

  const body = document.querySelector("#ranked tbody");
  const rows = [];
  for (const row of body.rows) rows[Number(row.dataset.i)] = row;

  // ---- values and their words

  const current = () => layers.get(state.layer);
  const groupName = (group) => (group === "all" ? "all offences" : group.replaceAll("-", " "));
  const periodName = () => (state.month ? data.months[state.month - 1] : "whole period");

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

  function classesOf(layer) {
    if (layer.surface) return data.heat;
    if (!layer.series) return layer.classes;
    return data.classes[layer.key][state.group]?.[state.month ? "month" : "whole"] || { bounds: [], labels: [], colours: [] };
  }

  function classAt(layer, classes, value) {
    if (layer.categories.length) return layer.categories.indexOf(value);
    let k = 0;
    while (k < classes.bounds.length && value > classes.bounds[k]) k += 1;
    return k;
  }

  function number(value) {
    return value.toLocaleString("en-GB", { maximumSignificantDigits: 15 }).replace("-", "\u2212");
  }

  function words(value, layer) {
    if (value === null || value === undefined) return layer ? layer.gap : "not known";
    if (value === "few") return "withheld";
    if (layer && layer.categories.length) return layer.classes.labels[layer.categories.indexOf(value)];
    if (layer && layer.probability && (value < 0.01 || value > 0.99)) return value < 0.01 ? "under 0.01" : "over 0.99";
    return number(value);
  }

  const counted = (value) => (value === "few" ? "1 to 4" : words(value));

  function rankWords(i) {
    if (data.rank[i] === null) return `no rank${data.reasons[i] ? ` (${data.reasons[i]})` : ""}`;
    const between = data.low[i] === null ? "interval not known" : data.low[i] === data.high[i]
      ? `which it keeps with 90 % probability or more` : `between ${data.low[i]} and ${data.high[i]} with 90 % probability`;
    return `rank ${data.rank[i]} of ${data.ranked}, ${between}`;
  }

  function sentence(i) {
    const layer = current();
    const place = data.parents[i] ? `${data.names[i]}, ${data.parents[i]}` : data.names[i];
    const start = `${place}: ${rankWords(i)}.`;
    if (layer.surface) return start;
    const value = valueOf(layer, i);
    const unit = typeof value === "number" && layer.unit ? ` ${layer.series ? layer.unit : `(${layer.unit})`}` : "";
    const when = layer.series ? `, ${periodName()}, ${groupName(state.group)}` : "";
    return `${start} ${layer.label}${when}: ${words(value, layer)}${unit}.`;
  }

  // ---- map colours and legend

  function inDistrict(i) {
    return !state.district || data.parents[i] === state.district;
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
        const k = classAt(layer, classes, value);
        fill[i] = classes.colours[k];
        sizes[k] += 1;
      }
      if (!inDistrict(i)) hatch[i] = " ";
    }
    if (doc) {
      const source = doc.get_model_by_name("areas");
      source.data = Object.assign({}, source.data, { fill, hatch, alpha });
      const heat = doc.get_model_by_name("heat");
      if (heat) heat.visible = layer.surface;
    }
    legend(layer, classes, sizes, unknown, few);
  }

  function element(tag, text, name) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  function legend(layer, classes, sizes, unknown, few) {
    const box = byId("legend");
    const list = element("ul", undefined, "classes");
    const add = (label, colour, hatch, size) => {
      const item = element("li");
      const swatch = element("span", "", `swatch ${hatch}`);
      swatch.style.backgroundColor = colour;
      item.append(swatch, element("span", size === null ? label : `${label} (${size})`));
      list.append(item);
    };
    classes.labels.forEach((label, k) => add(label, classes.colours[k], "", layer.surface ? null : sizes[k]));
    if (few) add("withheld: one to four crimes", FEW_COLOUR, "dots", few);
    if (unknown) add(layer.gap, UNKNOWN, "lines", unknown);
    const when = layer.series ? `${periodName()}, ${groupName(state.group)}` : "";
    const notes = [layer.note];
    if (layer.key === "rate" && !layer.note && !state.month && state.group === "all")
      notes.push("Underlying rate: drawn towards that of like areas where events are few.");
    else if (layer.key === "rate") notes.push("As recorded.");
    if (layer.series && state.month) notes.push("Classes are the same in every month, so months can be compared.");
    else if (!layer.surface && layer.series) notes.push("Areas in classes of equal number; number of areas in brackets.");
    box.replaceChildren(
      element("h3", [layer.label, when, state.district].filter(Boolean).join(", ")),
      element("p", layer.unit, "key"), list, element("p", notes.filter(Boolean).join(" "), "key"));
  }

  // ---- table

  function shown(i) {
    const wanted = byId("search").value.trim().toLowerCase();
    return inDistrict(i) && (!wanted || data.names[i].toLowerCase().includes(wanted) || data.codes[i].toLowerCase() === wanted);
  }

  function filterRows() {
    let count = 0;
    rows.forEach((row, i) => { row.hidden = !shown(i); count += row.hidden ? 0 : 1; });
    byId("count").textContent = count === n ? `${n} areas.` : `${count} of ${n} areas shown.`;
  }

  function fillColumn() {
    const layer = current();
    const heading = document.querySelector('[data-sort="shown"]');
    heading.textContent = layer.surface ? "On the map" : layer.series ? `${layer.label}, ${periodName()}, ${groupName(state.group)}` : layer.label;
    rows.forEach((row, i) => {
      row.querySelector(".shown").textContent = layer.surface ? "see the map" : words(valueOf(layer, i), layer);
    });
  }

  function sortValue(key, i) {
    const all = data.whole.all;
    const value = {
      rank: () => data.rank[i], interval: () => data.low[i], name: () => data.names[i], parent: () => data.parents[i],
      shown: () => {
        const layer = current();
        const found = valueOf(layer, i);
        return layer.categories.length && found !== null ? layer.categories.indexOf(found) : found;
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

  // ---- selection, pointer, details

  function select(i, { scroll = true } = {}) {
    if (state.selected !== null) {
      rows[state.selected].classList.remove("selected");
      rows[state.selected].querySelector(".pick").setAttribute("aria-pressed", "false");
    }
    state.selected = i;
    if (doc) {
      const held = doc.get_model_by_name("areas").selected;
      const wanted = i === null ? [] : [i];
      if (held.indices.length !== wanted.length || held.indices[0] !== wanted[0]) held.indices = wanted;
      const places = doc.get_model_by_name("areas").data;
      doc.get_model_by_name("chosen_source").data = { x: wanted.map((k) => places.cx[k]), y: wanted.map((k) => places.cy[k]) };
    }
    if (i !== null) {
      rows[i].classList.add("selected");
      rows[i].querySelector(".pick").setAttribute("aria-pressed", "true");
      const box = body.closest(".scroll");
      if (scroll) box.scrollTop = rows[i].offsetTop - box.clientHeight / 2;
    }
    describe();
  }

  function describe() {
    const i = state.selected;
    byId("status").textContent = i === null ? "No area is selected. Choose one on the map or in the table." : sentence(i);
    card(i);
    trend(i);
    intervals();
  }

  function card(i) {
    byId("area-name").textContent = i === null ? "Selected area" : data.names[i];
    const list = byId("area-facts");
    list.replaceChildren();
    if (i === null) return;
    const fact = (name, text) => {
      const pair = element("div");
      pair.append(element("dt", name), element("dd", text));
      list.append(pair);
    };
    const all = data.whole.all;
    fact("Rank", data.rank[i] === null ? rankWords(i) : `${data.rank[i]} of ${data.ranked}`);
    fact("90 % interval", data.low[i] === null ? "not known" : data.low[i] === data.high[i] ? `${data.low[i]}` : `${data.low[i]} to ${data.high[i]}`);
    fact("District", data.parents[i] || "not stated");
    fact("Crimes counted", counted(all.crimes[i]));
    fact("Harm rate", words(all.rate[i]));
    fact("Harm", words(all.harm[i]));
    for (const layer of data.layers) if (!layer.series && !layer.surface) fact(layer.short, words(layer.values[i], layer));
  }

  function trend(i) {
    const title = byId("trend-title");
    if (!title) return;
    const months = data.months.length;
    const parts = data.monthly[state.group];
    const clean = (values) => Array.from({ length: months }, (_, k) => (typeof values?.[k] === "number" ? values[k] : NaN));
    const own = i === null ? undefined : parts?.rate[i];
    const district = i === null ? data.districtNames.length - 1 : data.district[i];
    const wide = data.districts[state.group]?.rate[district];
    const name = data.districtNames[district];
    title.textContent = i === null ? "Trend: all areas" : `Trend: ${data.names[i]} against ${name}`;
    const key = byId("trend-key");
    const label = (kind, text) => { const part = element("span", undefined, "line-key"); part.append(element("i", "", kind), document.createTextNode(text)); return part; };
    const few = (own || []).filter((value) => value === "few").length, lacking = (own || []).filter((value) => value === null).length;
    const gaps = [few ? `${few} months withheld (one to four crimes)` : "", lacking ? `${lacking} months not known` : ""].filter(Boolean).join(", ");
    key.replaceChildren(
      ...(i === null ? [] : [label("own", data.names[i])]), label("wide", name),
      document.createTextNode(`Harm rate as recorded, ${groupName(state.group)}, ${layers.get("rate").unit}.${gaps ? ` Gaps: ${gaps}.` : ""}`));
    if (!doc) return;
    const lines = { x: Array.from({ length: months }, (_, k) => k), own: clean(own), wide: clean(wide) };
    doc.get_model_by_name("trend_source").data = lines;
    doc.get_model_by_name("month_source").data = { x: state.month ? [state.month - 1] : [] };
    const top = Math.max(...lines.own.concat(lines.wide).filter(Number.isFinite), 0);
    doc.get_model_by_name("trend").y_range.end = top > 0 ? top * 1.12 : 1;
  }

  let pointed = null;
  function point(i) {
    if (i === pointed) return;
    if (pointed !== null) rows[pointed].classList.remove("pointed");
    pointed = i;
    if (i !== null) rows[i].classList.add("pointed");
    if (!doc) return;
    const held = doc.get_model_by_name("areas").data;
    doc.get_model_by_name("pointed_source").data = i === null ? { xs: [], ys: [] } : { xs: [held.xs[i]], ys: [held.ys[i]] };
    doc.get_model_by_name("pointed_row").data = { y: i === null || data.rank[i] === null ? [] : [held.place[i]] };
  }

  const tip = byId("tip");
  const mouse = { x: 0, y: 0 };
  document.addEventListener("pointermove", (event) => { mouse.x = event.clientX; mouse.y = event.clientY; }, { capture: true, passive: true });

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

  // ---- everything at once

  function effect() {
    const layer = current();
    const always = "Ranks and intervals always speak of the whole period and all offences.";
    const text = layer.series
      ? `Period and offences change this layer, the column of it in the table, and the trend (offences). District changes what is shown, not the numbers. ${always}`
      : `The layer \u201c${layer.label}\u201d does not change with period or offences; the trend follows the offences. District changes what is shown, not the numbers. ${always}`;
    byId("effect").textContent = text;
  }

  function refresh() {
    const name = periodName();
    if (byId("month")) {
      byId("month-name").textContent = name;
      byId("month").setAttribute("aria-valuetext", name);
    }
    const layer = current();
    byId("map-title").textContent = `Map: ${layer.label}`;
    paint();
    effect();
    fillColumn();
    filterRows();
    if (state.sort === "shown") sortRows();
    describe();
  }

  const on = (id, kind, act) => { const found = byId(id); if (found) found.addEventListener(kind, act); };
  byId("layer").value = state.layer;
  on("controls", "submit", (event) => event.preventDefault());
  on("layer", "change", (event) => { state.layer = event.target.value; refresh(); });
  on("group", "change", (event) => { state.group = event.target.value; refresh(); });
  on("month", "input", (event) => { state.month = Number(event.target.value); refresh(); });
  on("district", "change", (event) => { state.district = event.target.value; refresh(); fit(); });
  on("search", "input", () => {
    filterRows();
    const wanted = byId("search").value.trim().toLowerCase();
    const exact = data.names.map((name, i) => i).filter((i) => data.names[i].toLowerCase().replace(" †", "") === wanted.replace(" †", "") && inDistrict(i));
    if (exact.length === 1) select(exact[0]);
  });
  on("search", "keydown", (event) => {
    const first = [...body.rows].find((row) => !row.hidden);
    if (event.key === "Enter" && first) { event.preventDefault(); select(Number(first.dataset.i)); }
  });
  on("reset", "click", () => {
    Object.assign(state, { layer: data.first, month: 0, group: "all", district: "", sort: "rank", down: false });
    for (const [id, value] of [["layer", data.first], ["group", "all"], ["month", "0"], ["district", ""], ["search", ""]]) if (byId(id)) byId(id).value = value;
    sortRows();
    refresh();
    fit();
  });
  document.querySelectorAll("[data-sort]").forEach((button) => button.addEventListener("click", () => {
    const key = button.dataset.sort;
    const highFirst = ["shown", "rate", "crimes"].includes(key);
    state.down = state.sort === key ? !state.down : highFirst;
    state.sort = key;
    sortRows();
  }));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) select(Number(row.dataset.i), { scroll: false });
  });
  body.addEventListener("pointerover", (event) => { const row = event.target.closest("tr"); if (row) point(Number(row.dataset.i)); });
  body.addEventListener("pointerleave", leave);
  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.classList.contains("pick")) return;
    event.preventDefault();
    const visible = [...body.rows].filter((row) => !row.hidden);
    const next = visible[visible.indexOf(event.target.closest("tr")) + step];
    if (next) next.querySelector(".pick").focus();
  });

  // ---- rows of the interval plot: so many that names can be read, around the chosen area

  const WINDOW = 20;
  function intervals() {
    if (!doc) return;
    const i = state.selected;
    const all = byId("interval-all").getAttribute("aria-pressed") === "true";
    const place = i === null || data.rank[i] === null ? 1 : i + 1;
    const size = all ? data.ranked : Math.min(WINDOW, data.ranked);
    const first = all ? 1 : Math.max(1, Math.min(place - Math.floor(size / 2), data.ranked - size + 1));
    const inside = Array.from({ length: size }, (_, k) => first - 1 + k);
    const low = Math.min(...inside.map((k) => data.low[k] ?? data.rank[k])), high = Math.max(...inside.map((k) => data.high[k] ?? data.rank[k]));
    const room = Math.max(high - low, 4);
    const plot = doc.get_model_by_name("intervals");
    const wide = plot.inner_width || 500;
    const letters = 34 + 6.6 * Math.max(...inside.map((k) => Math.min(28, data.names[k].length)));  // pixels
    plot.y_range.setv({ start: first + size - 0.3, end: first - 0.7 });
    plot.x_range.setv({ start: low - room * 0.06 - 0.5, end: high + (all ? room * 0.04 : room * letters / Math.max(wide - letters, letters / 2)) + 0.5 });
    // "$$" would be read as mathematics, which the page does not have.
    const plain = (text) => text.replaceAll("$", "\uff04").slice(0, 28);
    const named = all ? [] : inside;
    doc.get_model_by_name("row_names").data = {
      x: named.map((k) => (data.high[k] ?? data.rank[k]) + 0.5 + room * 0.025), y: named.map((k) => k + 1),
      text: named.map((k) => `${data.rank[k]}  ${plain(data.names[k])}`),
    };
    const thick = Math.max(1, Math.min(7, 250 / Math.max(size, 1)));
    for (const renderer of plot.renderers) if (renderer.name === "bars") renderer.glyph.line_width = thick;
  }

  on("interval-all", "click", () => {
    const button = byId("interval-all");
    const all = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(all));
    intervals();
  });

  // ---- print: the plots as they are, scaled to the paper

  let views = null;
  function copies() {
    document.querySelectorAll(".print-copy").forEach((copy) => copy.remove());
    if (!doc) return;
    for (const name of ["map", "intervals", "trend"]) {
      const view = views.map((manager) => manager.find_one(doc.get_model_by_name(name))).find(Boolean);
      if (!view) continue;
      const copy = view.export("png", true).canvas;
      copy.className = "print-copy";
      copy.removeAttribute("style");
      byId(`plot-${name}`).after(copy);
    }
  }
  window.addEventListener("beforeprint", copies);
  window.addEventListener("afterprint", () => document.querySelectorAll(".print-copy").forEach((copy) => copy.remove()));

  // ---- map window: the same metres per pixel both ways

  const home = { x: 0, y: 0, width: 1, height: 1 };
  const view = { x: 0, y: 0, scale: 1 };
  let map = null;

  function show() {
    const wide = (map.inner_width || 600) * view.scale, high = (map.inner_height || 500) * view.scale;
    map.x_range.setv({ start: view.x - wide / 2, end: view.x + wide / 2 });
    map.y_range.setv({ start: view.y - high / 2, end: view.y + high / 2 });
  }

  function frame(box, margin) {
    Object.assign(view, {
      x: box.x + box.width / 2, y: box.y + box.height / 2,
      scale: margin * Math.max(box.width / (map.inner_width || 600), box.height / (map.inner_height || 500)),
    });
    show();
  }

  function fit() {
    if (!map) return;
    const mine = state.district ? data.names.map((_, i) => i).filter(inDistrict) : [];
    frame(mine.length ? hull(mine.map(boxOf)) : home, mine.length ? 1.15 : 1.03);
  }

  function hull(boxes) {
    const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
    return {
      x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
      height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
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
    const held = doc.get_model_by_name("areas").data;
    const xs = [...held.xs[i]].flatMap((part) => [...part[0]]), ys = [...held.ys[i]].flatMap((part) => [...part[0]]);
    const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    return { x: west, y: south, width: east - west, height: north - south };
  }

  on("zoom-in", "click", () => zoom(1 / 1.6));
  on("zoom-out", "click", () => zoom(1.6));
  on("zoom-all", "click", () => { if (map) frame(home, 1.03); });
  on("zoom-area", "click", () => { if (map && state.selected !== null) frame(boxOf(state.selected), 3); });

  async function start() {
    const names = ["map", "intervals", "trend"];
    const roots = Object.fromEntries(plots.roots.map((root, k) => [root.id, `plot-${names[k]}`]));
    views = await Bokeh.embed.embed_items({ dashboard: plots }, [{ docid: "dashboard", roots, root_ids: Object.keys(roots) }]);
    doc = Bokeh.documents[Bokeh.documents.length - 1];
    map = doc.get_model_by_name("map");
    Object.assign(home, { x: map.x_range.start, y: map.y_range.start, width: map.x_range.end - map.x_range.start, height: map.y_range.end - map.y_range.start });
    const chosen = doc.get_model_by_name("areas").selected;
    chosen.properties.indices.change.connect(() => {
      const i = chosen.indices.length ? chosen.indices[chosen.indices.length - 1] : null;
      if (i !== state.selected) select(i);
    });
    let fitted = "";
    const resized = () => {
      const size = `${map.inner_width}x${map.inner_height}`;
      if (map.inner_width && map.inner_height && size !== fitted) { fitted = size; fit(); }
    };
    const thin = () => {
      const trend = doc.get_model_by_name("trend");
      const step = Math.max(1, Math.ceil(data.months.length / Math.max(2, (trend.inner_width || 500) / 78)));
      doc.get_model_by_name("month_ticks").ticks = data.months.map((_, k) => k).filter((k) => k % step === 0);
    };
    doc.get_model_by_name("trend").properties.inner_width.change.connect(thin);
    doc.get_model_by_name("intervals").properties.inner_width.change.connect(intervals);
    thin();
    map.properties.inner_width.change.connect(resized);
    map.properties.inner_height.change.connect(resized);
    resized();
    document.querySelectorAll(".plot").forEach((plot) => plot.addEventListener("pointerleave", leave));
    refresh();
    select(data.rank[0] === null ? null : 0, { scroll: false });
    requestAnimationFrame(() => requestAnimationFrame(() => {
      performance.mark("interactive");
      document.documentElement.dataset.ready = "true";
    }));
  }

  window.socharm = { hover, state };
  start();
})();
