"""How the generator decides: by Hypothesis, which can shrink what it decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@cache
def _up_to(most: int) -> st.SearchStrategy[int]:
    """Uniform, which `integers` is not: it likes the ends of its range."""
    return st.sampled_from(range(most + 1))


class Choose:
    """Decisions, each of which is simplest at its low end: the first choice, the smallest number, no."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return low if low == high else low + int(self._draw(_up_to(high - low)))

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.number(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def some(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        return [self.one(choices) for _ in range(self.number(least, most))]
