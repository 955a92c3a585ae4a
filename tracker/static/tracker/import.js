// Shows how far an import is, and then what came of it. Without it the page loads itself anew.
"use strict";
(() => {
  const PAUSE = 200;

  function watch(section) {
    const bar = section.querySelector("progress");
    const said = section.querySelector("[role=status]");

    async function look() {
      try {
        const answer = await fetch(section.dataset.progress, { headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected) return location.reload();
        show(await answer.json());
      } catch {
        // The network is away for a moment.
        setTimeout(look, 4 * PAUSE);
      }
    }

    function show(progress) {
      if (!progress.busy) return location.reload();
      if (progress.share === null) bar.removeAttribute("value");
      else bar.value = progress.share;
      // Said only when it is something else, or a screen reader would repeat it.
      if (said.textContent !== progress.said) said.textContent = progress.said;
      setTimeout(look, PAUSE);
    }

    setTimeout(look, PAUSE);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-progress]").forEach(watch);
  });
})();
