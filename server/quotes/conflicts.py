"""When two quotes contradict each other. Pure: no database, no clock.

Two offers to one customer are compared item by item, for the items both of them name, and only where there is a moment
at which both are valid. What is no item of the catalogue cannot be the same thing, so free lines are never compared.

| they disagree in | where                                                                                     |
|------------------|-------------------------------------------------------------------------------------------|
| PRICE            | the price of one unit differs, in whichever direction                                       |
| GUARANTEE        | one of the two is narrower: a scope is missing, has fewer months, or conditions of its own  |

Guarantees are compared scope by scope; a scope is the same where its words are, without regard to letter case, width and
space. A term of the line itself stands in place of the quote's own term of the same scope. Of two terms whose conditions
differ neither is surely the wider, so each counts as narrower; without conditions is wider than with any.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.quotes.quote_terms import Contradiction


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What is covered, for how long, on what conditions."""

    scope: str
    months: int
    conditions: str | None = None


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """What one quote says about one item. `guarantees` are the line's own terms."""

    item_id: UUID
    unit_minor: int
    guarantees: tuple[Guarantee, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote as far as it can contradict another. Valid from the first moment up to, not including, the last one.

    `guarantees` are terms for the whole quote. An item is named at most once.
    """

    quote_id: UUID
    valid_from: datetime
    valid_until: datetime
    items: tuple[OfferedItem, ...]
    guarantees: tuple[Guarantee, ...] = ()

    def cover_of(self, item: OfferedItem) -> Mapping[str, Guarantee]:
        """The terms that hold for the item, by scope."""
        return {scope_key(one.scope): one for one in (*self.guarantees, *item.guarantees)}


@dataclass(frozen=True, slots=True)
class ItemConflict:
    """How an offer and another one disagree about one item. Scopes are given in the words of whoever promises more."""

    item_id: UUID
    unit_minor: int
    other_unit_minor: int
    narrower_scopes: tuple[str, ...]
    """Where the offer guarantees less than the other one."""
    other_narrower_scopes: tuple[str, ...]
    """Where the other one guarantees less."""

    @property
    def kinds(self) -> tuple[Contradiction, ...]:
        found = []
        if self.unit_minor != self.other_unit_minor:
            found.append(Contradiction.PRICE)
        if self.narrower_scopes or self.other_narrower_scopes:
            found.append(Contradiction.GUARANTEE)
        return tuple(found)


def scope_key(words: str) -> str:
    """What two scopes have in common that are the same."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def overlap(one: Offer, other: Offer) -> bool:
    """Whether there is a moment at which both are valid."""
    return max(one.valid_from, other.valid_from) < min(one.valid_until, other.valid_until)


def conflicts_between(offer: Offer, other: Offer) -> tuple[ItemConflict, ...]:
    """In what the two disagree, in the order of the offer's items; nothing where they can stand beside each other."""
    if offer.quote_id == other.quote_id or not overlap(offer, other):
        return ()
    theirs = {item.item_id: item for item in other.items}
    compared = (_compare(offer, item, other, theirs[item.item_id]) for item in offer.items if item.item_id in theirs)
    return tuple(one for one in compared if one.kinds)


def contradicted(offer: Offer, others: Iterable[Offer]) -> dict[UUID, tuple[ItemConflict, ...]]:
    """The quotes among these that the offer contradicts, and in what."""
    found = {other.quote_id: conflicts_between(offer, other) for other in others}
    return {quote_id: conflicts for quote_id, conflicts in found.items() if conflicts}


def kinds_of(conflicts: Iterable[ItemConflict]) -> list[Contradiction]:
    """In what two quotes disagree over all their items, each kind once."""
    held = {kind for conflict in conflicts for kind in conflict.kinds}
    return [kind for kind in Contradiction if kind in held]


def _compare(offer: Offer, item: OfferedItem, other: Offer, their_item: OfferedItem) -> ItemConflict:
    ours, theirs = offer.cover_of(item), other.cover_of(their_item)
    return ItemConflict(
        item_id=item.item_id,
        unit_minor=item.unit_minor,
        other_unit_minor=their_item.unit_minor,
        narrower_scopes=_narrower(ours, than=theirs),
        other_narrower_scopes=_narrower(theirs, than=ours),
    )


def _narrower(cover: Mapping[str, Guarantee], *, than: Mapping[str, Guarantee]) -> tuple[str, ...]:
    return tuple(wide.scope for key, wide in than.items() if not _covers(cover.get(key), wide))


def _covers(term: Guarantee | None, wide: Guarantee) -> bool:
    """Whether the term promises at least what the other one does."""
    if term is None or term.months < wide.months:
        return False
    return term.conditions is None or (
        wide.conditions is not None and scope_key(term.conditions) == scope_key(wide.conditions)
    )
