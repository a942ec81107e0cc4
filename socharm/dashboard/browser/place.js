// Everything that speaks of the chosen place: an area, a district, or all areas.

const placeName = () => (state.selected !== null ? data.names[state.selected] : data.placeNames[districtNow()]);

function describe() {
  const i = state.selected;
  const d = districtNow();
  byId("place-name").textContent = placeName();
  byId("status").textContent = i === null ? placeSentence(d) : sentence(i);
  byId("back").hidden = i === null && !state.district;
  byId("back").textContent = i !== null && state.district ? `Back to ${state.district}` : "Back to all areas";
  tiles(i, d);
  card(i, d);
  tried(i);
  throughTime(i);
  measures(i);
  offences(i, d);
  actions(i, d);
  trend(i, d);
  intervals();
}

function placeSentence(d) {
  const total = data.totals[d];
  const rank = total.rank === null ? "" : `, rank ${total.rank} of ${several(data.parentCount, "district")}, 90% interval ${span(total.low, total.high)}`;
  // How many areas there are in all stands in the heading of the page.
  const all = d === data.placeNames.length - 1;
  const size = all ? "" : several(total.areas, "area");
  const lacking = total.areas - total.ranked;
  const facts = [size, lacking ? `${several(lacking, "area")} without a rank` : ""].filter(Boolean).join(", ");
  return `${facts || rank ? `${data.placeNames[d]}: ${facts}${rank}. ` : ""}Choose an area on the map or in the list.`;
}

// ---- figures

function tile(label, figure, small) {
  const item = element("li", undefined, "figure");
  item.append(element("span", label, "label"), element("strong", figure), element("span", small, "small"));
  return item;
}

function changeTile(label, key, held, areas, i, d) {
  if (!data.change) return null;
  if (!held) return tile(label, "not shown", "Not every month of it is known, or some are withheld.");
  const [lately, before] = held[key];
  const beyond = key === "crimes" ? held.beyond : held.harm_beyond;
  const usual = key === "crimes" ? data.change.usual : data.change.usual_harm;
  const whole = i === null && d === data.placeNames.length - 1;
  const silent = key === "crimes" ? " Too few crimes to tell from chance." : " Not told apart from chance: a few grave crimes can move so little harm.";
  const judged = whole ? "" : beyond === null || usual === null ? silent : ` All areas: ${usual === 0 ? "no change" : change(usual)}; the difference is ${beyond ? "more than chance explains" : "within chance"}.`;
  const part = held.areas < areas ? ` Counts ${held.areas} of ${several(areas, "area")}: those that are known in every month.` : "";
  const text = `${number(lately)} in the last ${several(data.change.size, "month")} (${data.change.lately}), ${number(before)} in the ${data.change.size} before.${part}${judged}`;
  return tile(label, lately === before ? "no change" : change(held[`${key}_change`]), text);
}

/** A change with what it is between: half a year on half a year is not year on year. */
function spanned(label) {
  const half = data.change;
  return half ? `${label}, ${half.lately} on the ${several(half.size, "month")} before` : label;
}

/** Change since the assessment that this one is compared with, in place of sums of half-years. */
function comparedTile(i, d) {
  const said = comparedWords(data, i, d);
  if (!said) return null;
  const verdict = said.verdict ? ` Beyond what was to be expected: ${said.verdict}.` : "";
  return tile(`Change of the harm rate since ${data.compared.since}`, said.figure, `${[said.text, "underlying rate, same terms"].filter(Boolean).join(", ")}.${verdict}`);
}

/** What a councillor asks for first. */
function disorderTile(i, d) {
  const held = data.disorder, name = "Anti-social behaviour";
  if (!held) return tile(name, "not counted", "This assessment holds no incident of it.");
  const place = i === null ? n + d : i;
  const weighed = held.weighted ? "" : "Incidents, in no rank: they have no weight.";
  const times = i !== null && typeof held.times[i] === "number" ? `${fixed(held.times[i], 1)} times the median rate.` : "";
  const part = i === null && d < data.parentCount && typeof held.shares[d] === "number" ? `${held.shares[d]}% of those of all areas.` : "";
  return tile(name, counted(held.counts[place]), [weighed, times, part].filter(Boolean).join(" "));
}

