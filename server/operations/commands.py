"""What acts of operations are given. A field left out leaves what is there; one given as None empties it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from server.commands import Command, Key, LongText, Moment, Name, ShortText
from server.operations.assignment_terms import AssignmentMethod
from server.operations.channel_kinds import ChannelKind
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.store_kinds import StoreKind
from server.tenants.commands import ExternalRefs, OpeningHours, TimeZone

Position = Annotated[Name, StringConstraints(max_length=32)]
"""WeCom shows no more than 32 characters."""

ChannelCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
Tag = Annotated[Name, StringConstraints(max_length=64)]
Days = Annotated[int, Field(ge=1, le=3650)]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]
"""Of friends, or of adds a day: nobody takes none at all."""

WeeklyHours = Annotated[tuple[OpeningHours, ...], Field(max_length=70)]
ABSENCES_AT_MOST = 50


class DefineStore(Command):
    key: Key
    name: Name | None = None
    kind: StoreKind | None = None
    parent_id: UUID | None = None
    address: ShortText | None = None
    timezone: TimeZone | None = None
    external_refs: ExternalRefs = ()
    expected_version: int | None = None


class DefineUnit(Command):
    """An ops group or a service role."""

    key: Key
    label_en: Name | None = None
    label_zh: Name | None = None
    headline_metric: Metric | None = None
    also: tuple[Metric, ...] | None = None
    owns: tuple[Purpose, ...] | None = None
    may: tuple[Purpose, ...] | None = None
    not_used: tuple[Purpose, ...] = ()
    cleared_for: tuple[Key, ...] | None = None
    retired: bool | None = None
    expected_version: int | None = None


class DefinePersona(Command):
    key: Key
    group_id: UUID | None = None
    role_id: UUID | None = None
    name_en: Name | None = None
    name_zh: Name | None = None
    position_en: Position | None = None
    position_zh: Position | None = None
    promise_en: ShortText | None = None
    promise_zh: ShortText | None = None
    retired: bool | None = None
    expected_version: int | None = None


class JourneyStage(Command):
    """One stage of a journey. A new one needs label, owner and metric; what is left out of another one stays."""

    key: Key
    label_en: Name | None = None
    label_zh: Name | None = None
    owner_key: Key | None = None
    metric: Metric | None = None
    adds: bool | None = None
    due_days: Days | None = None


class UnitBoundary(Command):
    """The whole boundary of one group or role."""

    key: Key
    owns: tuple[Purpose, ...] = ()
    may: tuple[Purpose, ...] = ()


class Conversion(Command):
    metric: Metric
    from_stage: Key
    to_stage: Key
    days: Days


class DefineJourney(Command):
    """The whole journey in order: stages left out are retired. Boundaries and conversions not named stay."""

    stages: tuple[JourneyStage, ...]
    boundaries: tuple[UnitBoundary, ...] = ()
    not_used: tuple[Purpose, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    expected_revision: int | None = None


class SetTarget(Command):
    metric: Metric
    group_id: UUID | None = None
    role_id: UUID | None = None
    store_id: UUID | None = None
    basis_points: Annotated[int, Field(ge=0, le=10_000)]


class AssignServiceRole(Command):
    staff_id: UUID
    group_id: UUID | None = None
    role_id: UUID | None = None
    store_id: UUID | None = None


class CreateChannel(Command):
    name: Name
    kind: ChannelKind
    code: ChannelCode | None = None
    store_id: UUID | None = None
    group_id: UUID | None = None
    role_id: UUID | None = None
    campaign: Name | None = None
    welcome: LongText | None = None
    auto_tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    hours: WeeklyHours = ()
    external_refs: ExternalRefs = ()


class SetChannelHours(Command):
    """Replaces what was said before; none means always."""

    channel_id: UUID
    hours: WeeklyHours
    expected_version: int | None = None


class SetAssignmentRule(Command):
    """Of one group or role. What is left out of a rule that exists stays; None takes a limit or the backup away."""

    group_id: UUID | None = None
    role_id: UUID | None = None
    method: AssignmentMethod | None = None
    capacity: Limit | None = None
    daily_limit: Limit | None = None
    backup_group_id: UUID | None = None
    expected_version: int | None = None


class SetWorkload(Command):
    """What one person takes and when they work. What is left out stays; None takes a limit away."""

    staff_id: UUID
    capacity: Limit | None = None
    daily_limit: Limit | None = None
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    shifts: WeeklyHours | None = None
    expected_version: int | None = None


class Off(Command):
    """Off from–to; without an end, until further notice."""

    since: Moment
    until: Moment | None = None
    cover_id: UUID | None = None


class SetAvailability(Command):
    """Replaces whatever absence of the person is not over yet; none means they are there."""

    staff_id: UUID
    off: Annotated[tuple[Off, ...], Field(max_length=ABSENCES_AT_MOST)] = ()
