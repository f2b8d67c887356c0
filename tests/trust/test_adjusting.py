"""Moving an account by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from server.db.statements import table_of
from server.errors import DomainError, Invalid, UserErrorCode
from server.terms import Locale
from server.trust.adjusting import adjust_trust
from server.trust.commands import AdjustTrust
from server.trust.errors import TooManyPoints
from server.trust.tables import TrustNote
from tests.factories.brands import Brand
from tests.trust.people import customer_of, new_customer

MakeBrand = Callable[..., Awaitable[Brand]]
SOMEBODY = UUID(int=7)


@pytest.mark.parametrize(
    ("given", "reason", "amount", "balance"),
    [({"deposit": 30}, "MANUAL_DEPOSIT", 30, 130), ({"withdrawal": 50}, "MANUAL_WITHDRAWAL", -50, 50)],
)
async def test_deposit_and_withdrawal(
    brand: MakeBrand, given: dict[str, int], reason: str, amount: int, balance: int
) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        entry = await adjust_trust(work, AdjustTrust(customer_id=customer, reason="门店致歉", **given))
    assert (entry.seq, entry.reason, entry.claimed, entry.amount) == (2, reason, amount * 100, amount * 100)
    assert (entry.balance_after, entry.cause_key) == (balance * 100, None)
    async with here.work() as work:
        [note] = await work.rows(TrustNote, table_of(TrustNote).c.entry_id == entry.id)
    assert (note.text, note.customer_id) == ("门店致歉", customer)


@pytest.mark.parametrize(
    ("given", "refusal", "code", "field", "message"),
    [
        ({"deposit": 31}, TooManyPoints, "LIMIT_REACHED", "deposit", "At most 30 points by hand at once."),
        ({"withdrawal": 51}, TooManyPoints, "LIMIT_REACHED", "withdrawal", "At most 50 points by hand at once."),
        (
            {"deposit": 1, "withdrawal": 1},
            Invalid,
            "INVALID",
            "withdrawal",
            "Give a deposit or a withdrawal, not both.",
        ),
        ({}, Invalid, "INVALID", "deposit", "Give a deposit or a withdrawal."),
    ],
)
async def test_what_is_refused(
    brand: MakeBrand, given: dict[str, int], refusal: type[DomainError], code: str, field: str, message: str
) -> None:
    here = await brand()
    customer = await customer_of(here)
    with pytest.raises(refusal) as refused:
        async with here.work() as work:
            await adjust_trust(work, AdjustTrust(customer_id=customer, reason="r", **given))
    assert (refused.value.code, refused.value.field) == (UserErrorCode(code), (field,))
    assert refused.value.message(Locale.EN) == message
    assert [await here.count(table) for table in ("trust_accounts", "trust_entries", "trust_notes")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"deposit": 0}, "deposit"),
        ({"deposit": -5}, "deposit"),
        ({"withdrawal": 0}, "withdrawal"),
        ({"deposit": 5, "reason": "  "}, "reason"),
        ({"deposit": 5, "reason": "r" * 501}, "reason"),
    ],
)
def test_what_is_no_adjustment(given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AdjustTrust.model_validate({"customer_id": SOMEBODY, "reason": "because", **given})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]
