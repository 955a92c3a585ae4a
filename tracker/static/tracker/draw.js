// Elements, numbers and dates, for the other scripts of the page.
"use strict";
window.Tracker = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  const day = (text) => new Date(`${text}T00:00:00Z`);

  return {
    element: (name, attributes, ...children) => fill(document.createElement(name), attributes, children),
    shape: (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children),
    day,
    date: (text) => DATE.format(day(text)),
    days: (start, end) => (start === end ? DATE.format(day(start)) : DATE.formatRange(day(start), day(end))),
    number: (value) => (value === null || value === undefined ? "no figure" : value.toLocaleString("en")),
    compact: (value) => COMPACT.format(value),
    span: (row) => (row.low === row.high ? "" : `${row.low.toLocaleString("en")} to ${row.high.toLocaleString("en")}`),

    // What a mouse does by a click, a keyboard does by Enter or the space bar.
    choosable: (act) => ({
      role: "button",
      tabindex: 0,
      onclick: act,
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      },
    }),

    // The least of 1, 2, 2.5 and 5 times a power of ten that is not below the value.
    roundUp: (value) => {
      const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
      return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value);
    },
  };
})();
