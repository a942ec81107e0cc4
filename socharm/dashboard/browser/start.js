// The controls, the address of what is shown, print, and the start.

/** Choose an area, or none; `quiet` leaves the words, the window and the address to whoever asked. */
function select(i, { scroll = true, quiet = false } = {}) {
  if (state.selected !== null) {
    rows[state.selected].classList.remove("selected");
    rows[state.selected].querySelector(".pick").setAttribute("aria-pressed", "false");
  }
  state.selected = i;
  if (i !== null && !inDistrict(i)) { setDistrict(""); paint(); filterRows(); }
  mark();
  if (i !== null) {
    rows[i].classList.add("selected");
    rows[i].querySelector(".pick").setAttribute("aria-pressed", "true");
    const box = body.closest(".scroll");
    if (scroll) box.scrollTop = rows[i].offsetTop - box.clientHeight / 2;
  }
  if (quiet) return;
  fit();
  describe();
  remember();
}

/** The chosen area on the plots. */
function mark() {
  if (!doc) return;
  const chosen = state.selected === null ? [] : [state.selected];
  for (const source of ["areas", "rows"].map((name) => doc.get_model_by_name(name)))
    if (source.selected.indices.length !== chosen.length || source.selected.indices[0] !== chosen[0]) source.selected.indices = chosen;
  if (map) nameAreas();
}

function setDistrict(name) {
  state.district = name;
  if (byId("district")) byId("district").value = name;
}

function effect() {
  const layer = current();
  const always = "Ranks, intervals and figures of a place always speak of the whole period and all offences.";
  byId("effect").textContent = layer.series
    ? `Period and offences change the map and its column in the list; offences change the trend. ${always}`
    : `\u201c${layer.label}\u201d does not change with period or offences; the trend follows the offences. ${always}`;
}

function refresh() {
  const name = periodName();
  if (byId("month")) {
    byId("month-name").textContent = name;
    byId("month").setAttribute("aria-valuetext", name);
  }
  const layer = current();
  byId("map-title").textContent = [`Map: ${layerName(layer)}${when(layer)}`, state.district].filter(Boolean).join(", ");
  fillKinds();
  paint();
  effect();
  fillColumn();
  filterRows();
  if (state.sort === "shown") sortRows();
  describe();
}

on("controls", "submit", (event) => event.preventDefault());
for (const [id, kind, read] of [["layer", "change", String], ["group", "change", String], ["month", "input", Number]])
  on(id, kind, (event) => { state[id] = read(event.target.value); refresh(); remember(); });

on("district", "change", (event) => {
  const name = event.target.value;
  setDistrict(name);
  // A district is a place of its own: whatever was chosen before is left.
  select(null, { quiet: true });
  refresh();
  fit();
  remember();
});

on("back", "click", () => {
  if (state.selected === null || !state.district) setDistrict("");
  select(null, { quiet: true });
  refresh();
  fit();
  remember();
});

on("reset", "click", () => apply({}));

// ---- the address of what is shown

const DEFAULTS = { assessed: "", only: "", layer: data.first, group: "all", month: "0", district: "", find: "", sort: "rank", down: "" };

function remember() {
  const parts = {
    assessed: state.assessed ? data.snapshot || String(state.assessed) : "", only: state.only,
    place: state.selected === null ? "" : data.codes[state.selected], layer: state.layer, group: state.group, month: String(state.month),
    district: state.district, find: byId("search").value.trim(), sort: state.sort, down: state.down ? "1" : "",
  };
  const query = new URLSearchParams(Object.entries(parts).filter(([key, value]) => value && value !== DEFAULTS[key]));
  try { history.replaceState(null, "", `#${query}`); } catch { /* some browsers hold files back: the page works without */ }
}

/** Show what an address asks for; what it does not name, or names wrongly, is as at the start. */
function apply(asked) {
  const offered = (id, value) => { const found = byId(id); return found && [...(found.options || [])].some((option) => option.value === value); };
  const which = assessments.findIndex((held, k) => k > 0 && (held.snapshot === asked.assessed || String(k) === asked.assessed));
  if (Math.max(which, 0) !== state.assessed) setAssessment(Math.max(which, 0));
  state.only = asked.only || "";
  state.layer = layers.has(asked.layer) ? asked.layer : layers.has(data.first) ? data.first : "rate";
  state.group = offered("group", asked.group) ? asked.group : "all";
  const month = Number(asked.month || 0);
  state.month = Number.isInteger(month) && month > 0 && month <= data.months.length ? month : 0;
  setDistrict(offered("district", asked.district) ? asked.district : "");
  state.sort = document.querySelector(`[data-sort="${CSS.escape(asked.sort || "rank")}"]`) ? asked.sort || "rank" : "rank";
  state.down = asked.down === "1";
  for (const [id, value] of [["layer", state.layer], ["group", state.group], ["month", String(state.month)], ["search", asked.find || ""]])
    if (byId(id)) byId(id).value = value;
  const place = data.codes.indexOf(asked.place || "");
  sortRows();
  select(place < 0 ? null : place, { quiet: true });
  refresh();
  fit();
  remember();
}

