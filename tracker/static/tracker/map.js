// The map: sub-regions coloured by their figures, and the conflict events of the period as points.
"use strict";
Tracker.map = (() => {
  const { choosable, compact, element, number, shape } = Tracker;
  const MOST_LABELS = 9;
  const MARGIN = 6;

  const polygons = (geometry) =>
    !geometry ? [] : geometry.type === "Polygon" ? [geometry.coordinates]
      : geometry.type === "MultiPolygon" ? geometry.coordinates : [];

  // Equirectangular, with degrees of longitude shortened by the cosine of the middle latitude.
  function projection(features, width) {
    let [west, south, east, north] = [180, 90, -180, -90];
    for (const feature of features)
      for (const rings of polygons(feature.geometry))
        for (const [lon, lat] of rings[0]) {
          west = Math.min(west, lon); east = Math.max(east, lon);
          south = Math.min(south, lat); north = Math.max(north, lat);
        }
    const narrowing = Math.cos(((south + north) / 2) * Math.PI / 180);
    const scale = Math.min((width - 2 * MARGIN) / ((east - west) * narrowing || 1), (width * 0.95) / (north - south || 1));
    const left = (width - (east - west) * narrowing * scale) / 2;
    return {
      height: (north - south) * scale + 2 * MARGIN,
      at: ([lon, lat]) => [(lon - west) * narrowing * scale + left, (north - lat) * scale + MARGIN],
    };
  }

  const path = (geometry, at) => polygons(geometry).map((rings) => rings.map((ring) =>
    `M${ring.map((point) => at(point).map((n) => n.toFixed(1)).join(",")).join("L")}Z`).join("")).join("");

  // The middle of the largest part, where its name fits best.
  function middle(geometry, at) {
    let best = [0, 0, 0];
    for (const [outer] of polygons(geometry)) {
      const ring = outer.map(at);
      let [area, x, y] = [0, 0, 0];
      for (let i = 0; i < ring.length - 1; i++) {
        const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
        area += cross; x += (ring[i][0] + ring[i + 1][0]) * cross; y += (ring[i][1] + ring[i + 1][1]) * cross;
      }
      if (Math.abs(area) > Math.abs(best[0])) best = [area, x / (3 * area), y / (3 * area)];
    }
    return best.slice(1);
  }

  // The upper four of 1, 3, 10, 30, 100 … that lie below the greatest value.
  function thresholds(greatest) {
    const steps = [];
    for (let power = 1; power < greatest; power *= 10) steps.push(power, 3 * power);
    return steps.filter((step) => step > 1 && step < greatest).slice(-4);
  }

  function classOf(row, steps) {
    if (!row) return "unknown";
    if (row.value === 0) return "zero";
    return `q${steps.filter((step) => row.value >= step).length + 5 - steps.length}`;
  }

  function legend(list, steps, events) {
    const item = (kind, text) => element("li", {}, element("span", { class: `swatch ${kind}` }), text);
    const of = (value) => value.toLocaleString("en");
    const classes = [...steps.keys(), steps.length].map((i) => item(`q${i + 5 - steps.length}`,
      i === 0 ? (steps.length ? `under ${of(steps[0])}` : "1 or more")
        : i === steps.length ? `${of(steps[i - 1])} or more` : `${of(steps[i - 1])} to ${of(steps[i] - 1)}`));
    list.replaceChildren(item("unknown", "no figure"), item("zero", "0"), ...classes, ...(events ? [item("event", "conflict event")] : []));
  }

  // `figures`: the period's row by P-code. `onChoose(pcode)` goes down to a sub-region.
  function draw({ box, list, words, features, figures, greatest, events, hint, onChoose }) {
    const width = Math.max(box.clientWidth, 260);
    const { at, height } = projection(features, width);
    const steps = thresholds(greatest);
    const say = (feature) => {
      const row = figures.get(feature.properties.pcode);
      return `${feature.properties.name_en}: ${row ? `${number(row.value)} people` : "no figure"}`;
    };
    const areas = features.map((feature) => shape("path", {
      d: path(feature.geometry, at), "fill-rule": "evenodd", "aria-label": say(feature),
      class: `area ${classOf(figures.get(feature.properties.pcode), steps)}`,
      fill: figures.has(feature.properties.pcode) ? null : "url(#hatch)",
      onmouseenter: () => { words.textContent = say(feature); },
      onfocus: () => { words.textContent = say(feature); },
      ...(onChoose ? choosable(() => onChoose(feature.properties.pcode)) : { role: "img" }),
    }));
    const named = features.filter((feature) => (figures.get(feature.properties.pcode) || {}).value > 0)
      .sort((a, b) => figures.get(b.properties.pcode).value - figures.get(a.properties.pcode).value).slice(0, MOST_LABELS);
    const taken = [];
    const labels = named.flatMap((feature) => {
      const [x, y] = middle(feature.geometry, at);
      const half = Math.max(feature.properties.name_en.length, 6) * 3.6;
      if (taken.some((other) => Math.abs(other.y - y) < 30 && Math.abs(other.x - x) < other.half + half)) return [];
      taken.push({ x, y, half });
      return shape("text", { x, y, class: "label", "aria-hidden": "true" },
        shape("tspan", { x, dy: "-0.2em" }, feature.properties.name_en),
        shape("tspan", { x, dy: "1.15em", class: "strong" }, compact(figures.get(feature.properties.pcode).value)));
    });
    const points = events.map(({ geometry, properties }) => {
      const [x, y] = at(geometry.coordinates);
      return shape("circle", { cx: x, cy: y, r: 4, class: "event" },
        shape("title", {}, `${properties.date}: ${properties.sub_event_type || properties.event_type}`));
    });
    const hatch = shape("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      shape("rect", { width: 6, height: 6, class: "hatch-ground" }), shape("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch-line" }));
    box.replaceChildren(shape("svg", { viewBox: `0 0 ${width} ${height.toFixed(0)}`, role: "group", "aria-label": "Map of sub-regions" },
      shape("defs", {}, hatch), ...areas, ...points, ...labels));
    words.textContent = hint;
    legend(list, steps, events.length);
  }

  return draw;
})();
