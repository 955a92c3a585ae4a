"""Text that a spreadsheet would take for a formula: made inert on the way out, restored on the way in."""

from __future__ import annotations

import re

# What begins a formula or a command (OWASP ASVS 5.0, 1.2.10, and "CSV Injection"), also where apostrophes of
# ours or of the text itself stand before it: so that taking one away always restores the text.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n\0]")


def inert(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet program would compute it."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """`text` without the one apostrophe that `inert` put before it; `restored(inert(text)) == text`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