const addressed = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
window.addEventListener("hashchange", () => apply(addressed()));

on("link", "click", async () => {
  let told = "The address of this view stands in the address bar: copy it from there.";
  try { await navigator.clipboard.writeText(location.href); told = "The address of this view is copied."; } catch { /* told otherwise */ }
  byId("told").textContent = told;
});

// ---- print: the plots as they are, scaled to the paper

let views = null;
const drawn = ["map", "intervals", "trend", ...(data.enlarged ? ["enlarged"] : [])];
function copies() {
  document.querySelectorAll(".print-copy").forEach((copy) => copy.remove());
  if (!doc) return;
  for (const name of drawn) {
    const found = views.map((manager) => manager.find_one(doc.get_model_by_name(name))).find(Boolean);
    if (!found) continue;
    const copy = found.export("png", true).canvas;
    copy.className = "print-copy";
    copy.removeAttribute("style");
    byId(`plot-${name}`).after(copy);
  }
}
window.addEventListener("beforeprint", copies);
window.addEventListener("afterprint", () => document.querySelectorAll(".print-copy").forEach((copy) => copy.remove()));

/** A choice by a click on a plot. */
function listen(source) {
  source.selected.properties.indices.change.connect(() => {
    const indices = source.selected.indices;
    const i = indices.length ? indices[indices.length - 1] : null;
    if (i !== state.selected) select(i);
  });
}

function thin() {
  const plot = doc.get_model_by_name("trend");
  const shown = lineNow().months;
  const step = Math.max(1, Math.ceil(shown.length / Math.max(2, (plot.inner_width || 500) / 78)));
  doc.get_model_by_name("month_ticks").ticks = shown.map((_, k) => k).filter((k) => k % step === 0);
}

async function start() {
  sparks();
  apply(addressed());  // words and list first: the plots then find their room as it stays
  // What is drawn before the typeface is there would stay in another one.
  await Promise.all(["13px 'Source Sans 3'", "bold 13px 'Source Sans 3'"].map((font) => document.fonts.load(font)));
  const roots = Object.fromEntries(plots.roots.map((root, k) => [root.id, `plot-${drawn[k]}`]));
  views = await Bokeh.embed.embed_items({ dashboard: plots }, [{ docid: "dashboard", roots, root_ids: Object.keys(roots) }]);
  doc = Bokeh.documents[Bokeh.documents.length - 1];
  map = doc.get_model_by_name("map");
  const [x, y] = [map.x_range, map.y_range];
  Object.assign(home, { x: x.start, y: y.start, width: x.end - x.start, height: y.end - y.start });
  for (const name of ["areas", "rows"]) listen(doc.get_model_by_name(name));
  let fitted = "";
  const resized = () => {
    const size = `${map.inner_width}x${map.inner_height}`;
    if (map.inner_width && map.inner_height && size !== fitted) { fitted = size; framed(); }
  };
  doc.get_model_by_name("trend").properties.inner_width.change.connect(thin);
  doc.get_model_by_name("intervals").properties.inner_width.change.connect(intervals);
  map.properties.inner_width.change.connect(resized);
  map.properties.inner_height.change.connect(resized);
  if (data.enlarged) for (const side of ["inner_width", "inner_height"])
    doc.get_model_by_name("enlarged").properties[side].change.connect(frameEnlarged);
  for (const range of [x, y]) range.change.connect(() => { if (!moving) nameAreas(); });
  if (state.assessed) rankBars();
  months();
  document.querySelectorAll(".plot").forEach((plot) => plot.addEventListener("pointerleave", leave));
  mark();
  refresh();
  resized();
  if (data.enlarged) frameEnlarged();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    performance.mark("interactive");
    document.documentElement.dataset.ready = "true";
  }));
}

window.socharm = { hover, state };
start();
