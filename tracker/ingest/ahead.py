"""Work done ahead of its use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The items; each is made in a thread of its own while the caller is at the one before.

    What makes them asks no database: a thread would do so outside the caller's transaction.
    """
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(_next, source)
        while made := coming.result():
            coming = worker.submit(_next, source)
            yield made[0]


def _next(source: Iterator[T]) -> tuple[T] | None:
    for item in source:
        return (item,)
    return None
