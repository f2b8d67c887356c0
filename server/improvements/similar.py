"""How alike two things said are, by their pairs of neighbouring characters. Pure.

Chinese is cut as it is written: two neighbours are nearly a word, so no dictionary is needed. Words of other scripts are cut the
same way; width and case do not matter.
"""

from __future__ import annotations

import re
import unicodedata

ALIKE_FROM = 2_000
"""In ten-thousandths: from here on two texts are taken to ask for the same."""
_WORD = re.compile(r"[^\W_]+")


def pairs_of(text: str) -> frozenset[str]:
    """Every pair of neighbours inside a word; a word of one character is its own pair."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: set[str] = set()
    for word in _WORD.findall(folded):
        found |= {word} if len(word) == 1 else {word[at : at + 2] for at in range(len(word) - 1)}
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> int:
    """Twice what they share of what they have together (Dice), in ten-thousandths, rounded down; 0 where there is nothing."""
    together = len(one) + len(other)
    return 20_000 * len(one & other) // together if together else 0
