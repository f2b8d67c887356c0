"""Money as people write it and as it is kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.errors import Invalid
from server.tenants.currencies import CURRENCIES, LARGEST_AMOUNT, exponent, main_units, minor_units


def test_every_code_is_three_capitals_and_has_0_2_or_3_decimals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert set(CURRENCIES.values()) == {0, 2, 3}


@pytest.mark.parametrize(("code", "decimals"), [("CNY", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2), ("KRW", 0)])
def test_decimals(code: str, decimals: int) -> None:
    assert exponent(code) == decimals


@pytest.mark.parametrize("code", ["XXX", "XAU", "XTS", "HRK", "cny", "RMB", ""])
def test_what_nobody_pays_with_is_no_currency(code: str) -> None:
    assert code not in CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("4800.00", "CNY", 480_000),
        ("4800", "CNY", 480_000),
        ("0.01", "CNY", 1),
        ("-0.01", "CNY", -1),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1_234),
        ("4.80E+3", "CNY", 480_000),
    ],
)
def test_amounts_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "CNY"), ("0.5", "JPY"), ("1.0001", "KWD"), ("NaN", "CNY"), ("Infinity", "CNY")]
)
def test_too_many_decimals_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(Invalid) as refused:
        minor_units(Decimal(amount), currency, "price", "amount")
    assert refused.value.field == ("price", "amount")
    assert str(refused.value) == f"{currency} has {exponent(currency)} decimals."


def test_the_largest_amount_is_the_limit() -> None:
    assert minor_units(Decimal(LARGEST_AMOUNT).scaleb(-2), "CNY") == LARGEST_AMOUNT
    with pytest.raises(Invalid, match="The amount is too large"):
        minor_units(Decimal(LARGEST_AMOUNT + 1).scaleb(-2), "CNY")


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(480_000, "CNY", "4800.00"), (7, "JPY", "7"), (1, "KWD", "0.001")]
)
def test_minor_units_are_written_with_the_currency_s_decimals(minor: int, currency: str, text: str) -> None:
    assert str(main_units(minor, currency)) == text
