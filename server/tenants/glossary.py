"""The vocabulary: every closed list of the trade by name, and a tenant's own labels for its terms.

No database. A list is in the vocabulary because its enumeration exists; nothing is registered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.terms import Locale, Term


@dataclass(frozen=True, slots=True)
class OwnLabel:
    """What a tenant calls a term. None keeps the trade's own word in that language."""

    en: str | None
    zh: str | None

    def label(self, term: Term, locale: Locale) -> str:
        own = self.zh if locale is Locale.ZH else self.en
        return term.label(locale) if own is None else own


def vocabulary() -> dict[str, type[Term]]:
    """Every enumeration of terms by its name, in the order of the names.

    Looked up each time, because a list exists from the moment its module is imported.
    """
    return dict(sorted((term.__name__, term) for term in _lists(Term)))


def label_of(term: Term, locale: Locale, own: Mapping[tuple[str, str], OwnLabel]) -> str:
    """The label in this tenant's words; `own` is by (name of the list, code)."""
    relabelled = own.get((type(term).__name__, term.value))
    return term.label(locale) if relabelled is None else relabelled.label(term, locale)


def _lists(parent: type[Term]) -> Iterator[type[Term]]:
    for term in parent.__subclasses__():
        if len(term) == 0:
            yield from _lists(term)
        elif term.__module__.startswith("server."):
            yield term
