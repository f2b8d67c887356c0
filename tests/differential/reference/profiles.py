"""A business profile as an argument: what is advised on, or why the operation is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.errors import DomainError, Refusals
from server.tenants.business import AddingPractice, BusinessType, Industry
from server.tenants.business_profile import BusinessProfile, Thresholds, default_thresholds
from server.tenants.documents import profile_of, thresholds_of
from server.tenants.service.profiles import check_business_profile
from server.terms import Locale
from tests.differential.reference.asking import Reading
from tests.differential.reference.texts import snake


class Misunderstood(Exception):
    """Why a profile cannot be advised on: (field path in the API's names, what is wrong) of each fault."""

    def __init__(self, *faults: tuple[list[str], str]) -> None:
        self.faults = faults


def understood(reading: Reading, given: Mapping[str, Any]) -> tuple[BusinessProfile, Thresholds]:
    """What the profile leaves out, the brand's own facts say. Raises Misunderstood."""
    tenant = reading.eyes.find("tenants", reading.asker.tenant_id)
    known = None if tenant is None else profile_of(tenant["profile"])
    facts = {snake(name): value for name, value in given.items()}
    for name in ("business_type", "industry"):
        facts[name] = facts.get(name) or (known and getattr(known, name))
        if facts[name] is None:
            needed = {"EN": "Say this to be advised.", "ZH": "须填写才能给出建议。"}
            raise Misunderstood((["profile", _camel(name)], needed[reading.asker.locale]))
    facts["business_type"], facts["industry"] = BusinessType(facts["business_type"]), Industry(facts["industry"])
    if facts.get("current_practice") is not None:
        facts["current_practice"] = AddingPractice(facts["current_practice"])
    amount = facts.pop("average_order_value", None)
    own = None if amount is None else amount.get("currency")
    if own is not None and known is not None and own != known.currency:
        wrong = {"EN": f"The brand's currency is {known.currency}.", "ZH": f"品牌货币为 {known.currency}。"}
        raise Misunderstood((["profile", "averageOrderValue", "currency"], wrong[reading.asker.locale]))
    currency = known.currency if known is not None else own or "CNY"
    profile = BusinessProfile(
        currency=currency, average_order_value=None if amount is None else amount["amount"], **facts
    )
    try:
        check_business_profile(profile, "profile")
    except DomainError as refused:
        faults = refused.refusals if isinstance(refused, Refusals) else (refused,)
        locale = Locale(reading.asker.locale)
        raise Misunderstood(*(([_camel(part) for part in one.field], one.message(locale)) for one in faults)) from None
    return profile, default_thresholds(currency) if tenant is None else thresholds_of(tenant["thresholds"])


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
