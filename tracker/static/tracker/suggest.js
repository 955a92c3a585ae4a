// Suggestions under the fields that want a code: asks as somebody types, and says what the code stands for.
// Arrows go through them, Enter takes one, Escape closes them (the combobox of the ARIA practices).
"use strict";
(() => {
  const PAUSE = 150;

  function attach(input) {
    const list = document.getElementById(input.getAttribute("aria-controls"));
    const said = document.querySelector(`.suggested[data-for="${input.id}"]`);
    let timer = 0;
    let going = new AbortController();
    let suggestions = [];
    let active = -1;

    const isOpen = () => !list.hidden;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(number) {
      active = number;
      [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
      if (active < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }

    function take(suggestion) {
      input.value = suggestion.value;
      for (const [name, value] of Object.entries(suggestion.fills || {})) {
        const other = document.getElementById(`id_${name}`);
        if (!other || !value) continue;
        other.value = value;
        other.dispatchEvent(new Event("input", { bubbles: true }));
      }
      say(suggestion);
      close();
      clearTimeout(timer);
      going.abort();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function say(suggestion) {
      if (!said) return;
      said.textContent = suggestion ? suggestion.label : "";
      said.classList.toggle("retired", Boolean(suggestion && suggestion.retired));
    }

    function option(suggestion, place) {
      const item = document.createElement("li");
      item.id = `${list.id}_${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.classList.toggle("retired", Boolean(suggestion.retired));
      const code = document.createElement("bdi");
      code.textContent = suggestion.value;
      const label = document.createElement("span");
      label.textContent = suggestion.label;
      label.dir = "auto";
      item.append(code, " ", label);
      // Before the field loses the focus, which would close the list.
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(suggestion);
      });
      return item;
    }

    async function ask({ open }) {
      going.abort();
      going = new AbortController();
      const typed = input.value.trim();
      const address = new URL(input.dataset.suggest, location.href);
      address.searchParams.set("q", typed);
      const within = input.dataset.within && document.getElementById(input.dataset.within);
      address.searchParams.set("within", within ? within.value.trim() : input.dataset.withinFixed || "");
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: going.signal });
        if (!answer.ok) return;
        ({ suggestions } = await answer.json());
      } catch (error) {
        if (error.name !== "AbortError") close();
        return;
      }
      say(suggestions.find(({ value }) => value === typed));
      list.replaceChildren(...suggestions.map(option));
      if (!open || !suggestions.length || document.activeElement !== input) return close();
      list.hidden = false;
      active = -1;
      input.setAttribute("aria-expanded", "true");
    }

    function step(by) {
      if (!isOpen()) return ask({ open: true });
      const length = suggestions.length;
      mark(active < 0 && by < 0 ? length - 1 : (active + by + length) % length);
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => ask({ open: true }), PAUSE);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        step(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && isOpen() && active >= 0) {
        event.preventDefault();
        take(suggestions[active]);
      } else if (event.key === "Tab" && isOpen() && active >= 0) {
        take(suggestions[active]);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        close();
      }
    });
    input.addEventListener("blur", close);
    input.addEventListener("change", () => ask({ open: false }));
    if (input.value.trim()) ask({ open: false });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("input[data-suggest]").forEach(attach));
})();
