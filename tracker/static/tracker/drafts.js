// What is typed and not saved stays in this browser, for this person, and is offered again after a crash.
// The server says which of it has been stored meanwhile. Nothing of it leaves the browser.
"use strict";
(() => {
  const panel = document.getElementById("entry");
  if (!panel) return;
  const DAYS = 7;
  const PAUSE = 400;
  const form = panel.closest("form");
  const ours = "tracker.entry:";
  const prefix = `${ours}${panel.dataset.user}:`;
  const token = form.elements.entry_token;
  const NOT_KEPT = new Set(["csrfmiddlewaretoken", "entry_token"]);
  const kept = document.getElementById("entry-kept");
  let store;
  try {
    store = window.localStorage;
    store.getItem(prefix);
  } catch {
    return; // A browser that keeps nothing.
  }

  const own = () => prefix + token.value;
  const values = () => [...new FormData(form).entries()].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");
  const read = (key) => {
    try {
      return JSON.parse(store.getItem(key));
    } catch {
      return null;
    }
  };
  const all = () => Object.keys(store).filter((key) => key.startsWith(prefix)).map((key) => ({ key, ...read(key) }));

  const atFirst = JSON.stringify(values());
  let timer = 0;
  let isLeaving = false;
  function keep() {
    clearTimeout(timer);
    if (isLeaving) return;
    const now = values();
    if (JSON.stringify(now) === atFirst) return;
    try {
      store.setItem(own(), JSON.stringify({ path: location.pathname, at: Date.now(), values: now }));
    } catch {
      // The browser's storage is full: what was saved as a draft is still safe.
    }
  }

  function bringBack({ key, values: typed }) {
    for (const [name, value] of typed) {
      const field = form.elements[name];
      if (!field || field.type === "hidden" || field.type === "submit") continue;
      if (field.type === "checkbox") field.checked = true;
      else field.value = value;
    }
    document.querySelectorAll("details[data-breakdown]").forEach((box) => {
      box.open = box.open || [...box.querySelectorAll("input")].some((input) => input.value);
    });
    store.removeItem(key);
    kept.hidden = true;
    for (const input of form.querySelectorAll("input[data-suggest], select, [data-breakdown] input")) {
      input.dispatchEvent(new Event(input.matches("[data-suggest], select") ? "change" : "input", { bubbles: true }));
    }
    keep();
    form.querySelector("input:not([type=hidden]), select").focus();
  }

  function offer(found) {
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(found.at);
    const some = found.values.filter(([name, value]) => value && ["source", "ref", "region", "start", "stated_value"].includes(name)).map(([, value]) => value);
    kept.querySelector("p").textContent = `${panel.dataset.kept} ${[when, ...some].join(" · ")}`;
    kept.querySelector("[data-bring-back]").onclick = () => bringBack(found);
    kept.querySelector("[data-forget]").onclick = () => {
      store.removeItem(found.key);
      kept.hidden = true;
    };
    kept.hidden = false;
  }

  panel.dataset.saved.split(" ").filter(Boolean).forEach((saved) => store.removeItem(prefix + saved));
  all().filter(({ at }) => !at || Date.now() - at > DAYS * 86400000).forEach(({ key }) => store.removeItem(key));
  const found = all().filter(({ key, path }) => path === location.pathname && key !== own()).sort((a, b) => b.at - a.at)[0];
  if (found && !document.querySelector(".errornote")) offer(found);

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("change", keep);
  form.addEventListener("submit", keep);
  window.addEventListener("pagehide", keep);
  // The answer to logging out empties the storage before this page is hidden, which would fill it again.
  document.getElementById("logout-form")?.addEventListener("submit", () => {
    isLeaving = true;
    Object.keys(store).filter((key) => key.startsWith(ours)).forEach((key) => store.removeItem(key));
  });
})();
