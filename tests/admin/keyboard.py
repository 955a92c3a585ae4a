"""Filling in a form without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_FIELDS = 120
MOST_CHOICES = 20


def tab_to(page: Page, selector: str) -> None:
    """Go to a field as the keyboard does, in the order of the page."""
    for _ in range(MOST_FIELDS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


def type_into(page: Page, selector: str, text: str) -> None:
    """Go on to a field and type, in place of what it holds."""
    tab_to(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, selector: str, value: str) -> None:
    """Go on to a list of choices and down to one of them, whatever the choices are called."""
    tab_to(page, selector)
    for _ in range(MOST_CHOICES):
        if page.input_value(selector) == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{selector} has no choice {value!r} below")


def press(page: Page, selector: str) -> None:
    """Go on to a button or link and press it."""
    tab_to(page, selector)
    page.keyboard.press("Enter")
