// Why this number: its parts, and each report with what became of it, in plain words.
"use strict";
Tracker.reasons = (() => {
  const { date, days, element, number, span } = Tracker;
  const OUTCOMES = {
    used: (line) => `Counts here with ${number(line.people)} people.`,
    explained: () => "Adds nothing: more trusted or more precise reports already account for these people.",
    superseded: () => "Not used: the source has said something newer.",
    lapsed: () => "Not used: too old to speak for this day.",
    stale: () => "Not used: other reports are much fresher.",
    less_trusted: () => "Not used: a more trusted source speaks for this place.",
    context: () => "Kept for comparison, never counted.",
    forecast: () => "What the source expected, never counted.",
  };
  const ASIDE = { context: true, forecast: true };
  const QUALIFIERS = { exactly: "", about: "about ", at_least: "at least ", at_most: "at most ", more_than: "more than " };
  const KINDS = { round_sum: "sum of its round", round_zero: "found empty by its round" };
  const WARNINGS = {
    parts_exceed_whole: "The sub-regions add up to more than a more trusted report for the whole.",
    whole_older_than_parts: "The report for the whole is much older than those for its parts.",
  };

  function parts(answer, link) {
    const share = (value) => element("meter", { min: 0, max: answer.value || 1, value, "aria-hidden": "true" });
    const row = (name, value, more) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, share(value)),
      element("td", { class: "number" }, number(value)), element("td", { class: "quiet" }, more));
    const rows = [...answer.sub_regions].sort((a, b) => b.value - a.value).map((part) =>
      row(element("a", { href: link(part.region) }, part.region_name), part.value, span(part)));
    if (answer.level < 4 || answer.unlocated) rows.push(row("Not located more precisely", answer.unlocated, ""));
    return element("table", { class: "parts" }, element("caption", {}, "Where they add up from"), element("tbody", {}, ...rows));
  }

  function statement(line, sources) {
    const name = sources.get(line.source)?.name || line.source;
    if (line.withheld) return [`${name}: `, "reports that may not be shown one by one."];
    if (line.kind !== "report") return [`${name}: ${KINDS[line.kind] || line.kind}, ${line.round}: ${number(line.value)} people.`];
    const unit = line.unit === "households" ? "households" : "people";
    const range = line.unit !== "households" && line.low !== line.high ? ` (${span(line)})` : "";
    const when = `${days(line.start, line.end)}; published ${date(line.published)}`;
    return [
      element("strong", {}, name), `: ${QUALIFIERS[line.qualifier] || ""}${number(line.stated_value)} ${unit}${range}, ${when}. `,
      line.url ? element("a", { href: line.url, rel: "noopener noreferrer" }, line.title || "Document") : line.title || "",
    ];
  }

  function report(line, sources) {
    const shrunk = line.shrunk_by.map((other) => [other.source, other.ref || other.round].filter(Boolean).join(" ")).join(", ");
    return element("li", { class: `report outcome-${line.outcome}` },
      element("p", {}, ...statement(line, sources)),
      element("p", { class: "outcome" }, element("span", { class: "badge" }, line.outcome.replace("_", " ")), " ",
        OUTCOMES[line.outcome](line), shrunk ? ` Shrunk by what newer reports leave: ${shrunk}.` : ""));
  }

  // `answer`: what figures/explain/ says. `link(pcode)`: the address of the page for a sub-region.
  function draw({ box, answer, sources, link }) {
    if (answer.value === null) {
      box.replaceChildren(element("p", {}, "There is no figure for this period. That is not zero: nobody whose reports count has said anything of it."),
        ...list("Reports that speak of it", answer.reports, sources));
      return;
    }
    const used = answer.reports.filter((line) => line.outcome === "used");
    const aside = answer.reports.filter((line) => line.outcome in ASIDE);
    const others = answer.reports.filter((line) => line.outcome !== "used" && !(line.outcome in ASIDE));
    box.replaceChildren(
      ...answer.warnings.map((code) => element("p", { class: "warning" }, WARNINGS[code] || code)),
      ...(answer.sub_regions.length ? [parts(answer, link)] : []),
      element("div", {}, ...list(`Reports used for ${answer.region_name} itself`, used, sources),
        ...(used.length ? [] : [element("p", { class: "quiet" }, answer.sub_regions.length
          ? `No report on ${answer.region_name} as a whole adds anything: the sub-regions account for all of it.` : "None.")]),
        ...list("Other reports that speak of it", others, sources),
        ...folded(`Never counted: kept for comparison, or expected (${aside.length})`, aside, sources)));
  }

  const folded = (title, lines, sources) => !lines.length ? []
    : [element("details", {}, element("summary", {}, title), element("ul", { class: "reports" }, ...lines.map((line) => report(line, sources))))];

  const list = (title, lines, sources) => !lines.length ? []
    : [element("h3", {}, title), element("ul", { class: "reports" }, ...lines.map((line) => report(line, sources)))];

  return draw;
})();
