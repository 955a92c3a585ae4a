"""A clock that stands still until a test moves it, and a world that goes on by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.figures.changing_world import BEGINNING, World


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGINNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db: None, clock: time_machine.Traveller) -> World:
    return World(clock)