function tiles(i, d) {
  const total = i === null ? data.totals[d] : null;
  const unit = layers.get("rate").unit;
  const held = data.change && (i === null ? data.change.districts[d] : data.change.areas[i]);
  const all = data.whole.all;
  const first = i !== null
    ? tile("Rank", data.rank[i] === null ? "no rank" : `${data.rank[i]} of ${data.ranked}`, data.rank[i] === null ? data.reasons[i] : `90% interval ${span(data.low[i], data.high[i])}`)
    : total.rank !== null
      ? tile("Rank of the district", `${total.rank} of ${data.parentCount}`, `90% interval ${span(total.low, total.high)}`)
      : null;
  byId("figures").replaceChildren(...[
    first,
    tile("Harm rate", rate(i === null ? total.rate : all.rate[i]), i === null ? `${unit}, as recorded in the areas together. The list has the underlying rate of each, by which it is ranked.` : unit),
    tile("Crimes", counted(i === null ? total.crimes : all.crimes[i]), `${data.period}, those that have a weight`),
    disorderTile(i, d),
    changeTile(spanned("Change in crimes"), "crimes", held, total?.areas, i, d),
    comparedTile(i, d) || changeTile(spanned("Change in harm"), "harm", held, total?.areas, i, d),
  ].filter(Boolean));
}

// ---- facts

function card(i, d) {
  byId("area-name").textContent = `What is known of ${placeName()}`;
  const list = byId("area-facts");
  list.replaceChildren();
  const fact = (name, text) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", text));
    list.append(pair);
  };
  if (i === null) { totalFacts(d, fact); return; }
  const all = data.whole.all;
  // Rank, rate and crimes stand above, on the tiles.
  fact("Code", data.codes[i]);
  if (data.parentCount) fact("District", data.parents[i] || "not stated");
  fact("Harm", words(all.harm[i]));
  for (const layer of data.layers) if (!layer.series && !layer.surface) fact(layer.short, words(layer.values[i], layer));
}

function totalFacts(d, fact) {
  const total = data.totals[d];
  fact("Harm", words(total.harm));
  const first = byRank().filter(inDistrict).slice(0, 5);
  for (const k of first) fact(`Rank ${data.rank[k]}`, data.names[k]);
}

// ---- what was tried

/** Evaluations of the place: all that they say for an area of a site, one line for an area next door, else verdicts. */
function tried(i) {
  const box = byId("tried-card");
  if (!box) return;
  const parts = [];
  for (const one of data.tried) {
    const title = `${one.name}, from ${one.since}`;
    const ring = i === null ? undefined : one.rings.find(([k]) => k === i);
    if (i !== null && one.site.includes(i)) {
      const said = element("ul", undefined, "notes");
      said.append(...one.said.map((text) => element("li", text)));
      parts.push(element("h3", title), element("p", one.verdict), said);
    } else if (ring) parts.push(element("p", `In ${ring[1]} round the site of ${title}. ${one.nextDoor}`.trim()));
    else if (i === null && one.site.some(inDistrict)) parts.push(element("h3", title), element("p", one.verdict));
  }
  const here = data.tried.some((one) => (i === null ? one.site.some(inDistrict) : one.site.includes(i)));
  byId("tried-name").textContent = `What was tried ${here ? "here" : "next door"}, and did it work?`;
  byId("tried-said").replaceChildren(...parts);
  box.hidden = !parts.length;
}

// ---- offences

function offences(i, d) {
  const table = document.querySelector("#offences tbody");
  if (!table) return;
  const held = data.offences;
  const place = i === null ? held.areas + d : i;
  const whole = held.areas + data.districtNames.length - 1;
  byId("offence-name").textContent = `Offences: ${placeName()}`;
  const order = held.names.map((_, k) => k).filter((k) => held.counts[place][k] !== 0);
  const size = (k) => (typeof held.shares[place][k] === "number" ? held.shares[place][k] : -1);
  order.sort((a, b) => (a >= held.weighted) - (b >= held.weighted) || size(b) - size(a) || a - b);
  table.replaceChildren(...order.map((k) => {
    const row = element("tr");
    const weighted = k < held.weighted;
    const percent = (share) => (share === null ? "not known" : share === "few" ? "withheld" : share === 0 ? "under 1%" : `${share}%`);
    const own = element("td", weighted ? percent(held.shares[place][k]) : "no weight", "number");
    if (weighted && size(k) > 0) {
      const bar = element("span", undefined, "share");
      const inner = element("i");
      inner.style.width = `${size(k)}%`;
      bar.setAttribute("aria-hidden", "true");
      bar.append(inner);
      own.append(bar);
    }
    const name = element("th", held.names[k]);
    name.scope = "row";
    row.append(name, element("td", counted(held.counts[place][k]), "number"), own,
      element("td", weighted ? percent(held.shares[whole][k]) : "no weight", "number"));
    return row;
  }));
}

