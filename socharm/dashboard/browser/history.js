// Other assessments than the page's own: which is chosen, lines through them, a place in each, and what was done where.

/** The line that the chosen assessment is in: months of assessments that weigh alike. */
const lineNow = () => root.lines[root.lineOf[state.assessed]];

/** Recorded rate of an area in the months of a line; null where no assessment knows it. */
function alongLine(line, group, i) {
  return line.months.map((_, k) => assessments[line.source[k]]?.monthly[group]?.rate[i]?.[line.place[k]] ?? null);
}

/** First and last month of the chosen assessment in the line; nothing where it is the whole line. */
function ownMonths(line) {
  const places = data.months.map((month) => line.months.indexOf(month)).filter((k) => k >= 0);
  return places.length && places.length < line.months.length ? [Math.min(...places), Math.max(...places)] : null;
}

function options(id, pairs) {
  const field = byId(id);
  if (!field) return;
  field.replaceChildren(...pairs.map(([value, text]) => {
    const option = element("option", text);
    option.value = value;
    return option;
  }));
}

/** Everything on the page speaks of another assessment; what it does not have is as at the start. */
function setAssessment(k) {
  const before = layers;
  state.assessed = k;
  data = assessments[k];
  layers = new Map(data.layers.map((layer) => [layer.key, layer]));
  const lost = layers.has(state.layer) ? "" : `This assessment does not have \u201c${before.get(state.layer).label}\u201d: the map shows the harm rate.`;
  if (lost) state.layer = "rate";
  if (!data.groups.includes(state.group)) state.group = "all";
  if (state.district && !data.districtNames.includes(state.district)) state.district = "";
  state.month = 0;
  options("layer", data.layers.map((layer) => [layer.key, layer.label]));
  options("group", data.groups.map((group) => [group, group === "all" ? "All offences" : groupName(group)[0].toUpperCase() + groupName(group).slice(1)]));
  options("district", [["", "All districts"], ...data.districtNames.slice(0, -1).map((name) => [name, name])]);
  for (const [id, value] of [["assessed", String(k)], ["layer", state.layer], ["group", state.group], ["district", state.district], ["month", "0"]])
    if (byId(id)) byId(id).value = value;
  if (byId("month")) byId("month").max = data.months.length;
  byId("subtitle").textContent = data.subtitle;
  byId("coverage").textContent = data.coverage ? `Coverage: ${data.coverage}` : "";
  byId("coverage").hidden = !data.coverage;
  byId("told").textContent = [data.note, lost].filter(Boolean).join(" ");
  document.querySelectorAll("[data-assessed]").forEach((part) => { part.hidden = Number(part.dataset.assessed) !== k; });
  fillRows();
  sparks();
  rankBars();
  months();
}

on("assessed", "change", (event) => {
  setAssessment(Number(event.target.value));
  sortRows();
  refresh();
  fit();
  remember();
});

/** Months of the line below the trend. */
function months() {
  if (!doc) return;
  const line = lineNow();
  const plot = doc.get_model_by_name("trend");
  plot.x_range.setv({ start: -0.5, end: Math.max(line.months.length, 1) - 0.5 });
  doc.get_model_by_name("month_axis").major_label_overrides = new Map(line.months.map((month, k) => [k, month.replace(/^(...)\S*/, "$1")]));
  const mine = ownMonths(line), box = doc.get_model_by_name("period_box");
  box.setv({ visible: mine !== null, left: mine ? mine[0] - 0.5 : -0.5, right: mine ? mine[1] + 0.5 : line.months.length - 0.5 });
  thin();
}

// ---- the place in each assessment

const signed = (value) => (value === null ? "no limit" : change(value));

/** What a comparison says of the place; nothing where there is none. */
function comparedWords(held, i, d) {
  const found = held.compared;
  if (!found.since) return null;
  const whole = d === held.placeNames.length - 1;
  if ((i !== null ? found.areas[i] : whole ? found.all : found.districts[d]) === "few") {
    return { figure: "withheld", text: "One to four crimes in one of the periods." };
  }
  if (i !== null) {
    const mine = found.areas[i];
    if (!mine) return { figure: "not compared", text: "" };
    return { figure: signed(mine.change), text: `90% interval ${signed(mine.low)} to ${signed(mine.high)}`, verdict: mine.verdict, held: mine };
  }
  if (whole) return { figure: signed(found.all.change), text: `90% interval ${signed(found.all.low)} to ${signed(found.all.high)}` };
  const own = found.districts[d];
  return own === null || own === undefined ? { figure: "not compared", text: "" } : { figure: signed(own), text: "as recorded, on the same terms; whether it is more than chance is not judged" };
}

