"""Amounts of money as people give them: never negative, and in the tenant's own currency unless they name another."""

from __future__ import annotations

from decimal import Decimal

from server.commands import Command
from server.db.work import Work
from server.items.errors import NegativeAmount
from server.tenants import currencies, queries
from server.tenants.commands import Currency


class Amount(Command):
    """In the currency's main unit; without a currency, in the tenant's own."""

    amount: Decimal
    currency: Currency | None = None


async def priced(work: Work, given: Amount | None, *field: str | int) -> tuple[int | None, str | None]:
    """The amount in minor units, and its currency; two Nones where nothing is given.

    Raises NegativeAmount, and Invalid for more decimals than the currency has; both name `amount` below `field`.
    """
    if given is None:
        return None, None
    if given.amount < 0:
        raise NegativeAmount(*field, "amount")
    currency = given.currency or await queries.currency(work)
    assert currency is not None  # an act has a tenant, and a tenant has a currency
    return currencies.minor_units(given.amount, currency, *field, "amount"), currency
