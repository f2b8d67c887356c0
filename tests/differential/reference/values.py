"""Fields of values: what is no row, but an object of the trade (advice, templates, terms) or part of one.

`VALUES` says, type by type, how a field is had from the object its parent produced; a field that is not there is the
attribute or key of its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from server.lifecycles import fit_texts
from server.lifecycles.fit_rules import MIN_SAMPLE
from server.operations.advice_record import reasons_of, warnings_of
from server.operations.purposes import PurposeClass
from server.tenants import advice_texts
from server.tenants.documents import profile_of, thresholds_of
from server.terms import Locale
from server.touchpoints.attention import texts as attention_texts
from server.touchpoints.attention_policies import QuietDay
from tests.differential.data import Row
from tests.differential.reference import scorecards, texts
from tests.differential.reference.asking import Reading
from tests.differential.reference.fields import Field, language
from tests.differential.reference.texts import snake

ValueField = Callable[[Reading, Any, Mapping[str, Any]], Any]


def _attribute(name: str) -> ValueField:
    return lambda reading, thing, given: getattr(thing, name)


def _told(reading: Reading, thing: Any, given: Mapping[str, Any]) -> str:
    return advice_texts.text(thing, Locale(reading.asker.locale))


def _in_words(name: str | None = None) -> ValueField:
    def read(reading: Reading, thing: Any, given: Mapping[str, Any]) -> str:
        wording = thing if name is None else getattr(thing, name)
        text: str = wording.zh if language(reading, given) == "ZH" else wording.en
        return text

    return read


def _amount(name: str) -> ValueField:
    def read(reading: Reading, thing: Any, given: Mapping[str, Any]) -> Any:
        amount: Decimal | None = getattr(thing, name)
        return None if amount is None else {"amount": str(amount), "currency": thing.currency}

    return read


def _notice(reading: Reading, thing: Any, given: Mapping[str, Any]) -> str:
    text: str = thing.zh if reading.asker.locale == "ZH" else thing.meaning
    return text


def _move_cursor(move: Any) -> str:
    return texts.global_id("Relationship", move.friendship.id)


def _moves_info(reading: Reading, thing: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    cursors = [_move_cursor(move) for move in thing.moves]
    return {
        "hasNextPage": thing.more,
        "hasPreviousPage": thing.paged,
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
    }


def _in_policy(part: str, name: str) -> ValueField:
    return lambda reading, thing, given: getattr(getattr(thing, part), snake(name))


def _budgets(budgets: Mapping[Any, Any], called: str) -> list[dict[str, Any]]:
    """In the order of the terms."""
    terms = type(next(iter(budgets)))
    return [
        {
            called: term,
            "max": budgets[term].max,
            "gapHours": budgets[term].gap_hours,
            "windowDays": getattr(budgets[term], "window_days", None),
        }
        for term in terms
        if term in budgets
    ]


_GROUP = "ops_group"

VALUES: Mapping[tuple[str, str], ValueField] = {
    ("AdviceReason", "code"): _attribute("key"),
    ("AdviceReason", "message"): _told,
    ("AdviceThresholds", "largeOrder"): _amount("large_order"),
    ("AdviceThresholds", "smallOrder"): _amount("small_order"),
    ("AdviceWarning", "code"): _attribute("key"),
    ("AdviceWarning", "message"): _told,
    ("AttentionFinding", "label"): lambda reading, thing, given: thing.code.label(Locale(reading.asker.locale)),
    ("AttentionFinding", "message"): lambda reading, thing, given: attention_texts.of_finding(
        thing, Locale(reading.asker.locale)
    ),
    **{
        ("AttentionPolicy", name): _in_policy(part, name)
        for part, names in {
            "budget": ("windowDays", "total", "minGapHours", "quietHours", "companyTotal"),
            "common": (
                "replyWindowHours",
                "appointmentExemptHours",
                "reservationMinutes",
                "ignoredAfterHours",
                "backOff",
                "baitUnitMultiplier",
            ),
        }.items()
        for name in names
    },
    ("AttentionPolicy", "byClass"): lambda reading, thing, given: _budgets(thing.budget.by_class, "purposeClass"),
    ("AttentionPolicy", "byPurpose"): lambda reading, thing, given: _budgets(thing.budget.by_purpose, "purpose"),
    ("AttentionPolicy", "outsideTotal"): lambda reading, thing, given: [
        one for one in PurposeClass if one in thing.budget.outside_total
    ],
    ("AttentionQuietHours", "also"): lambda reading, thing, given: [one for one in QuietDay if one in thing.also],
    ("AttentionQuietHours", "end"): lambda reading, thing, given: f"{thing.end:%H:%M}",
    ("AttentionQuietHours", "start"): lambda reading, thing, given: f"{thing.start:%H:%M}",
    ("AttentionSpend", "reservation"): lambda reading, thing, given: reading.thing(
        "ContactReservation", thing.reservation_id
    ),
    ("AttentionSpend", "staff"): lambda reading, thing, given: reading.thing("StaffMember", thing.staff_id),
    ("AttentionSpend", "touchpoint"): lambda reading, thing, given: reading.thing("Touchpoint", thing.touchpoint_id),
    ("AttentionVerdict", "reasons"): _attribute("findings"),
    ("AttentionVerdict", "spentBy"): _attribute("spent"),
    ("BusinessProfile", "averageOrderValue"): _amount("average_order_value"),
    ("FitFigure", "code"): _attribute("key"),
    ("FitFigure", "label"): lambda reading, thing, given: _in_words()(reading, thing.key, given),
    ("FitReason", "code"): _attribute("key"),
    ("FitReason", "figures"): lambda reading, thing, given: [thing],
    ("FitReason", "message"): lambda reading, thing, given: fit_texts.reason(thing, Locale(reading.asker.locale)),
    ("OperatingModelFit", "message"): lambda reading, thing, given: fit_texts.conclusion(
        thing, Locale(reading.asker.locale)
    ),
    ("OperatingModelFit", "minSample"): lambda reading, thing, given: MIN_SAMPLE,
    ("OperatingModelFit", "since"): lambda reading, thing, given: thing.period.since,
    ("OperatingModelFit", "until"): lambda reading, thing, given: thing.period.until,
    ("OperatingModelTemplate", "conversions"): lambda reading, thing, given: list(thing.conversions.items()),
    ("OperatingModelTemplate", "groups"): lambda reading, thing, given: [r for r in thing.roles if r.key == _GROUP],
    ("OperatingModelTemplate", "journey"): _attribute("stages"),
    ("OperatingModelTemplate", "roles"): lambda reading, thing, given: [r for r in thing.roles if r.key != _GROUP],
    ("OperatingModelChangePlan", "moves"): lambda reading, thing, given: thing,
    ("OperatingModelChangePlan", "platformLimits"): _attribute("limits"),
    ("PlannedPassing", "customer"): lambda reading, thing, given: reading.thing(
        "Customer", thing.friendship.customer_id
    ),
    ("PlannedPassing", "fromKey"): lambda reading, thing, given: thing.friendship.unit,
    ("PlannedPassing", "relationship"): lambda reading, thing, given: reading.thing(
        "Relationship", thing.friendship.id
    ),
    ("PlannedPassing", "staff"): lambda reading, thing, given: reading.thing("StaffMember", thing.friendship.staff_id),
    ("PlannedPassing", "store"): lambda reading, thing, given: reading.thing("Store", thing.store_id),
    ("PlannedPassing", "toKey"): _attribute("unit"),
    ("PlannedPassingConnection", "edges"): _attribute("moves"),
    ("PlannedPassingConnection", "nodes"): _attribute("moves"),
    ("PlannedPassingConnection", "pageInfo"): _moves_info,
    ("PlannedPassingEdge", "cursor"): lambda reading, thing, given: _move_cursor(thing),
    ("PlannedPassingEdge", "node"): lambda reading, thing, given: thing,
    ("RoleDuplicates", "key"): _attribute("unit"),
    ("RolePassage", "fromKey"): _attribute("from_unit"),
    ("RolePassage", "toKey"): _attribute("to_unit"),
    ("StaffingGap", "key"): _attribute("unit"),
    ("StaffingGap", "store"): lambda reading, thing, given: reading.thing("Store", thing.store_id),
    ("MetricFigure", "facts"): scorecards.facts_of,
    ("MetricFigure", "label"): lambda reading, thing, given: _in_words()(reading, thing["_label"], given),
    ("TemplateConversion", "days"): lambda reading, thing, given: thing[1].days,
    ("TemplateConversion", "fromStage"): lambda reading, thing, given: thing[1].from_stage,
    ("TemplateConversion", "metric"): lambda reading, thing, given: thing[0],
    ("TemplateConversion", "toStage"): lambda reading, thing, given: thing[1].to_stage,
    ("TemplateNotice", "code"): lambda reading, thing, given: thing,
    ("TemplateNotice", "message"): _notice,
    ("TemplateRole", "label"): _in_words(),
    ("TemplateRole", "persona"): _in_words("persona"),
    ("TemplateRole", "position"): _in_words("position"),
    ("TemplateRole", "promise"): _in_words("promise"),
    ("TemplateStage", "label"): _in_words(),
}


def value_field(reading: Reading, type_name: str, thing: Any, field: str, given: Mapping[str, Any]) -> Any:
    found = VALUES.get((type_name, field))
    if found is not None:
        return found(reading, thing, given)
    return thing[field] if isinstance(thing, dict) else getattr(thing, snake(field))


def _reasons(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    return reasons_of(row["reasons"])


def _warnings(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    return warnings_of(row["warnings"])


def _profile(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    return profile_of(row["profile"])


def _thresholds(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
    return thresholds_of(row["thresholds"])


OBJECTS: Mapping[tuple[str, str], Field] = {
    ("OperatingModel", "reasons"): _reasons,
    ("OperatingModel", "warnings"): _warnings,
    ("OperatingModelChange", "totalsAfter"): lambda reading, row, given: row["totals_after"],
    ("OperatingModelChange", "totalsBefore"): lambda reading, row, given: row["totals_before"],
    ("Tenant", "profile"): _profile,
    ("Tenant", "thresholds"): _thresholds,
}
"""Fields of rows that are objects of the trade, kept as documents."""
