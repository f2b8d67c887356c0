"""Whether a customer welcomes a contact: the facts from whole tables, judged by the same rules, which have tests of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType
from server.touchpoints.attention.facts import Contact, Facts, Spend, Verdict
from server.touchpoints.attention.policies import PolicyInForce, default_policy
from server.touchpoints.attention.quiet_hours import LOOK_AHEAD_DAYS, zone_of
from server.touchpoints.attention.rules import VISIT_PURPOSES, judge
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome
from tests.differential.data import Eyes, Row
from tests.differential.reference.asking import Reading

MEMORY = timedelta(days=180)


def policy(reading: Reading, given: Mapping[str, Any]) -> PolicyInForce:
    """No brand of these tests has said anything."""
    [tenant] = reading.eyes.all("tenants")
    return default_policy(BusinessType(tenant["business_type"]))


def verdict(reading: Reading, row: Row, given: Mapping[str, Any]) -> Verdict:
    purpose, medium = Purpose(given["purpose"]), Medium(given["medium"])
    return judge(_facts(reading, row, purpose, medium), Contact(purpose, medium, is_planned=True), datetime.now(UTC))


def _facts(reading: Reading, row: Row, purpose: Purpose, medium: Medium) -> Facts:
    eyes, now = reading.eyes, datetime.now(UTC)
    [tenant] = eyes.all("tenants")
    weighs = medium.traits.unit > 0
    about = {"customer_id": row["id"]}
    contacts = [one for one in eyes.where("touchpoints", **about) if weighs and one["occurred_at"] > now - MEMORY]
    heard = [one for one in contacts if one["direction"] == "INBOUND"]
    spends = _spends(contacts, eyes.where("contact_reservations", **about) if weighs else [], now)
    heard_at = max((one["occurred_at"] for one in heard), default=None)
    asked = [one["occurred_at"] for one in heard if one["purpose"] == purpose and one["occurred_at"] <= now]
    owner, unit, outside = _acting(eyes, reading.asker.staff_id, row["id"], purpose, now)
    personalised = _consent(eyes, row, "PERSONALISED_MARKETING")
    needs = eyes.where("customer_needs", **about)
    tagged = bool(eyes.where("customer_tags", **about))
    friends = eyes.where("relationships", **about)
    visits = [
        one["starts_at"]
        for one in eyes.where("appointments", settled_at=None, **about)
        if one["starts_at"] > now and purpose in VISIT_PURPOSES
    ]
    return Facts(
        policy=policy(reading, {}),
        zone=zone_of(row["timezone"], tenant["timezone"]),
        is_company=row["kind"] == "COMPANY",
        opted_out=any(
            one["purpose"] in (None, purpose) and one["medium"] in (None, medium) and one["recorded_at"] <= now
            for one in eyes.where("contact_preferences", **about)
        ),
        has_consent=_consent(eyes, row, "MARKETING") is True,
        erased_or_blocked=row["erased_at"] is not None
        or (
            any(one["state"] == "REMOVED_BY_CUSTOMER" for one in friends)
            and all(one["ended_at"] is not None for one in friends)
        )
        or any(one.outcome is Outcome.BLOCKED and (heard_at is None or one.at > heard_at) for one in spends),
        out_of_boundary=outside,
        is_relevant=any(one["stated"] for one in needs) if personalised is False else bool(needs) or tagged,
        enquired_at=max(asked, default=None),
        heard_at=heard_at,
        visit_due=(reading.asker.staff_id is None or purpose.shared or (unit is not None and unit == owner))
        and any(at - now <= timedelta(hours=48) for at in visits),
        spends=tuple(spends),
        closed=frozenset(
            one["day"] for one in eyes.all("closed_days") if abs((one["day"] - now.date()).days) <= LOOK_AHEAD_DAYS + 1
        ),
    )


def _spends(contacts: list[Row], reservations: list[Row], now: datetime) -> list[Spend]:
    spends = []
    for one in contacts:
        medium, purpose, units = Medium(one["medium"]), Purpose(one["purpose"]), one["attention_units"]
        if units is None:
            units = 0 if purpose.purpose_class is PurposeClass.LEGAL else medium.traits.unit
        if one["direction"] == "OUTBOUND" and units > 0:
            spends.append(
                Spend(
                    one["occurred_at"], purpose, medium, units, Outcome(one["outcome"]), one["staff_id"],
                    one["contact_id"], touchpoint_id=one["id"],
                )
            )  # fmt: skip
    spends += [
        Spend(
            one["reserved_at"], Purpose(one["purpose"]), Medium(one["medium"]), one["units"],
            staff_id=one["staff_id"], person_id=one["contact_id"], reservation_id=one["id"], until=one["expires_at"],
        )
        for one in reservations
        if one["state"] == "RESERVED" and one["expires_at"] > now and one["units"] > 0
    ]  # fmt: skip
    return spends


def _consent(eyes: Eyes, row: Row, scope: str) -> bool | None:
    said = eyes.where("consents", customer_id=row["id"], scope=scope)
    newest = max(said, key=lambda one: (one["occurred_at"], one["id"]), default=None)
    return None if newest is None else newest["granted"]


_Unit = tuple[UUID | None, UUID | None]


def _acting(
    eyes: Eyes, staff_id: UUID | None, customer_id: UUID, purpose: Purpose, now: datetime
) -> tuple[_Unit | None, _Unit | None, bool]:
    """The owner of the purpose, in what the staff member acts, and whether the purpose lies outside of it."""
    if staff_id is None or purpose.shared:
        return None, None, False
    versions = [one for one in eyes.all("operating_models") if _lasts(one, "since", "until", now)]
    version = max(versions, key=lambda one: one["number"], default=None)
    if version is None:
        return None, None, False
    lines = eyes.where("role_purposes", operating_model_id=version["id"], purpose=purpose.value)
    owner = next(((one["group_id"], one["role_id"]) for one in lines if one["mode"] == "OWNS"), None)
    friendships = [one["id"] for one in eyes.where("relationships", customer_id=customer_id, staff_id=staff_id)]
    held = [
        (0, one)
        for one in eyes.all("relationship_roles")
        if one["relationship_id"] in friendships and _lasts(one, "from_at", "until_at", now)
    ]
    held += [(1, one) for one in eyes.where("placements", staff_id=staff_id) if _lasts(one, "from_at", "until_at", now)]
    if not held:
        return owner, None, False

    def fits(one: Row) -> bool:
        return any(
            (line["role_id"] is not None and line["role_id"] == one["role_id"])
            or (line["group_id"] is not None and line["group_id"] == one["group_id"])
            for line in lines
        )

    newest_first = sorted(held, key=lambda pair: (pair[1]["from_at"], pair[1]["id"]), reverse=True)
    _, best = min(newest_first, key=lambda pair: (not fits(pair[1]), pair[0]))
    return owner, (best["group_id"], best["role_id"]), not fits(best)


def _lasts(row: Row, since: str, until: str, now: datetime) -> bool:
    return bool(row[since] <= now and (row[until] is None or row[until] > now))


def _override(by: str) -> Any:
    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        found = reading.eyes.where("attention_overrides", **{by: row["id"]})
        return next(iter(reading.things("AttentionOverride", found)), None)

    return read


FIELDS: Mapping[tuple[str, str], Any] = {
    ("ContactReservation", "attentionOverride"): _override("reservation_id"),
    ("Customer", "attention"): verdict,
    ("Touchpoint", "attentionOverride"): _override("touchpoint_id"),
}
