// Reads the public API and keeps headline, map, chart, table and reasons together with the address.
"use strict";
(() => {
  const { date, day, days, element, number, span } = Tracker;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const at = (id) => document.getElementById(id);
  const state = read("state");
  const words = read("words");
  const measure = words.measures[state.measure];
  const PAUSE = 150;
  const DAY = 86_400_000;
  const places = new Map();
  const now = { periods: null, greatest: 0, below: 0 };
  let shown = null;
  let sources = new Map();
  let loading = new AbortController();
  let explaining = new AbortController();

  function address(changes = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...state, ...changes }))
      if (name !== "today" && (value || name === "crisis")) query.set(name, value);
    return `?${query}`;
  }

  async function ask(path, options, signal) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options)) if (value !== null) query.set(name, value);
    const answer = await fetch(`/api/v1/${path}?${query}`, { signal, headers: { Accept: "application/json, application/geo+json" } });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.detail || body.title || body.message || `the server answered ${answer.status}`);
    return body;
  }

  function trouble(error) {
    if (error.name === "AbortError") return;
    at("trouble").hidden = false;
    at("trouble").textContent = `The figures could not be loaded: ${error.message.replace(/\.$/, "")}.`;
  }

  const series = () => ({ measure: state.measure, cause: state.cause, crisis: state.crisis });
  const moment = () => ({ as_of: state.as_of || null });
  const window_ = () => ({ period_type: state.period_type, from: state.from, to: state.to });

  async function outlines(signal) {
    if (!places.has(state.region)) {
      const below = await ask("regions/", { within: state.region, level: words.level + 1, retired: "false", format: "geojson", limit: 10000 }, signal);
      const own = below.features.length ? below : await ask("regions/", { region: state.region, format: "geojson" }, signal);
      places.set(state.region, { features: own.features, hasParts: below.features.length > 0 });
    }
    return places.get(state.region);
  }

  async function load() {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    at("live").setAttribute("aria-busy", "true");
    try {
      const timeline = (as_of) => ask("timeline/", { region: state.region, ...window_(), ...series(), as_of }, signal);
      const place = await outlines(signal);
      const where = place.hasParts ? { within: state.region, level: words.level + 1 } : { region: state.region };
      const [mine, latest, below] = await Promise.all([
        timeline(state.as_of || null),
        state.as_of && !now.periods ? timeline(null) : null,
        ask("figures/", { ...where, ...window_(), ...series(), ...moment(), limit: 10000 }, signal),
      ]);
      if (!state.as_of) now.periods = mine.results;
      if (latest) now.periods = latest.results;
      for (const { figures: [figure] } of [...now.periods, ...mine.results]) now.greatest = Math.max(now.greatest, figure ? figure.high : 0);
      for (const row of below.results) now.below = Math.max(now.below, row.value);
      shown = { periods: mine.results, below: below.results, place };
      at("trouble").hidden = true;
      if (!shown.periods.some(({ period }) => period === state.period)) state.period = usualPeriod();
      draw();
    } catch (error) {
      trouble(error);
    } finally {
      if (!signal.aborted) at("live").removeAttribute("aria-busy");
    }
  }

  // In a crisis the period in which most people moved, else the latest that is known.
  function usualPeriod() {
    const known = shown.periods.filter(({ figures }) => figures.length);
    if (!known.length) return shown.periods.length ? shown.periods[0].period : "";
    if (measure.is_stock || !state.crisis) return known[known.length - 1].period;
    return known.reduce((best, one) => (one.figures[0].value >= best.figures[0].value ? one : best)).period;
  }

  function draw() {
    const period = shown.periods.find((one) => one.period === state.period);
    history.replaceState(null, "", address());
    headline(period);
    asOf();
    charts();
    table();
    why(period);
    drawMap(period);
  }

  function headline(period) {
    const figure = period && period.figures[0];
    at("headline").textContent = figure ? `${number(figure.value)} ${measure.sentence} ${words.name}`
      : `No figure: ${measure.title.toLowerCase()} ${words.name}`;
    if (!period) return;
    const last = state.as_of && state.as_of < period.end && state.as_of >= period.start ? state.as_of : period.end;
    const when = measure.is_stock ? `on ${date(last)}` : days(period.start, last);
    const about = [when, figure && span(figure) && `between ${span(figure).replace(" to ", " and ")}`,
      state.crisis && at("choices").elements.crisis.selectedOptions[0].textContent, `cause: ${state.cause}`];
    at("subline").textContent = about.filter(Boolean).join(" · ");
  }

  function charts() {
    const then = state.as_of && now.periods ? new Map(now.periods.filter(({ figures }) => figures.length).map((one) => [one.period, one.figures[0]])) : null;
    Tracker.chart({
      box: at("chart"), periods: shown.periods, type: state.period_type, title: `${measure.title} ${words.name}`,
      greatest: now.greatest, now: then, chosen: state.period, onChoose: choosePeriod,
    });
    const known = shown.periods.map(({ figures }) => figures[0]).filter(Boolean);
    const sum = known.reduce((total, { value }) => total + value, 0);
    const changed = then && shown.periods.some(({ period, figures: [figure] }) => (then.get(period) || {}).value !== (figure || {}).value);
    const notes = [changed && "Outlined: what is known now.",
      !measure.is_stock && known.length > 1 && `Together ${number(sum)} people in the ${known.length} ${state.period_type}s with a figure.`,
      known.some(({ low, high }) => low !== high) && "Thin lines: from low to high."];
    at("chart-words").textContent = notes.filter(Boolean).join(" ");
  }

  function table() {
    const head = ["People", "Low to high", "Not located", "Reports", "Events", "Fatalities"];
    const rows = shown.periods.map((period) => {
      const figure = period.figures[0];
      const cell = (text) => element("td", { class: "number" }, text);
      const { events, fatalities_best: dead } = period.conflict;
      return element("tr", { class: period.period === state.period ? "chosen" : null },
        element("th", { scope: "row" }, element("button", { type: "button", onclick: () => choosePeriod(period.period) }, period.period)),
        ...(figure ? [cell(number(figure.value)), cell(span(figure)), cell(number(figure.unlocated)), cell(number(figure.reports))]
          : [element("td", { class: "number none" }, "no figure"), element("td", { colspan: 3 })]),
        cell(String(events)), cell(dead === null ? (events ? "unknown" : "") : number(dead)),
        element("td", {}, days(period.start, period.end)));
    });
    at("table").replaceChildren(element("caption", {}, `${measure.title} ${words.name}, and conflict events recorded there`),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Period"),
        ...head.map((text) => element("th", { scope: "col", class: "number" }, text)), element("th", { scope: "col" }, "Days"))), element("tbody", {}, ...rows));
  }

  function hint(period, rows, hasParts) {
    const figure = period && period.figures[0];
    if (!hasParts) return "";
    if (figure && figure.unlocated && !rows.length)
      return `Nobody has said where in ${words.name}: all ${number(figure.unlocated)} people are not located more precisely.`;
    return "Choose an area to look into it.";
  }

  async function drawMap(period) {
    const { features, hasParts } = shown.place;
    const rows = shown.below.filter((row) => row.period === state.period);
    const figures = new Map(rows.map((row) => [row.region, row]));
    const options = {
      box: at("map"), list: at("legend"), words: at("map-words"), features, figures, greatest: Math.max(now.below, 1), events: [], hint: hint(period, rows, hasParts),
      onChoose: hasParts ? (pcode) => location.assign(address({ region: pcode })) : null,
    };
    Tracker.map(options);
    at("path").replaceChildren(...words.path.map(({ pcode, name }, i) => (i + 1 < words.path.length
      ? element("a", { href: address({ region: pcode }) }, name) : element("span", { "aria-current": "page" }, name))));
    if (!period || !period.conflict.events) return;
    const where = hasParts ? { within: state.region } : { region: state.region };
    try {
      const found = await ask("events/", { ...where, from: period.start, to: period.end, ...moment(), format: "geojson", limit: 500 }, loading.signal);
      const points = found.features.filter(({ geometry }) => geometry && geometry.type === "Point");
      if (points.length && state.period === period.period) Tracker.map({ ...options, events: points });
    } catch (error) {
      trouble(error);
    }
  }

  async function why(period) {
    explaining.abort();
    if (!period) return;
    explaining = new AbortController();
    const box = at("reasons-body");
    if (!box.hasChildNodes()) box.replaceChildren(element("p", { class: "quiet" }, "Taking the number apart …"));
    try {
      const answer = await ask("figures/explain/", { region: state.region, ...series(), period: period.period, ...moment() }, explaining.signal);
      Tracker.reasons({ box, answer, sources, link: (pcode) => address({ region: pcode }) });
    } catch (error) {
      trouble(error);
    }
  }

  function choosePeriod(period) {
    const focused = document.activeElement && document.activeElement.closest("[data-period]");
    state.period = period;
    draw();
    if (focused) at("chart").querySelector(`[data-period="${period}"]`).focus();
  }

  // The slider goes day by day over what is shown and two months more; its last step is now.
  const firstDay = day(state.from).getTime();
  const steps = Math.max(Math.min((day(state.to) - firstDay) / DAY + 61, (day(state.today) - firstDay) / DAY), 1);
  let pause = 0;

  function asOf() {
    const slider = at("as-of-slider");
    slider.max = steps;
    slider.value = state.as_of ? Math.min(Math.max((day(state.as_of) - firstDay) / DAY, 0), steps - 1) : steps;
    at("as-of-day").value = state.as_of;
    at("as-of-words").textContent = state.as_of ? `at the end of ${date(state.as_of)}` : "now, with everything published since";
    slider.setAttribute("aria-valuetext", at("as-of-words").textContent);
  }

  function knownOn(text) {
    state.as_of = text && text < state.today ? text : "";
    asOf();
    clearTimeout(pause);
    pause = setTimeout(load, PAUSE);
  }

  at("as-of-slider").addEventListener("input", ({ target }) =>
    knownOn(Number(target.value) >= steps ? "" : new Date(firstDay + target.value * DAY).toISOString().slice(0, 10)));
  at("as-of-day").addEventListener("change", ({ target }) => knownOn(target.value));
  at("as-of-now").addEventListener("click", () => knownOn(""));

  // Another place, measure or crisis is another page, which the server fits to the figures there are.
  at("choices").addEventListener("change", ({ target }) => {
    const fits = target.name === "crisis" ? { from: "", to: "", period: "", measure: "", cause: "" } : target.name === "period_type" ? { period: "" } : {};
    location.assign(address({ ...fits, [target.name]: target.value }));
  });

  async function nameSources() {
    const { results } = await ask("sources/", { limit: 10000 });
    sources = new Map(results.map((source) => [source.code, source]));
    at("sources").hidden = false;
    at("sources").querySelector("ul").replaceChildren(...results.map((source) => element("li", {}, source.attribution || source.name,
      ...(source.licence_url ? [" (", element("a", { href: source.licence_url, rel: "noopener noreferrer" }, source.licence || "licence"), ")"] : source.licence ? [` (${source.licence})`] : []))));
  }

  let width = 0;
  let resizing = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(resizing);
    resizing = requestAnimationFrame(() => {
      if (!shown || width === at("chart").clientWidth) return;
      width = at("chart").clientWidth;
      charts();
      drawMap(shown.periods.find((one) => one.period === state.period));
    });
  }).observe(at("chart"));

  at("live").hidden = false;
  nameSources().catch(trouble).then(load);
})();
