"""The sentences of the advice, as a manager reads them."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from server.tenants.advice_rules import REASONS, WARNINGS
from server.tenants.advice_terms import ReasonKey, Severity, WarningKey
from server.tenants.advice_texts import text
from server.tenants.business import OperatingModelKind
from server.tenants.operating_model import AdviceWarning, Figure, Reason
from server.terms import Locale

LARGE_ORDER = Reason(
    ReasonKey.LARGE_ORDER,
    OperatingModelKind.PER_ROLE,
    "average_order_value",
    (Figure("average_order_value", Decimal(4800), "CNY"), Figure("large_order", Decimal("3000.00"), "CNY")),
)


def test_amounts_are_written_alike_and_with_their_currency() -> None:
    assert text(LARGE_ORDER, Locale.EN) == (
        "Orders are large enough to deserve one-to-one service (average order 4,800.00 CNY is at least 3,000.00 CNY)."
    )
    assert text(LARGE_ORDER, Locale.ZH) == "客单价高，值得一对一（客单价 4,800.00 CNY，不低于 3,000.00 CNY）。"


def test_a_currency_without_cents_is_written_without() -> None:
    yen = Reason(
        ReasonKey.LARGE_ORDER,
        OperatingModelKind.PER_ROLE,
        "average_order_value",
        (Figure("average_order_value", Decimal(90000), "JPY"), Figure("large_order", Decimal(60000), "JPY")),
    )
    assert text(yen, Locale.ZH) == "客单价高，值得一对一（客单价 90,000 JPY，不低于 60,000 JPY）。"


def test_numbers_that_are_no_amounts_are_plain() -> None:
    orders = Reason(
        ReasonKey.SMALL_FREQUENT_ORDERS,
        OperatingModelKind.CENTRAL_OPS_GROUP,
        "average_order_value",
        (
            Figure("average_order_value", Decimal("48.5"), "CNY"),
            Figure("small_order", Decimal("500.00"), "CNY"),
            Figure("orders_per_year", Decimal("12.50")),
            Figure("frequent_orders_per_year", Decimal(6)),
        ),
    )
    assert text(orders, Locale.EN) == (
        "Small, frequent orders suit central operation (average order 48.50 CNY is below 500.00 CNY, "
        "orders per year 12.5, frequent from 6)."
    )
    group = AdviceWarning(
        WarningKey.GROUP_TOO_SMALL,
        Severity.HIGH,
        (
            Figure("expected_customers", Decimal(100000)),
            Figure("ops_team_size", Decimal(10)),
            Figure("friends_per_person", Decimal(5000)),
        ),
    )
    assert text(group, Locale.ZH) == "小组人手不足以承接（预计客户 100,000 人，小组 10 人，每人最多 5,000 位好友）。"


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("key", [*ReasonKey, *WarningKey])
def test_every_sentence_shows_all_its_figures(key: ReasonKey | WarningKey, locale: Locale) -> None:
    names = REASONS[key].figures if isinstance(key, ReasonKey) else WARNINGS[key].figures
    figures = tuple(Figure(name, Decimal(701 + number)) for number, name in enumerate(names))
    told: Reason | AdviceWarning = (
        Reason(key, OperatingModelKind.PER_ROLE, "business_type", figures)
        if isinstance(key, ReasonKey)
        else AdviceWarning(key, Severity.LOW, figures)
    )
    sentence = text(told, locale)
    assert sentence.startswith(key.label(locale))
    assert [int(number) for number in re.findall(r"\b70\d\b", sentence)] == [701 + at for at in range(len(names))]
