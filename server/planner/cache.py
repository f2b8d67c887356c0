"""Keeps compiled operations, the latest used longest, within a number and within an amount of memory.

Documents come from outside and their SQL grows with the filters and orders they are used with; neither may grow a process
without bound. Weights are estimates that were measured (`tracemalloc`), not sizes; they err on the heavy side.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_PER_CHARACTER = 200
"""Of a document: its syntax tree keeps every token, with its place, for the locations of errors."""
_PER_FIELD = 300
_PER_SQL_CHARACTER = 3
_BASE = 4_000


def document_weight(text: str) -> int:
    """Bytes that a parsed document takes, about."""
    return _BASE + _PER_CHARACTER * len(text)


def fields_weight(fields: int) -> int:
    """Bytes that the selection of so many fields takes, about."""
    return _PER_FIELD * fields


def statement_weight(text: str) -> int:
    """Bytes that one SQL text takes here and in the driver, about."""
    return _BASE + _PER_SQL_CHARACTER * len(text)


@dataclass(slots=True)
class CacheFigures:
    """What has happened since the process started."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    bytes: int = 0
    """What the entries weigh now."""


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    weight: int


class PlanCache(Generic[T]):
    """A cache by the hash of the whole document (the key holds its text, so that two documents never share an entry)."""

    def __init__(self, *, max_entries: int, max_bytes: int) -> None:
        self.figures = CacheFigures()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> T | None:
        found = self._entries.get(key)
        if found is None:
            self.figures.misses += 1
            return None
        self.figures.hits += 1
        self._entries.move_to_end(key)
        return found.value

    def put(self, key: Hashable, value: T, weight: int) -> None:
        self._entries[key] = _Entry(value, weight)
        self.figures.bytes += weight
        self._shrink()

    def growing(self, key: Hashable) -> Callable[[int], None]:
        """What tells the cache that an entry weighs so much more, or less; after its eviction it tells nobody."""

        def grow(weight: int) -> None:
            entry = self._entries.get(key)
            if entry is not None:
                entry.weight += weight
                self.figures.bytes += weight
                self._shrink()

        return grow

    def _shrink(self) -> None:
        """Whoever holds an evicted entry runs it to its end."""
        while self._entries and (len(self._entries) > self._max_entries or self.figures.bytes > self._max_bytes):
            _, dropped = self._entries.popitem(last=False)
            self.figures.bytes -= dropped.weight
            self.figures.evictions += 1
