"""Text that a spreadsheet would take for a formula: made inert on the way out, restored on the way in."""

from __future__ import annotations

import re

# What begins a formula (OWASP ASVS 5.0, 1.2.10), after any apostrophes that made it inert before.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def inert(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet program would compute it."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """`text` without the one apostrophe that `inert` put before it; `restored(inert(text)) == text`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
