"""Who serves a customer, and what the operating model makes of it, worked out from whole tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from tests.differential.data import Eyes, Row
from tests.differential.reference.asking import Reading


class Serving(NamedTuple):
    """One live friendship in one capacity it is held in (none: `held` is None)."""

    friendship: Row
    staff: Row
    held: Row | None

    @property
    def from_at(self) -> datetime:
        moment: datetime = self.friendship["since"] if self.held is None else self.held["from_at"]
        return moment

    @property
    def unit(self) -> tuple[UUID | None, UUID | None] | None:
        return None if self.held is None else (self.held["group_id"], self.held["role_id"])

    @property
    def works_here(self) -> bool:
        return self.staff["left_at"] is None


def serving(eyes: Eyes, customer_id: UUID) -> list[Serving]:
    """In the order in which they began."""
    found = []
    for friendship in eyes.about("relationships", customer_id, ended_at=None):
        staff = eyes.find("staff_members", friendship["staff_id"])
        assert staff is not None
        held: list[Row | None] = [*eyes.where("relationship_roles", relationship_id=friendship["id"], until_at=None)]
        found += [Serving(friendship, staff, one) for one in held or [None]]
    return sorted(
        found,
        key=lambda one: (
            one.friendship["since"],
            one.friendship["id"],
            one.from_at,
            UUID(int=0) if one.held is None else one.held["id"],
        ),
    )


def cover(eyes: Eyes, staff_id: UUID) -> UUID | None:
    """Who stands in for the person now, or for whoever stands in, where that person is off as well."""
    first = _named_cover(eyes, staff_id)
    if first is None or not _absences_now(eyes, first):
        return first
    second = _named_cover(eyes, first)
    return None if second is None or _absences_now(eyes, second) else second


def _absences_now(eyes: Eyes, staff_id: UUID) -> list[Row]:
    now = datetime.now(UTC)
    return [
        one
        for one in eyes.where("absences", staff_id=staff_id)
        if one["from_at"] <= now and (one["until_at"] is None or one["until_at"] > now)
    ]


def _named_cover(eyes: Eyes, staff_id: UUID) -> UUID | None:
    """Of several absences the latest begun, where its cover still works here."""
    lasting = [one for one in _absences_now(eyes, staff_id) if one["cover_id"] is not None]
    covers = [(one, eyes.find("staff_members", one["cover_id"])) for one in lasting]
    here = [one for one, person in covers if person is not None and person["left_at"] is None]
    latest = max(here, key=lambda one: (one["from_at"], one["id"]), default=None)
    return None if latest is None else latest["cover_id"]


def persona_name(reading: Reading, one: Serving, locale: str) -> str:
    name: str = one.staff["name"]
    if one.held is None:
        return name
    column = "group_id" if one.held["role_id"] is None else "role_id"
    faces = reading.eyes.where("personas", **{column: one.held[column]}, retired_at=None)
    if not faces:
        return name
    face = min(faces, key=lambda row: (row["recorded_at"], row["id"]))
    pattern: str = face[f"name_{locale.lower()}"]
    return pattern.replace("{staff}", name)


def _adds(eyes: Eyes, one: Serving) -> bool:
    assert one.held is not None
    role, group = (
        eyes.find("service_roles", one.held["role_id"]),
        eyes.find("ops_groups", one.held["group_id"]),
    )
    if role is not None:
        return bool(role["adds"] and not role["dormant"] and role["retired_at"] is None)
    return bool(group is not None and group["adds"] and group["retired_at"] is None)


def standing(eyes: Eyes, relationship: Row) -> str | None:
    """LEGITIMATE where it is the first friendship in a role that adds, ORPHAN where its person left or
    every role it is held in is retired or asleep, else REDUNDANT."""
    everybody = sorted(serving(eyes, relationship["customer_id"]), key=lambda one: (one.from_at, one.friendship["id"]))
    own = [one for one in everybody if one.friendship["id"] == relationship["id"]]
    if not own:
        return None
    if not own[0].works_here:
        return "ORPHAN"
    for one in own:
        if one.unit is None or not _adds(eyes, one):
            continue
        first = next(other for other in everybody if other.unit == one.unit and other.works_here)
        if first.friendship["id"] == relationship["id"]:
            return "LEGITIMATE"
    if all(one.unit is not None and not _serves(eyes, one) for one in own):
        return "ORPHAN"
    return "REDUNDANT"


def _serves(eyes: Eyes, one: Serving) -> bool:
    assert one.held is not None
    role = eyes.find("service_roles", one.held["role_id"])
    if role is not None:
        return not role["dormant"] and role["retired_at"] is None
    group = eyes.find("ops_groups", one.held["group_id"])
    return group is not None and group["retired_at"] is None


def cleared_for(eyes: Eyes, staff_id: UUID) -> set[str]:
    """The kinds of sensitive notes a person may read by where they are placed now."""
    kinds: set[str] = set()
    for placement in eyes.where("placements", staff_id=staff_id, until_at=None):
        role, group = (
            eyes.find("service_roles", placement["role_id"]),
            eyes.find("ops_groups", placement["group_id"]),
        )
        unit: Any = role or group
        kinds |= set(unit["cleared_for"])
    return kinds


def is_withheld(reading: Reading, note: Row) -> bool:
    asker = reading.asker
    if not note["sensitive"] or "NOTE_READ_SENSITIVE" in asker.permissions:
        return False
    if asker.staff_id is None:
        return True
    return note["staff_id"] != asker.staff_id and note["kind"] not in cleared_for(reading.eyes, asker.staff_id)


def whom_to_ask(reading: Reading, note: Row) -> list[UUID]:
    if not is_withheld(reading, note):
        return []
    team = [one.staff["id"] for one in serving(reading.eyes, note["customer_id"]) if one.works_here]
    return [id for id in dict.fromkeys(team) if note["kind"] in cleared_for(reading.eyes, id)]
