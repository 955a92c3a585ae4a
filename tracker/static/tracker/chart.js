// The chart: people by period with their range, and beneath, on the same axis, the conflict events.
"use strict";
Tracker.chart = (() => {
  const { choosable, compact, day, days, number, roundUp, shape, span } = Tracker;
  const [LEFT, RIGHT, TOP, BETWEEN, BOTTOM] = [46, 6, 26, 60, 6];
  const LABEL_WIDTH = 38;
  const MONTH = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });

  // What stands under a bar, and what changes more slowly under that.
  function tick(period, type) {
    const start = day(period.start);
    if (type === "day") return [String(start.getUTCDate()), `${MONTH.format(start)} ${start.getUTCFullYear()}`];
    if (type === "month") return [MONTH.format(start), String(start.getUTCFullYear())];
    if (type === "year") return [period.period, ""];
    return [period.period.slice(5), period.period.slice(0, 4)];
  }

  const said = (period, figure) => [
    `${period.period}, ${days(period.start, period.end)}`,
    figure ? `${number(figure.value)} people${figure.low === figure.high ? "" : ` (${span(figure)})`}` : "no figure",
    `${period.conflict.events} conflict events recorded`,
  ].join(": ");

  // `now`: the figures as they are known now, by period, for a picture of an earlier moment; else null.
  function draw({ box, periods, type, title, greatest, now, chosen, onChoose }) {
    const width = Math.max(box.clientWidth, 260);
    const step = (width - LEFT - RIGHT) / Math.max(periods.length, 1);
    const bar = Math.max(Math.min(step * 0.7, 60), 1);
    const [high, low] = width > 480 ? [270, 90] : [190, 60];
    const base = TOP + high;
    const floor = base + BETWEEN + low;
    const most = roundUp(Math.max(greatest, 5));
    const mostEvents = Math.max(roundUp(Math.max(...periods.map((period) => period.conflict.events), 1)), 4);
    const y = (people) => base - (people / most) * high;
    const yEvents = (events) => floor - (events / mostEvents) * low;
    const every = Math.ceil(LABEL_WIDTH / step);

    const parts = "12".includes(String(most)[0]) && !String(most).startsWith("25") ? 4 : 5;
    const grid = Array.from({ length: parts + 1 }, (_, i) => (most * i) / parts).map((people) => shape("g", { class: "grid" },
      shape("line", { x1: LEFT, x2: width - RIGHT, y1: y(people), y2: y(people) }),
      shape("text", { x: LEFT - 6, y: y(people) + 4, class: "end" }, compact(people))));
    grid.push(...[0, mostEvents].map((events) => shape("g", { class: "grid" },
      shape("line", { x1: LEFT, x2: width - RIGHT, y1: yEvents(events), y2: yEvents(events) }),
      shape("text", { x: LEFT - 6, y: yEvents(events) + 4, class: "end" }, compact(events)))));

    let above = "";
    const columns = periods.map((period, i) => {
      const figure = period.figures[0];
      const middle = LEFT + step * (i + 0.5);
      const [label, slower] = tick(period, type);
      const drawn = [shape("rect", { x: LEFT + step * i, y: TOP - 10, width: step, height: floor - TOP + 10, class: "reach" })];
      const later = now && now.get(period.period);
      if (later && (!figure || later.value !== figure.value))
        drawn.push(shape("rect", { x: middle - bar / 2, y: y(later.value), width: bar, height: base - y(later.value), class: "later" }));
      if (figure) {
        const height = Math.max(base - y(figure.value), 1.5);
        drawn.push(shape("rect", { x: middle - bar / 2, y: base - height, width: bar, height, class: "people" }));
        if (figure.low !== figure.high) {
          const cap = Math.min(bar / 4, 7);
          drawn.push(shape("path", { class: "whisker", d:
            `M${middle},${y(figure.low)}V${y(figure.high)}M${middle - cap},${y(figure.low)}h${2 * cap}M${middle - cap},${y(figure.high)}h${2 * cap}` }));
        }
      } else if (step > 12) {
        drawn.push(shape("text", { x: middle, y: base - 5, class: "none" }, step > 50 ? "no figure" : "–"));
      }
      if (period.conflict.events)
        drawn.push(shape("rect", { x: middle - bar / 2, y: yEvents(period.conflict.events), width: bar, height: floor - yEvents(period.conflict.events), class: "events" }));
      if (i % every === 0) {
        drawn.push(shape("text", { x: middle, y: base + 16, class: "tick" }, label));
        if (slower !== above) drawn.push(shape("text", { x: middle, y: base + 30, class: "tick quiet" }, slower));
        above = slower;
      }
      return shape("g", {
        class: period.period === chosen ? "column chosen" : "column", "aria-label": said(period, figure),
        "aria-pressed": String(period.period === chosen), "data-period": period.period, ...choosable(() => onChoose(period.period)),
      }, shape("title", {}, said(period, figure)), ...drawn);
    });
    box.replaceChildren(shape("svg", { viewBox: `0 0 ${width} ${floor + BOTTOM}`, role: "group", "aria-label": `${title}, and conflict events, by ${type}` },
      ...grid, ...columns, shape("text", { x: 0, y: 12, class: "title" }, title),
      shape("text", { x: 0, y: base + BETWEEN - 12, class: "title" }, "Conflict events recorded")));
  }

  return draw;
})();
