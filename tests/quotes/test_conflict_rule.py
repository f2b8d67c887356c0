"""The rule by itself: when two quotes contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.quotes.conflicts import (
    Guarantee,
    Offer,
    OfferedItem,
    conflicts_between,
    contradicted,
    kinds_of,
    overlap,
    scope_key,
)
from server.quotes.quote_terms import Contradiction

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WIRING, KITCHEN = UUID(int=1), UUID(int=2)
PRICE, GUARANTEE = Contradiction.PRICE, Contradiction.GUARANTEE


def offer(
    id: int,
    *items: OfferedItem,
    days: tuple[int, int] = (0, 30),
    guarantees: tuple[Guarantee, ...] = (),
) -> Offer:
    return Offer(UUID(int=100 + id), START + days[0] * DAY, START + days[1] * DAY, items, guarantees)


def wiring(price: int = 100, *guarantees: Guarantee) -> OfferedItem:
    return OfferedItem(WIRING, price, guarantees)


def found(one: Offer, other: Offer) -> list[Contradiction]:
    return kinds_of(conflicts_between(one, other))


TEN_YEARS, FIVE_YEARS = Guarantee("水电", 120), Guarantee("水电", 60)
ON_CONDITION = Guarantee("水电", 120, "年检一次")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (offer(1, wiring()), offer(2, wiring()), []),
        (offer(1, wiring(100)), offer(2, wiring(99)), [PRICE]),
        (offer(1, wiring(100)), offer(2, OfferedItem(KITCHEN, 99)), []),
        (offer(1, wiring(100), days=(0, 30)), offer(2, wiring(99), days=(30, 60)), []),
        (offer(1, wiring(100), days=(0, 31)), offer(2, wiring(99), days=(30, 60)), [PRICE]),
        (offer(1, wiring(100, TEN_YEARS)), offer(2, wiring(100, FIVE_YEARS)), [GUARANTEE]),
        (offer(1, wiring(100, TEN_YEARS)), offer(2, wiring(100)), [GUARANTEE]),
        (offer(1, wiring(100, TEN_YEARS)), offer(2, wiring(100, ON_CONDITION)), [GUARANTEE]),
        (offer(1, wiring(90, TEN_YEARS)), offer(2, wiring(100, FIVE_YEARS)), [PRICE, GUARANTEE]),
        # The quote's own terms hold for the line, unless the line has one of the same scope.
        (offer(1, wiring(), guarantees=(TEN_YEARS,)), offer(2, wiring(100, TEN_YEARS)), []),
        (offer(1, wiring(100, TEN_YEARS), guarantees=(FIVE_YEARS,)), offer(2, wiring(100, TEN_YEARS)), []),
        (offer(1, wiring(100, FIVE_YEARS), guarantees=(TEN_YEARS,)), offer(2, wiring(100, TEN_YEARS)), [GUARANTEE]),
        # The same words, written otherwise.
        (offer(1, wiring(100, Guarantee("Pipes  A", 12))), offer(2, wiring(100, Guarantee("ｐｉｐｅｓ a", 12))), []),
        (offer(1, wiring(100, ON_CONDITION)), offer(2, wiring(100, Guarantee("水电", 120, " 年检一次 "))), []),
    ],
)
def test_cases(one: Offer, other: Offer, expected: list[Contradiction]) -> None:
    assert found(one, other) == expected


def test_a_conflict_tells_both_prices_and_who_promises_less() -> None:
    one = offer(1, wiring(100, FIVE_YEARS, Guarantee("防水", 24)))
    other = offer(2, wiring(110, Guarantee("水电", 120), Guarantee("防水", 24, "年检")))
    [conflict] = conflicts_between(one, other)
    assert (conflict.item_id, conflict.unit_minor, conflict.other_unit_minor) == (WIRING, 100, 110)
    assert (conflict.narrower_scopes, conflict.other_narrower_scopes) == (("水电",), ("防水",))
    assert conflict.kinds == (PRICE, GUARANTEE)


def test_a_quote_does_not_contradict_itself() -> None:
    assert conflicts_between(offer(1, wiring(100)), offer(1, wiring(99))) == ()


def test_only_the_contradicted_ones_are_named() -> None:
    at_hand = offer(1, wiring(100), OfferedItem(KITCHEN, 500))
    others = [offer(2, wiring(100)), offer(3, OfferedItem(KITCHEN, 501)), offer(4, wiring(1), days=(40, 50))]
    assert list(contradicted(at_hand, others)) == [UUID(int=103)]


# ------------------------------------------------------------------------------------------------- what holds always

guarantees = st.builds(
    Guarantee,
    st.sampled_from(["水电", "防水", "Pipes", "pipes "]),
    st.integers(1, 3),
    st.sampled_from([None, "年检", " 年检"]),
)


def _once(terms: list[Guarantee]) -> tuple[Guarantee, ...]:
    """As a draft has them: each scope once."""
    return tuple({scope_key(term.scope): term for term in terms}.values())


terms = st.lists(guarantees, max_size=3).map(_once)
items = st.lists(
    st.builds(OfferedItem, st.sampled_from([WIRING, KITCHEN]), st.integers(0, 2), terms),
    max_size=2,
    unique_by=lambda item: item.item_id,
).map(tuple)


@st.composite
def offers(draw: st.DrawFn, id: int) -> Offer:
    start = draw(st.integers(0, 4))
    return Offer(
        UUID(int=100 + id),
        START + start * DAY,
        START + (start + draw(st.integers(1, 4))) * DAY,
        draw(items),
        draw(terms),
    )


@given(offers(1), offers(2))
def test_who_came_first_does_not_matter(one: Offer, other: Offer) -> None:
    there, back = conflicts_between(one, other), conflicts_between(other, one)
    assert {c.item_id: c.kinds for c in there} == {c.item_id: c.kinds for c in back}
    assert {c.item_id: (c.unit_minor, c.narrower_scopes) for c in there} == {
        c.item_id: (c.other_unit_minor, c.other_narrower_scopes) for c in back
    }


@given(offers(1))
def test_the_same_said_twice_is_no_contradiction(one: Offer) -> None:
    again = Offer(UUID(int=999), one.valid_from, one.valid_until, one.items, one.guarantees)
    assert conflicts_between(one, again) == ()


@given(offers(1), offers(2))
def test_without_a_common_moment_or_item_there_is_none(one: Offer, other: Offer) -> None:
    days = [START + number * DAY for number in range(10)]
    common_day = any(a.valid_from <= day < a.valid_until for day in days for a in (one,) if _valid(other, day))
    assert overlap(one, other) == common_day
    common_items = {item.item_id for item in one.items} & {item.item_id for item in other.items}
    conflicts = conflicts_between(one, other)
    assert {c.item_id for c in conflicts} <= (common_items if common_day else set())


@given(offers(1), offers(2))
def test_every_other_price_of_a_common_item_is_found(one: Offer, other: Offer) -> None:
    theirs = {item.item_id: item.unit_minor for item in other.items}
    differing = {i.item_id for i in one.items if i.item_id in theirs and theirs[i.item_id] != i.unit_minor}
    priced = {c.item_id for c in conflicts_between(one, other) if PRICE in c.kinds}
    assert priced == (differing if overlap(one, other) else set())


@given(offers(1), terms, st.integers(1, 100))
def test_whoever_promises_less_is_found(one: Offer, more: tuple[Guarantee, ...], months: int) -> None:
    """Widening any term, or adding one of a scope not covered yet, contradicts wherever the item is in both."""
    for item in one.items:
        held = dict(one.cover_of(item))
        wider = {
            **{key: Guarantee(term.scope, term.months + months) for key, term in held.items()},
            **{scope_key(term.scope): term for term in more if scope_key(term.scope) not in held},
        }
        other = Offer(
            UUID(int=999),
            one.valid_from,
            one.valid_until,
            (OfferedItem(item.item_id, item.unit_minor, tuple(wider.values())),),
        )
        conflicts = conflicts_between(one, other)
        assert [c.kinds for c in conflicts] == ([(GUARANTEE,)] if wider else [])
        assert {scope for c in conflicts for scope in c.narrower_scopes} == {term.scope for term in wider.values()}
        assert all(c.other_narrower_scopes == () for c in conflicts)


def _valid(offer: Offer, day: datetime) -> bool:
    return offer.valid_from <= day < offer.valid_until
