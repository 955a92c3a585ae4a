// The breakdown by sex and age: sums as they are typed, and how many people it leaves out.
"use strict";
(() => {
  const number = new Intl.NumberFormat(document.documentElement.lang || "en");
  const DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹";
  // The sums follow what is typed, whatever the digits; whether it is a number at all, the server says.
  const plain = (text) => text.replace(/[٠-٩۰-۹]/g, (digit) => DIGITS.indexOf(digit) % 10).replace(/[\s,\u066c]/g, "");
  const typed = (input) => Number(plain(input.value)) || 0;

  function attach(box) {
    const cells = [...box.querySelectorAll("input")];
    const sum = (inputs) => inputs.reduce((total, input) => total + typed(input), 0);
    // Whoever knows how many people the report speaks of says so; until then there is no remainder.
    let people = null;

    function show() {
      const together = sum(cells);
      for (const row of box.querySelectorAll("tbody tr")) {
        row.querySelector("[data-row-sum]").textContent = number.format(sum([...row.querySelectorAll("input")]));
      }
      box.querySelector("[data-sum]").textContent = number.format(together);
      box.querySelector("[data-remainder]").textContent = people === null ? "–" : number.format(people - together);
      box.classList.toggle("exceeds", people !== null && together > people);
    }

    box.addEventListener("input", show);
    document.addEventListener("tracker:people", ({ detail }) => {
      people = detail;
      show();
    });
    show();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-breakdown]").forEach(attach));
})();
