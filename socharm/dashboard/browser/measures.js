// Trend lines of the chosen place from one assessment to the next: its harm rate, and partners' measures beside it.

const WIDE = 230, HIGH = 104, SIDE = 10, ABOVE = 18, BELOW = 20;
const isNumber = (value) => typeof value === "number";

/** Median of the areas of the place that are known at every point, and how many these are. */
function medians(values) {
  const whole = values[0].map((_, k) => k).filter((k) => inDistrict(k) && values.every((point) => isNumber(point[k])));
  const middle = (point) => {
    const sorted = whole.map((k) => point[k]).sort((a, b) => a - b), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  };
  return { size: whole.length, points: values.map((point) => (whole.length ? middle(point) : null)) };
}

/** Runs of numbers without a gap. */
function runs(points) {
  const found = [];
  points.forEach((value, k) => {
    if (!isNumber(value)) return;
    if (k && isNumber(points[k - 1])) found[found.length - 1].push(k); else found.push([k]);
  });
  return found;
}

function drawLine(box, points, spot, look) {
  for (const run of runs(points)) {
    if (run.length > 1) box.append(svg("polyline", { points: run.map((k) => spot(k, points[k]).join(",")).join(" "), fill: "none", stroke: look.colour, "stroke-width": 2, ...(look.dash ? { "stroke-dasharray": "5 4" } : {}) }));
    for (const k of run) {
      const [x, y] = spot(k, points[k]);
      box.append(look.dash ? svg("rect", { x: x - 2.5, y: y - 2.5, width: 5, height: 5, fill: look.colour }) : svg("circle", { cx: x, cy: y, r: 3.5, fill: look.colour }));
    }
  }
}

function writeOn(box, x, y, text, anchor, colour) {
  const made = svg("text", { x, y, "text-anchor": anchor, "font-size": 12, fill: colour });
  made.textContent = text;
  box.append(made);
}

/** One small figure: the place as a line with dots, the median of the areas as a dashed one with squares. */
function figureOf(line, i, told) {
  const own = i === null ? null : line.values.map((point) => point[i]), wide = medians(line.values);
  const known = [...(own || []), ...wide.points].filter(isNumber);
  const item = element("li");
  item.append(element("strong", line.label), element("span", line.unit, "small"));
  if (!known.length) {
    item.append(element("span", "not known here", "small"));
    return item;
  }
  const top = Math.max(...known, 0), low = Math.min(...known, 0), room = top - low || 1, last = line.periods.length - 1;
  const spot = (k, value) => [SIDE + 14 + (k / last) * (WIDE - 2 * SIDE - 28), ABOVE + ((top - value) / room) * (HIGH - ABOVE - BELOW)];
  const words = (points) => line.periods.map((period, k) => `${period} ${told(points[k])}`).join(", ");
  const said = `${line.label}. ${own ? `${placeName()}: ${words(own)}. ` : ""}Median of ${several(wide.size, "area")}: ${words(wide.points)}.`;
  const box = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": said });
  box.append(svg("line", { x1: SIDE, x2: WIDE - SIDE, y1: spot(0, 0)[1], y2: spot(0, 0)[1], stroke: "#9aa3ad", "stroke-width": 1 }));
  drawLine(box, wide.points, spot, { colour: "#0072b2", dash: true });
  if (own) drawLine(box, own, spot, { colour: "#8c2340" });
  const shown = own && own.some(isNumber) ? own : wide.points, ink = shown === own ? "#8c2340" : "#00547f";
  for (const k of [0, last]) {
    const [x, y] = spot(k, isNumber(shown[k]) ? shown[k] : 0), end = k === last ? "end" : "start";
    const edge = k === last ? WIDE - 2 : 2;
    if (isNumber(shown[k])) writeOn(box, edge, y - 7, told(shown[k]), end, ink);
    writeOn(box, edge, HIGH - 5, line.periods[k], end, "#38424d");
  }
  item.append(box);
  const few = own ? own.filter((value) => value === "few").length : 0, gone = own ? own.filter((value) => value === null || value === undefined).length : 0;
  const gaps = [few ? `${several(few, "value")} withheld` : "", gone ? `${several(gone, "value")} not known` : ""].filter(Boolean).join(", ");
  item.append(element("span", [`Median of ${several(wide.size, "area")}.`, gaps ? `${placeName()}: ${gaps}.` : ""].filter(Boolean).join(" "), "small"));
  return item;
}

/** The harm rate of each assessment of the line that the chosen one is in, as the list has it. */
function rateLine() {
  const order = assessments.map((_, k) => k).filter((k) => root.lineOf[k] === root.lineOf[state.assessed]).reverse();
  if (order.length < 2) return null;
  return { label: "Harm rate", unit: layers.get("rate").unit, periods: order.map((k) => byId("assessed").options[k].textContent), values: order.map((k) => assessments[k].whole.all.rate) };
}

function measures(i) {
  const list = byId("measures");
  if (!list) return;
  const own = rateLine(), held = root.measures;
  const decimals = (line) => {
    const shown = Math.min(2, Math.max(0, ...line.values.flat().map((value) => (isNumber(value) ? String(value).split(".")[1]?.length ?? 0 : 0))));
    return shown || medians(line.values).points.every(Number.isInteger) ? shown : 1;  // a median of two whole numbers may be half a one
  };
  const told = (digits) => (value) => (isNumber(value) ? fixed(value, digits) : value === "few" ? "withheld" : "not known");
  list.replaceChildren(...(own ? [figureOf(own, i, told(data.rateDecimals))] : []), ...held.lines.map((line) => figureOf(line, i, told(decimals(line)))));
  byId("measures-name").hidden = !list.children.length;
  const key = (kind, text) => {
    const part = element("span", undefined, "line-key");
    part.append(element("i", "", kind), document.createTextNode(text));
    return part;
  };
  const wide = state.district ? `Median of the areas of ${state.district}` : "Median of all areas";
  const notes = [
    list.children.length ? "The median is of areas that are known at every point; points stand evenly, whatever time lies between them." : "",
    held.once.length ? `Of one period only, and not drawn: ${held.once.join(", ")}.` : "",
    held.apart.length ? `Earlier values in another unit are left out: ${held.apart.join(", ")}.` : "",
  ].filter(Boolean).join(" ");
  byId("measures-key").replaceChildren(...(list.children.length ? [...(i === null ? [] : [key("own", placeName())]), key("wide", wide)] : []), document.createTextNode(notes));
}
