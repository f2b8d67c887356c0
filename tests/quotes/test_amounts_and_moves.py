"""Quantities, rounding, and which act leads where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.quotes.amounts import line_amount, thousandths
from server.quotes.errors import QuoteMoveNotAllowed, QuoteOutOfDate
from server.quotes.moves import LEADS_TO, QuoteAct, refusal
from server.quotes.quote_terms import LIVE, WAITING, QuoteStatus

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("quantity", "expected"), [("1", 1000), ("128.5", 128_500), ("0.001", 1), ("1000000", 10**9)])
def test_quantities_have_three_decimals(quantity: str, expected: int) -> None:
    assert thousandths(Decimal(quantity), "quantity") == expected


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1000000.001", "NaN", "Infinity"])
def test_what_is_no_quantity_is_refused(quantity: str) -> None:
    with pytest.raises(Invalid) as refused:
        thousandths(Decimal(quantity), "lines", 0, "quantity")
    assert refused.value.field == ("lines", "0", "quantity")


@given(st.integers(0, 10**12), st.integers(1, 10**9))
def test_a_line_is_rounded_half_up(unit: int, milli: int) -> None:
    exact = (Decimal(unit) * milli / 1000).quantize(Decimal(1), ROUND_HALF_UP)
    assert line_amount(unit, milli) == int(exact)


MOVES = {
    "issueQuote": "DRAFTED",
    "presentQuote": "ISSUED",
    "reviseQuote": "DRAFTED ISSUED PRESENTED DECLINED EXPIRED",
    "acceptQuote": "PRESENTED",
    "declineQuote": "PRESENTED",
    "withdrawQuote": "DRAFTED ISSUED PRESENTED",
}


@pytest.mark.parametrize("act", QuoteAct)
@pytest.mark.parametrize("status", QuoteStatus)
def test_every_move_there_is_and_no_other(act: QuoteAct, status: QuoteStatus) -> None:
    refused = refusal(act, status, valid_until=NOW + timedelta(days=1), at=NOW)
    if status in MOVES[act].split():
        assert refused is None
    else:
        assert isinstance(refused, QuoteMoveNotAllowed)
        assert refused.facts["wanted"] == LEADS_TO[act]


@pytest.mark.parametrize("act", QuoteAct)
def test_after_its_validity_a_quote_is_neither_issued_nor_presented_nor_accepted(act: QuoteAct) -> None:
    status = QuoteStatus(MOVES[act].split()[0])
    late = refusal(act, status, valid_until=NOW, at=NOW)
    just_in_time = refusal(act, status, valid_until=NOW, at=NOW - timedelta(microseconds=1))
    needs_time = act in (QuoteAct.ISSUE, QuoteAct.PRESENT, QuoteAct.ACCEPT)
    assert isinstance(late, QuoteOutOfDate) is needs_time
    assert just_in_time is None


def test_what_the_brand_stands_by() -> None:
    assert {status for status in QuoteStatus if status.is_live} == LIVE == {"ISSUED", "PRESENTED", "ACCEPTED"}
    assert {status for status in QuoteStatus if status.is_waiting} == WAITING == {"ISSUED", "PRESENTED"}