// ---- Clear, Hold, Build

function actions(i, d) {
  const held = data.actions;
  byId("phase-name").textContent = `Clear, Hold, Build: ${placeName()}`;
  const inPlace = (k) => (i !== null ? k === i : inDistrict(k));
  const mine = held.actions.filter((action) => action.areas === null || action.areas.some(inPlace));
  byId("phase-note").textContent = phaseNote(i, d, held, mine);
  for (const phase of ["Clear", "Hold", "Build"]) {
    const box = byId(`phase-${phase.toLowerCase()}`);
    const own = mine.filter((action) => action.phase === phase);
    const open = own.filter((action) => action.open).length;
    box.querySelector(".small").textContent = held.draft ? (i === null ? "" : own.length ? `${own.length} suggested` : "none suggested") : own.length ? `${open} open, ${own.length - open} closed` : "no action";
    box.querySelector("ul").replaceChildren(...(i === null && held.draft ? [] : own).map(actionItem));
  }
}

function actionItem(action) {
  const item = element("li", action.action, action.open ? "" : "closed");
  const who = [action.owner, action.agency, action.due ? `due ${action.due}` : "", action.open ? "" : "closed"].filter(Boolean).join(", ");
  if (who) item.append(element("span", who, "small"));
  return item;
}

function phaseNote(i, d, held, mine) {
  if (!held.draft) return mine.length ? "From the partners' plan." : "The plan holds no action for this place.";
  if (!held.actions.length) return "No plan was given with this page.";
  if (mine.length) {
    const areas = new Set(mine.flatMap((action) => (action.areas ?? []).filter(inDistrict))).size;
    return i !== null
      ? "A draft: what a first plan for this area would begin with. Partners have agreed none of it."
      : `${several(areas, "area")} here ${areas === 1 ? "has a draft of its own" : "have drafts of their own"}: choose ${areas === 1 ? "it" : "one"} to read it. There is no plan for ${d === data.placeNames.length - 1 ? "all areas" : "the whole district"} here. Partners have agreed none of the drafts.`;
  }
  return "No plan was given, and drafts stand only for the areas of the highest ranks.";
}

// ---- trend

function trend(i, d) {
  const title = byId("trend-title");
  if (!title) return;
  const line = lineNow();
  const months = line.months.length;
  // The line is of the districts as they are today.
  const last = root.districtNames.length - 1;
  const clean = (values) => Array.from({ length: months }, (_, k) => (typeof values?.[k] === "number" ? values[k] : NaN));
  // An area stands beside its district, a district beside all areas.
  const here = state.district ? root.districtNames.indexOf(state.district) : last;
  const beside = i !== null ? root.district[i] : last;
  const alone = i === null && here === last;
  const own = i !== null ? alongLine(line, state.group, i) : alone ? undefined : line.districts[state.group]?.rate[here];
  const wide = line.districts[state.group]?.rate[beside];
  const name = root.placeNames[beside];
  title.textContent = alone ? `Trend: ${name}` : `Trend: ${placeName()} against ${name}`;
  const label = (kind, text) => {
    const part = element("span", undefined, "line-key");
    part.append(element("i", "", kind), document.createTextNode(text));
    return part;
  };
  const counts = (of) => {
    const size = root.totals[of].areas, mine = line.counted[state.group]?.[of] ?? size;
    const gone = (line.districts[state.group]?.rate[of] || []).filter((value, k) => value === null && line.source[k] >= 0).length;
    const part = mine < size ? ` ${root.placeNames[of]}: ${number(mine)} of ${several(size, "area")}, those known in every month shown.` : "";
    return part + (gone ? ` ${root.placeNames[of]}: ${several(gone, "month")} left out, in which not all of ${mine < size ? "these" : "its"} areas are known.` : "");
  };
  const summed = [...new Set([...(i === null && !alone ? [here] : []), beside])].map(counts).join("");
  const few = (own || []).filter((value) => value === "few").length, lacking = i === null ? 0 : (own || []).filter((value, k) => value === null && line.source[k] >= 0).length;
  const between = line.source.filter((k) => k < 0).length, apart = assessments.length - root.lineOf.filter((k) => k === root.lineOf[state.assessed]).length;
  const gaps = [few ? `${several(few, "month")} withheld (one to four crimes)` : "", lacking ? `${several(lacking, "month")} not known` : ""].filter(Boolean).join(", ");
  const text = `Harm rate as recorded, ${groupName(state.group)}, ${layers.get("rate").unit}.${gaps ? ` Gaps: ${gaps}.` : ""}${summed}${between ? ` No assessment here has ${several(between, "month")} in between.` : ""}${apart ? ` ${several(apart, "assessment")} with other weights or choices ${apart === 1 ? "is" : "are"} not in this line.` : ""}${ownMonths(line) ? " Shaded: the months of the chosen assessment." : ""}`;
  byId("trend-key").replaceChildren(...(alone ? [] : [label("own", placeName())]), label("wide", name), document.createTextNode(text));
  const mine = notes(i);
  if (!doc) return;
  const lines = { x: Array.from({ length: months }, (_, k) => k), own: clean(own), wide: clean(wide) };
  doc.get_model_by_name("trend_source").data = lines;
  doc.get_model_by_name("month_source").data = { x: state.month ? [line.months.indexOf(data.months[state.month - 1])] : [] };
  const top = Math.max(...lines.own.concat(lines.wide).filter(Number.isFinite), 0);
  const floor = top > 0 ? top : 0.85;
  const kinds = lanes(mine, floor);
  doc.get_model_by_name("trend").y_range.end = floor * (1.15 + 0.15 * kinds);
}