/** Figures of the place, one column for each assessment, the oldest first. */
function throughTime(i) {
  const table = byId("times");
  if (!table) return;
  byId("time-name").textContent = `Through time: ${placeName()}`;
  const order = assessments.map((_, k) => k).reverse();
  const placeOf = (held) => held.placeNames.indexOf(state.district || "All areas");
  const rowsOf = [];
  const add = (name, cell) => rowsOf.push([name, order.map((k) => cell(assessments[k], placeOf(assessments[k])))]);
  const gone = "not in it";
  if (i !== null || state.district)
    add("Rank", (held, d) => {
      if (i === null) { const total = held.totals[d]; return !total ? gone : total.rank === null ? "no rank" : `${total.rank} of ${held.parentCount} (${span(total.low, total.high)})`; }
      return held.rank[i] === null ? "no rank" : `${held.rank[i]} of ${held.ranked} (${span(held.low[i], held.high[i])})`;
    });
  add(i !== null ? "Harm rate" : `Harm rate as recorded, ${state.district ? "its" : "all"} areas together`, (held, d) => (i !== null ? rate(held.whole.all.rate[i]) : held.totals[d] ? rate(held.totals[d].rate) : gone));
  add("Crimes", (held, d) => (i !== null ? counted(held.whole.all.crimes[i]) : held.totals[d] ? counted(held.totals[d].crimes) : gone));
  if (assessments.some((held) => held.compared.since)) {
    add("Change of the harm rate", (held, d) => {
      const said = comparedWords(held, i, d);
      return said ? `${said.held ? `${said.figure} (${signed(said.held.low)} to ${signed(said.held.high)})` : said.figure}, since ${held.compared.since}` : "not compared";
    });
    if (i !== null) add("Beyond what was to be expected", (held, d) => {
      const said = comparedWords(held, i, d);
      if (!said) return "not compared";
      const known = said.held && said.held.expected !== null && said.held.beyond !== null;
      return `${said.verdict ?? said.figure}${known ? ` (expected ${signed(said.held.expected)}, beyond that ${signed(said.held.beyond)})` : ""}`;
    });
  }
  if (i !== null) {
    const measures = new Map();
    for (const held of assessments) for (const layer of held.layers) if (layer.key.startsWith("indicator:") && !measures.has(layer.key)) measures.set(layer.key, layer);
    for (const [key, first] of measures)
      add(first.label, (held) => {
        const layer = held.layers.find((mine) => mine.key === key);
        return layer ? `${words(layer.values[i], layer)}${layer.unit ? ` (${layer.unit})` : ""}` : "nothing came";
      });
  }
  const heading = (text, scope) => { const cell = element("th", text); cell.scope = scope; return cell; };
  table.tHead.rows[0].replaceChildren(heading("Figure", "col"), ...order.map((k) => {
    const cell = heading(byId("assessed").options[k].textContent, "col");
    if (k === state.assessed) cell.className = "own";
    return cell;
  }));
  table.tBodies[0].replaceChildren(...rowsOf.map(([name, cells]) => {
    const row = element("tr");
    row.append(heading(name, "row"), ...cells.map((text, k) => element("td", text, order[k] === state.assessed ? "own" : "")));
    return row;
  }));
  const box = table.closest(".scroll");
  box.scrollLeft = box.scrollWidth;  // the newest, where not all have room
  const why = data.compared.since ? (data.compared.warnings || []).join(" ") : data.compared.why;
  byId("time-key").textContent = [i === null ? "" : "Ranks and changes with their 90% interval.", data.note, why].filter(Boolean).join(" ");
}

// ---- what was done where, above the trend and below it in words

const yearMonth = (month) => { const at = new Date(`1 ${month} UTC`); return at.getUTCFullYear() * 12 + at.getUTCMonth(); };

/** Notes of the place: those of all areas among them; of a district, those of any of its areas. */
function notesHere(i) {
  return root.notes.notes.filter((note) => note.areas === null || note.areas.some((k) => (i !== null ? k === i : inDistrict(k))));
}

const MOST_NOTES = 12;
function notes(i) {
  const list = byId("notes");
  if (!list) return 0;
  const mine = notesHere(i);
  const label = (kind) => root.notes.kinds.find((held) => held.kind === kind).label;
  const items = mine.slice(-MOST_NOTES).map((note) => {
    const where = note.areas === null ? "all areas" : note.areas.slice(0, 4).map((k) => data.names[k]).join(", ") + (note.areas.length > 4 ? ` and ${several(note.areas.length - 4, "other area")}` : "");
    const item = element("li");
    item.append(element("strong", `${label(note.kind)}, ${note.days}`), document.createTextNode(`: ${[note.text, where, note.role].filter(Boolean).join("; ")}`));
    return item;
  });
  if (mine.length > MOST_NOTES) items.unshift(element("li", `The last ${MOST_NOTES} of ${several(mine.length, "note")}:`));
  if (root.notes.elsewhere) items.push(element("li", `${several(root.notes.elsewhere, "note")} of areas that are not on this page.`));
  list.replaceChildren(...items);
  return mine;
}

/** Bars of the notes in the window of the trend: a row for each kind; returns how many rows there are. */
function lanes(mine, top) {
  const line = lineNow();
  const sources = [doc.get_model_by_name("note_source"), doc.get_model_by_name("note_names")];
  const bars = { left: [], right: [], bottom: [], top: [], fill: [], hatch: [] }, named = { x: [], y: [], text: [], align: [] };
  let row = 0;
  if (line.months.length) {
    const first = yearMonth(line.months[0]), end = line.months.length - 0.5;
    for (const kind of root.notes.kinds) {
      const shown = mine.filter((note) => note.kind === kind.kind && note.from - first - 0.5 < end && (note.to === null || note.to - first - 0.5 > -0.5));
      if (!shown.length) continue;
      const low = top * (1.12 + 0.15 * row);
      let left = end, right = -0.5;
      for (const note of shown) {
        const from = Math.max(-0.5, note.from - first - 0.5);
        left = Math.min(left, from);
        const to = note.to === null ? end : Math.min(end, note.to - first - 0.5);
        right = Math.max(right, to);
        bars.left.push(from); bars.right.push(to);
        bars.bottom.push(low); bars.top.push(low + top * 0.11); bars.fill.push(kind.colour); bars.hatch.push(kind.hatch);
      }
      // Beside its bars, on the side that has more room.
      const before = left + 0.5 > end - right, gap = 0.008 * line.months.length;
      named.x.push(before ? left - gap : right + gap); named.align.push(before ? "right" : "left");
      named.y.push(low + top * 0.055); named.text.push(kind.label);
      row += 1;
    }
  }
  sources[0].data = bars;
  sources[1].data = named;
  return row;
}
