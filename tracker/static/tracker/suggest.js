// Suggestions under the fields that want a code: asks as somebody types, and says what the code stands for.
"use strict";
(() => {
  const PAUSE = 150;

  function attach(input) {
    const list = document.getElementById(input.getAttribute("list"));
    const said = document.querySelector(`.suggested[data-for="${input.id}"]`);
    let timer = 0;
    let asked = 0;

    async function ask() {
      const mine = ++asked;
      const typed = input.value.trim();
      const address = new URL(input.dataset.suggest, location.href);
      address.searchParams.set("q", typed);
      const within = input.dataset.within && document.getElementById(input.dataset.within);
      if (within) address.searchParams.set("within", within.value.trim());
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      const { suggestions } = await answer.json();
      list.replaceChildren(...suggestions.map(({ value, label }) => {
        const option = document.createElement("option");
        option.value = value;
        option.label = `${value}: ${label}`;
        return option;
      }));
      const exact = suggestions.find(({ value }) => value === typed);
      if (said) said.textContent = exact ? exact.label : "";
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener("focus", ask, { once: true });
    if (input.value.trim()) ask();
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("input[data-suggest]").forEach(attach);
  });
})();
