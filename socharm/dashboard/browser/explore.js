(async () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const areas = read("payload"), plots = read("plots"), told = document.getElementById("told");
  let map = null, doc = null, chosen = null;

  /** What is known of an area, a line for each thing. */
  function lines(i) {
    const where = areas.districts[i] ? `, ${areas.districts[i]}` : "";
    const known = Object.entries(areas.told).filter(([, texts]) => texts[i]);
    return [`${areas.names[i]}${where} (${areas.codes[i]})`, ...known.map(([name, texts]) => `${name}: ${texts[i]}`)].join("\n");
  }

  function show(i) {
    const at = i ?? chosen;
    if (at !== null) told.textContent = lines(at);
    const data = doc.get_model_by_name("areas").data;
    doc.get_model_by_name("pointed_source").data = at === null ? { xs: [], ys: [] } : { xs: [data.xs[at]], ys: [data.ys[at]] };
  }

  function choose(i) {
    chosen = i;
    const data = doc.get_model_by_name("areas").data;
    doc.get_model_by_name("chosen_source").data = i === null ? { x: [], y: [] } : { x: [data.cx[i]], y: [data.cy[i]] };
    show(i);
  }

  // Called by the plot when the pointer moves over it.
  window.socharm = { hover: (where, { index }) => show(index.indices.length ? index.indices[index.indices.length - 1] : null) };

  await Promise.all(["13px 'Source Sans 3'", "bold 13px 'Source Sans 3'"].map((font) => document.fonts.load(font)));
  const roots = Object.fromEntries(plots.roots.map((root) => [root.id, "plot-explore"]));
  await Bokeh.embed.embed_items({ map: plots }, [{ docid: "map", roots, root_ids: Object.keys(roots) }]);
  doc = Bokeh.documents[Bokeh.documents.length - 1];
  map = doc.get_model_by_name("explore");
  const home = [map.x_range, map.y_range].map((range) => [range.start, range.end]);

  /** The window, so many times as wide, about a point in parts of it. */
  function scale(times, parts = [0.5, 0.5]) {
    [map.x_range, map.y_range].forEach((range, k) => {
      const wide = range.end - range.start, still = range.start + parts[k] * wide;
      const most = home[k][1] - home[k][0], now = Math.min(Math.max(wide * times, most / 400), most);
      range.setv({ start: still - parts[k] * now, end: still + (1 - parts[k]) * now });
    });
  }

  const press = (id, action) => document.getElementById(id).addEventListener("click", action);
  press("closer", () => scale(0.6));
  press("further", () => scale(1 / 0.6));
  press("whole", () => [map.x_range, map.y_range].forEach((range, k) => range.setv({ start: home[k][0], end: home[k][1] })));
  // With the key that browsers enlarge by, so that the wheel alone still turns the pages of a notebook.
  const plot = document.getElementById("plot-explore");
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = plot.getBoundingClientRect();
    scale(event.deltaY > 0 ? 1.25 : 0.8, [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height]);
  }, { passive: false });
  const source = doc.get_model_by_name("areas");
  source.selected.properties.indices.change.connect(() => {
    const indices = source.selected.indices;
    choose(indices.length ? indices[indices.length - 1] : null);
  });
  document.querySelector("details").addEventListener("click", (event) => {
    if (event.target.dataset.place === undefined) return;
    choose(Number(event.target.dataset.place));
    document.querySelector(".two").scrollIntoView({ block: "nearest" });
  });
  document.documentElement.dataset.ready = "true";
})();
