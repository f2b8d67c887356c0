"""What a brand says about its business, as input and as it was recorded; and where small ends and large begins."""

from decimal import Decimal

import strawberry

from server.errors import Invalid
from server.planner.declarations import value
from server.schema.scalars import Money, MoneyInput
from server.tenants import business_profile as domain
from server.tenants.business import AddingPractice, BusinessType, Industry
from server.tenants.business_profile import DEFAULT_CURRENCY, Thresholds


@strawberry.input(
    description="The facts an operating model is advised on 业务画像. What is left out is assumed or unknown."
)
class BusinessProfileInput:
    business_type: BusinessType | None = strawberry.field(
        default=None,
        description="To whom the brand sells 业务类型. Needed unless said beside the profile or known of the brand.",
    )
    industry: Industry | None = strawberry.field(
        default=None,
        description="Its trade 行业. Needed unless said beside the profile or known of the brand.",
    )
    average_order_value: MoneyInput | None = strawberry.field(
        default=None, description="Average amount of an order 客单价, in the brand's currency."
    )
    orders_per_year: Decimal | None = strawberry.field(
        default=None, description="Orders of one customer in a year 年均购买次数, at least 0."
    )
    decision_days: int | None = strawberry.field(
        default=None, description="Days from first contact to the decision 决策周期, 0 to 3650."
    )
    served_in_person: bool | None = strawberry.field(
        default=None, description="Whether a named member of staff serves the customer face to face 当面服务."
    )
    enquiry_needs_case_history: bool | None = strawberry.field(
        default=None, description="Whether whoever answers must know what happened before 咨询需要了解过往情况."
    )
    customer_facing_roles: int | None = strawberry.field(
        default=None, description="How many roles meet the customer 接触客户的角色数, 0 to 50."
    )
    prices_negotiated: bool | None = strawberry.field(
        default=None, description="Whether price or terms are negotiable 价格或条款可谈."
    )
    professional_advice: bool | None = strawberry.field(
        default=None, description="Whether licensed professional advice is part of the service 需持证专业意见."
    )
    store_count: int | None = strawberry.field(
        default=None, description="How many stores there are 门店数, at least 0."
    )
    staff_who_meet_customers: int | None = strawberry.field(
        default=None, description="How many people meet customers 一线员工数, at least 0."
    )
    ops_team_size: int | None = strawberry.field(
        default=None, description="How many people are in the ops group 运营小组人数, at least 0."
    )
    expected_customers: int | None = strawberry.field(
        default=None, description="How many customers are expected 预计客户数, at least 0."
    )
    current_practice: AddingPractice | None = strawberry.field(
        default=None, description="How customers are added today 现状."
    )


_AS_THEY_ARE = (
    "orders_per_year",
    "decision_days",
    "served_in_person",
    "enquiry_needs_case_history",
    "customer_facing_roles",
    "prices_negotiated",
    "professional_advice",
    "store_count",
    "staff_who_meet_customers",
    "ops_team_size",
    "expected_customers",
    "current_practice",
)


def business_profile(
    given: BusinessProfileInput | None,
    *field: str,
    business_type: BusinessType,
    industry: Industry,
    currency: str | None,
) -> domain.BusinessProfile:
    """The profile the domain knows, in `currency` (None: the amount's own, or else the default).

    Raises Invalid below `field` where the profile contradicts what is said beside it.
    """
    if given is None:
        return domain.BusinessProfile(
            business_type=business_type, industry=industry, currency=currency or DEFAULT_CURRENCY
        )
    for name, said in (("business_type", business_type), ("industry", industry)):
        if getattr(given, name) not in (None, said):
            raise Invalid(
                *field, name, why=f"Elsewhere it is {said.value}.", why_zh=f"与另一处的 {said.value} 不一致。"
            )
    amount = given.average_order_value
    own = None if amount is None else amount.currency
    if own is not None and currency is not None and own != currency:
        raise Invalid(
            *field,
            "average_order_value",
            "currency",
            why=f"The brand's currency is {currency}.",
            why_zh=f"品牌货币为 {currency}。",
        )
    return domain.BusinessProfile(
        business_type=business_type,
        industry=industry,
        currency=currency or own or DEFAULT_CURRENCY,
        average_order_value=None if amount is None else amount.amount,
        **{name: getattr(given, name) for name in _AS_THEY_ARE},
    )


def _amount(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency)  # type: ignore[arg-type]  # a checked code


@strawberry.type(description="The facts a brand gave about its business 业务画像. Null: not given.")
class BusinessProfile:
    business_type: BusinessType = value(description="To whom the brand sells 业务类型.")
    industry: Industry = value(description="Its trade 行业.")
    average_order_value: Money | None = value(
        get=lambda profile, call: _amount(profile.average_order_value, profile.currency),
        description="Average amount of an order 客单价.",
    )
    orders_per_year: Decimal | None = value(description="Orders of one customer in a year 年均购买次数.")
    decision_days: int | None = value(description="Days from first contact to the decision 决策周期.")
    served_in_person: bool | None = value(description="Whether a named member of staff serves face to face 当面服务.")
    enquiry_needs_case_history: bool | None = value(
        description="Whether whoever answers must know what happened before 咨询需要了解过往情况."
    )
    customer_facing_roles: int | None = value(description="How many roles meet the customer 接触客户的角色数.")
    prices_negotiated: bool | None = value(description="Whether price or terms are negotiable 价格或条款可谈.")
    professional_advice: bool | None = value(
        description="Whether licensed professional advice is part of the service 需持证专业意见."
    )
    store_count: int | None = value(description="How many stores there are 门店数.")
    staff_who_meet_customers: int | None = value(description="How many people meet customers 一线员工数.")
    ops_team_size: int | None = value(description="How many people are in the ops group 运营小组人数.")
    expected_customers: int | None = value(description="How many customers are expected 预计客户数.")
    current_practice: AddingPractice | None = value(description="How customers were added before 现状.")


@strawberry.type(description="Where small ends and large begins for this brand, for the advice 阈值.")
class AdviceThresholds:
    small_order: Money | None = value(
        get=lambda thresholds, call: _amount(thresholds.small_order, thresholds.currency),
        description="An average order below this is small; null where nobody has set it, and then none is.",
    )
    large_order: Money | None = value(
        get=lambda thresholds, call: _amount(thresholds.large_order, thresholds.currency),
        description="An average order from this on is large; null where nobody has set it, and then none is.",
    )
    frequent_orders_per_year: int = value(description="From so many orders a year on a customer buys often.")
    many_roles: int = value(description="From so many customer-facing roles on there are many.")
    friends_per_person: int = value(description="How many friends one member of an ops group can take care of.")


@strawberry.input(description="Where small ends and large begins for this brand. All thresholds at once.")
class AdviceThresholdsInput:
    small_order: Decimal | None = strawberry.field(
        default=None, description="In the brand's currency; null: no order counts as small."
    )
    large_order: Decimal | None = strawberry.field(
        default=None, description="In the brand's currency; null: no order counts as large."
    )
    frequent_orders_per_year: int = strawberry.field(default=6, description="Orders a year, at least 1.")
    many_roles: int = strawberry.field(default=3, description="Customer-facing roles, at least 1.")
    friends_per_person: int = strawberry.field(default=5000, description="Friends of one person, at least 1.")


def thresholds(given: AdviceThresholdsInput, currency: str) -> Thresholds:
    return Thresholds(
        currency=currency,
        small_order=given.small_order,
        large_order=given.large_order,
        frequent_orders_per_year=given.frequent_orders_per_year,
        many_roles=given.many_roles,
        friends_per_person=given.friends_per_person,
    )
