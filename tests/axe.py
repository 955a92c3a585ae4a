"""What axe, the checker of accessibility, finds on a page as a browser shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}

# No rule looks into style sheets, which axe would load once more; there are no frames.
OPTIONS = {"resultTypes": ["violations"], "preload": False, "iframes": False}

_axe = Axe()


def grave_problems(page: Page) -> list[str]:
    """What keeps people from using the page: the rule, where, and why.

    axe is put into the page by the protocol of the browser, past the page's own content policy, which stays
    in force for all that the page itself does.
    """
    # Colours that are on their way to others are not what people read.
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = _axe.run(page, options=OPTIONS).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {_why(node)}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def _why(node: Mapping[str, Any]) -> str:
    return " ".join(str(node["failureSummary"]).split())
