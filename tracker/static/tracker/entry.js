// While a report is typed: what is wrong or strange with it, which reports overlap, what the figures would become.
"use strict";
(() => {
  const panel = document.getElementById("entry");
  if (!panel) return;
  const form = panel.closest("form");
  const at = (name) => document.getElementById(`entry-${name}`);
  // What changes neither figures nor warnings, and may be long.
  const NOT_SENT = ["title", "url", "excerpt", "notes", "reason", "override_reason", "entry_token"];

  function content() {
    const data = new FormData(form);
    NOT_SENT.forEach((name) => data.delete(name));
    data.set("editing", panel.dataset.editing);
    return data;
  }

  let isSent = false;
  const waiting = new Set();
  const told = new Map();
  function say() {
    at("state").textContent = waiting.size ? panel.dataset.working : [...new Set(told.values())].filter(Boolean).join(" ");
    panel.setAttribute("aria-busy", String(waiting.size > 0));
  }

  // Asks after a pause in typing; what was asked before is given up.
  function asker(address, pause, show) {
    let timer = 0;
    let going = new AbortController();
    return () => {
      clearTimeout(timer);
      going.abort();
      if (isSent) return;
      timer = setTimeout(async () => {
        const mine = (going = new AbortController());
        waiting.add(mine);
        say();
        try {
          const answer = await fetch(address, { method: "POST", body: content(), headers: { Accept: "application/json" }, signal: mine.signal });
          if (!answer.ok) throw new Error(String(answer.status));
          told.set(address, show(await answer.json()));
        } catch (error) {
          if (error.name !== "AbortError") told.set(address, panel.dataset.failed);
        }
        waiting.delete(mine);
        say();
      }, pause);
    };
  }

  // A message on the field it speaks of, which a screen reader reads with the field.
  function note(name, text, kind) {
    const input = document.getElementById(`id_${name}`);
    const row = input && input.closest(".flex-container");
    if (!row) return;
    const line = document.createElement("p");
    line.id = `entry-note-${name}-${kind}`;
    line.className = `entry-note ${kind}`;
    line.textContent = text;
    row.after(line);
    const described = (input.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== line.id);
    input.setAttribute("aria-describedby", [...described, line.id].join(" "));
  }

  function notes(faults, warnings, people) {
    document.querySelectorAll(".entry-note").forEach((line) => line.remove());
    const texts = new Map();
    for (const { field, text } of warnings) texts.set(field, [texts.get(field), text].filter(Boolean).join(" "));
    texts.forEach((text, field) => note(field, text, "warning"));
    if (people) note(document.getElementById("id_household_size") ? "household_size" : "stated_value", people, "people");
    for (const [field, text] of Object.entries(faults)) note(field, text, "fault");
  }

  function link({ field, text }) {
    const item = document.createElement("li");
    const anchor = document.createElement("a");
    anchor.href = `#id_${field}`;
    anchor.textContent = text;
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      const input = document.getElementById(`id_${field}`);
      if (input) input.focus();
    });
    item.append(anchor);
    return item;
  }

  function plainItem(text) {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }

  const check = asker(panel.dataset.check, 300, ({ missing, faults, warnings = [], overlaps = "", people, people_in_words: words }) => {
    notes(faults, warnings, words);
    at("warnings").replaceChildren(...(warnings.length ? warnings.map(link) : [plainItem(at("warnings").dataset.none)]));
    at("override").hidden = !warnings.length && !at("override").querySelector(".errorlist");
    at("overlaps").innerHTML = overlaps;
    document.dispatchEvent(new CustomEvent("tracker:people", { detail: people === undefined ? null : people }));
    return missing;
  });
  const effect = asker(panel.dataset.effect, 700, ({ effect: shown }) => {
    at("effect").innerHTML = shown;
  });

  // What is said of one day needs that day once: the last day follows the first until it is given itself.
  const [start, end] = ["start", "end"].map((name) => document.getElementById(`id_${name}`));
  let first = start ? start.value : "";
  function followFirstDay() {
    if (!start || !end || start.value === first || start.value.length < 10) return;
    if (!end.value || end.value === first) end.value = start.value;
    first = start.value;
  }

  // Calendars and "today" fill a field without an event, so every step a person takes is looked at.
  const asText = () => JSON.stringify([...content().entries()].filter(([name]) => name !== "csrfmiddlewaretoken"));
  let seen = "";
  function look() {
    followFirstDay();
    const now = asText();
    if (now === seen) return;
    seen = now;
    check();
    effect();
  }
  ["input", "change", "focusin", "click"].forEach((name) => form.addEventListener(name, look));

  form.addEventListener("submit", () => {
    isSent = true;
    check();
    effect();
  });
  document.addEventListener("DOMContentLoaded", look);
  look();

  // What was refused is corrected first. Django's own script goes to the first field, once it is loaded.
  window.addEventListener("load", () => {
    const faulty = form.querySelector("[aria-invalid=true]");
    if (faulty) faulty.focus();
  });
})();
