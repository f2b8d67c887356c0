"""What is asked about a tenant, its staff and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import Executable, select

from server.db.statements import table_of
from server.db.work import Work
from server.tenants import tables
from server.tenants.business_profile import BusinessProfile, Thresholds
from server.tenants.documents import profile_of, thresholds_of
from server.tenants.errors import StaffMemberLeft
from server.tenants.glossary import OwnLabel

_tenants = table_of(tables.Tenant).c
_hours = table_of(tables.BusinessHours).c
_closed = table_of(tables.ClosedDay).c
_labels = table_of(tables.TermLabel).c


class TenantStatements(Protocol):
    """A unit of work or a reader: statements, and the tenant they are about."""

    @property
    def tenant_id(self) -> UUID: ...
    async def fetch(self, statement: Executable, /) -> list[asyncpg.Record]: ...
    async def fetch_one(self, statement: Executable, /) -> asyncpg.Record | None: ...


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When the brand is open, in its own time zone: intervals of minutes after midnight by weekday (Monday is 1).

    Without any opening hours nothing was said, and every hour counts as open except on closed days.
    """

    zone: ZoneInfo
    hours: dict[int, tuple[tuple[int, int], ...]]
    closed_days: frozenset[date]


@dataclass(frozen=True, slots=True)
class BusinessFacts:
    """A tenant's profile and thresholds."""

    profile: BusinessProfile
    thresholds: Thresholds


async def tenant(work: Work, *, lock: bool = False) -> tables.Tenant:
    """The tenant this unit of work is bound to."""
    return await work.require(tables.Tenant, work.tenant_id, lock=lock)


async def time_zone(statements: TenantStatements) -> ZoneInfo:
    """The zone in which the brand's days, weeks and months are counted."""
    row = await statements.fetch_one(select(_tenants.timezone).where(_tenants.tenant_id == statements.tenant_id))
    return ZoneInfo("UTC" if row is None else row["timezone"])


async def currency(statements: TenantStatements) -> str:
    """The tenant's currency."""
    row = await statements.fetch_one(select(_tenants.currency).where(_tenants.tenant_id == statements.tenant_id))
    assert row is not None
    code: str = row["currency"]
    return code


async def business_facts(statements: TenantStatements) -> BusinessFacts | None:
    """What the advice to this tenant is given on; None for somebody not signed in."""
    row = await statements.fetch_one(
        select(_tenants.profile, _tenants.thresholds).where(_tenants.tenant_id == statements.tenant_id)
    )
    return None if row is None else BusinessFacts(profile_of(row["profile"]), thresholds_of(row["thresholds"]))


async def own_labels(statements: TenantStatements) -> dict[tuple[str, str], OwnLabel]:
    """The tenant's own words, by name of the list and code."""
    rows = await statements.fetch(
        select(_labels.kind, _labels.code, _labels.label_en, _labels.label_zh).where(
            _labels.tenant_id == statements.tenant_id
        )
    )
    return {(row["kind"], row["code"]): OwnLabel(row["label_en"], row["label_zh"]) for row in rows}


async def business_calendar(statements: TenantStatements) -> BusinessCalendar:
    """The brand's opening hours and closed days."""
    hours = await statements.fetch(
        select(_hours.weekday, _hours.opens, _hours.closes)
        .where(_hours.tenant_id == statements.tenant_id)
        .order_by(_hours.weekday, _hours.opens)
    )
    closed = await statements.fetch(select(_closed.day).where(_closed.tenant_id == statements.tenant_id))
    by_weekday: dict[int, tuple[tuple[int, int], ...]] = {}
    for row in hours:
        by_weekday[row["weekday"]] = (*by_weekday.get(row["weekday"], ()), (row["opens"], row["closes"]))
    return BusinessCalendar(await time_zone(statements), by_weekday, frozenset(row["day"] for row in closed))


async def still_here(work: Work, staff_id: UUID | None) -> UUID | None:
    """The person, where they still work here."""
    if staff_id is None:
        return None
    member = await work.get(tables.StaffMember, staff_id)
    return None if member is None or member.left_at is not None else member.id


async def require_working_staff(work: Work, staff_id: UUID, *field: str, lock: bool = False) -> tables.StaffMember:
    """The staff member, who has not left. Raises NotFound or StaffMemberLeft on `field`."""
    member = await work.require(tables.StaffMember, staff_id, *field, lock=lock)
    if member.left_at is not None:
        raise StaffMemberLeft(*field)
    return member