// ---- rows of the interval plot: so many that names can be read; the areas of the district, or those around the chosen one

const WINDOW = 20;

/** Areas that have a rank in the chosen assessment, the first rank first. */
const byRank = () => data.names.map((_, k) => k).filter((k) => data.rank[k] !== null).sort((a, b) => data.rank[a] - data.rank[b] || a - b);

/** Ranks of the chosen assessment on the plot of intervals. */
function rankBars() {
  if (!doc) return;
  const source = doc.get_model_by_name("rows");
  const ends = (values) => values.map((value) => value ?? NaN);
  source.data = Object.assign({}, source.data, { rank: ends(data.rank), low: ends(data.low), high: ends(data.high) });
}
function intervalRows(all) {
  const ranked = byRank().filter(inDistrict);
  if (all || ranked.length <= WINDOW) return ranked;
  const place = Math.max(ranked.indexOf(state.selected), 0);
  const first = Math.max(0, Math.min(place - WINDOW / 2, ranked.length - WINDOW));
  return ranked.slice(first, first + WINDOW);
}

function intervals() {
  if (!doc) return;
  const all = byId("interval-all").getAttribute("aria-pressed") === "true";
  const inside = intervalRows(all);
  const ranked = byRank().filter(inDistrict).length;
  byId("interval-said").textContent = inside.length < ranked
    ? `${inside.length} of ${several(ranked, "area")} with a rank${state.district ? ` in ${state.district}` : ""}: ${state.selected !== null && inside.includes(state.selected) ? "those next to the chosen one" : "the first ones"}. The button shows every one; the list of areas has them too.`
    : "";
  byId("interval-title").textContent = `Ranks and how sure they are${state.district ? `: ${state.district}` : ""}`;
  const source = doc.get_model_by_name("rows");
  const place = new Array(n).fill(NaN);
  inside.forEach((k, row) => { place[k] = row + 1; });
  if (place.some((value, k) => !Object.is(value, source.data.place[k]))) source.data = Object.assign({}, source.data, { place });
  if (!inside.length) return;
  const low = Math.min(...inside.map((k) => data.low[k] ?? data.rank[k])), high = Math.max(...inside.map((k) => data.high[k] ?? data.rank[k]));
  const room = Math.max(high - low, 4);
  const plot = doc.get_model_by_name("intervals");
  const wide = plot.inner_width || 500;
  const letters = 52 + 6.6 * Math.max(...inside.map((k) => Math.min(28, data.names[k].length)));  // pixels
  const named = all && inside.length > WINDOW * 2 ? [] : inside;
  plot.y_range.setv({ start: inside.length + 0.7, end: 0.3 });
  plot.x_range.setv({ start: low - room * 0.06 - 0.5, end: high + (named.length ? room * letters / Math.max(wide - letters, letters / 2) : room * 0.04) + 0.5 });
  doc.get_model_by_name("row_names").data = {
    x: named.map((k) => (data.high[k] ?? data.rank[k]) + 0.5 + room * 0.025), y: named.map((k) => place[k]),
    text: named.map((k) => `${data.rank[k]}  ${plain(data.names[k])}`),
  };
  const thick = Math.max(1, Math.min(7, 250 / Math.max(inside.length, 1)));
  for (const renderer of plot.renderers) if (renderer.name === "bars") renderer.glyph.line_width = thick;
}

on("interval-all", "click", () => {
  const button = byId("interval-all");
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  intervals();
});
