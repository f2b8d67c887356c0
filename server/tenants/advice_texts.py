"""The sentence a manager reads for a reason or a warning, with its figures, in English or Chinese.

Pure. The statement comes from the term; the templates here only add the numbers that made it true.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from server.tenants.advice_terms import ReasonKey, WarningKey
from server.tenants.operating_model import AdviceWarning, Figure, Reason
from server.terms import Locale

# What the numbers say, by key, in English and Chinese. Terms without figures have no entry.
_PROOF: Mapping[ReasonKey | WarningKey, tuple[str, str]] = MappingProxyType(
    {
        ReasonKey.MANY_ROLES: (
            "customer-facing roles: {customer_facing_roles}, many from {many_roles}",
            "接触客户的角色 {customer_facing_roles} 个，达到 {many_roles} 个",
        ),
        ReasonKey.LONG_DECISION: (
            "decision takes {decision_days} days, long from {long_decision_days}",
            "决策周期 {decision_days} 天，达到 {long_decision_days} 天",
        ),
        ReasonKey.LARGE_ORDER: (
            "average order {average_order_value} is at least {large_order}",
            "客单价 {average_order_value}，不低于 {large_order}",
        ),
        ReasonKey.SMALL_FREQUENT_ORDERS: (
            (
                "average order {average_order_value} is below {small_order}, "
                "orders per year {orders_per_year}, frequent from {frequent_orders_per_year}"
            ),
            (
                "客单价 {average_order_value}，低于 {small_order}；"
                "年均购买 {orders_per_year} 次，达到 {frequent_orders_per_year} 次"
            ),
        ),
        WarningKey.CONFLICTING_QUOTES: (
            "customer-facing roles: {customer_facing_roles}",
            "接触客户的角色 {customer_facing_roles} 个",
        ),
        WarningKey.DUPLICATE_FRIENDS: (
            "customer-facing roles: {customer_facing_roles}, many from {many_roles}",
            "接触客户的角色 {customer_facing_roles} 个，达到 {many_roles} 个",
        ),
        WarningKey.GROUP_TOO_SMALL: (
            (
                "expected customers: {expected_customers}, group members: {ops_team_size}, "
                "friends per person at most {friends_per_person}"
            ),
            "预计客户 {expected_customers} 人，小组 {ops_team_size} 人，每人最多 {friends_per_person} 位好友",
        ),
        WarningKey.TOO_FEW_FRONTLINE: (
            "staff who meet customers: {staff_who_meet_customers}, customer-facing roles: {customer_facing_roles}",
            "一线员工 {staff_who_meet_customers} 人，接触客户的角色 {customer_facing_roles} 个",
        ),
        WarningKey.STORES_WITHOUT_STAFF: (
            "stores: {store_count}, staff who meet customers: {staff_who_meet_customers}",
            "门店 {store_count} 家，一线员工 {staff_who_meet_customers} 人",
        ),
    }
)


def text(told: Reason | AdviceWarning, locale: Locale) -> str:
    """The statement, followed by its figures where it has any."""
    statement = told.key.label(locale)
    proof = _PROOF.get(told.key)
    if proof is None:
        return f"{statement}。" if locale is Locale.ZH else f"{statement}."
    numbers = _written(told.figures)
    if locale is Locale.ZH:
        return f"{statement}（{proof[1].format(**numbers)}）。"
    return f"{statement} ({proof[0].format(**numbers)})."


def _written(figures: tuple[Figure, ...]) -> dict[str, str]:
    """Amounts that are compared are written with the same number of decimals, so 4800 beside 3000.00 is 4,800.00."""
    places = max((_decimals(figure.value) for figure in figures if figure.currency), default=0)
    return {
        figure.name: f"{figure.value:,.{places}f} {figure.currency}" if figure.currency else _plain(figure.value)
        for figure in figures
    }


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _plain(value: Decimal) -> str:
    """Thousands separated, without trailing zeros: 12.50 orders a year are 12.5."""
    written = f"{value:,f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
