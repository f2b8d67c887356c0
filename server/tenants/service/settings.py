"""The tenant itself: its founding, its settings, its opening hours, its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from server.db.directory import claim_slug
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.events.tables import TenantStream
from server.ids import new_id
from server.tenants import commands, queries, tables
from server.tenants.business import BusinessType, Industry
from server.tenants.documents import profile_document, profile_of, thresholds_document
from server.tenants.errors import SlugTaken
from server.tenants.events import (
    BusinessHoursReplaced,
    BusinessHoursStated,
    ClosedDayStated,
    TenantOnboarded,
    TenantUpdated,
    TermRelabelled,
)
from server.tenants.glossary import vocabulary
from server.tenants.service.profiles import check_business_profile, check_thresholds
from server.terms import Locale

_labels = table_of(tables.TermLabel)


async def found_tenant(work: Work, command: commands.FoundTenant) -> tables.Tenant:
    """The tenant's row and its stream, under a slug that is nobody else's. The unit of work is bound to its new id.

    Waits for a concurrent founding with the same slug to end. Raises SlugTaken.
    """
    check_business_profile(command.profile, "profile")
    check_thresholds(command.thresholds, "thresholds")
    if not await claim_slug(work.raw, command.slug, work.tenant_id):
        raise SlugTaken("slug")
    await work.execute(plain_insert(table_of(TenantStream)).values(tenant_id=work.tenant_id, last_seq=0, low_seq=1))
    tenant = work.add(
        tables.Tenant(
            id=work.tenant_id,
            name=command.name,
            slug=command.slug,
            business_type=command.profile.business_type,
            industry=command.profile.industry,
            profile=profile_document(command.profile),
            thresholds=thresholds_document(command.thresholds),
            currency=command.currency,
            timezone=command.timezone,
            locale=command.locale,
        )
    )
    work.emit(
        TenantOnboarded(
            tenant_id=tenant.id,
            business_type=command.profile.business_type,
            industry=command.profile.industry,
            locale=command.locale,
        )
    )
    return tenant


async def update_tenant(work: Work, command: commands.UpdateTenant) -> tables.Tenant:
    """Change the settings that are given. The operating model in force stays as it is; only advice is given anew.

    Locks the tenant's row. Raises Conflict where the settings have moved on.
    """
    tenant = await queries.tenant(work, lock=True)
    values = _changed_settings(tenant, command)
    if not values:
        return tenant
    await work.change(tenant, expected_version=command.expected_version, **values)
    work.emit(
        TenantUpdated(
            tenant_id=tenant.id,
            business_type=BusinessType(tenant.business_type),
            industry=Industry(tenant.industry),
            locale=Locale(tenant.locale),
            tenant_version=tenant.version,
        )
    )
    return tenant


def _changed_settings(tenant: tables.Tenant, command: commands.UpdateTenant) -> dict[str, Any]:
    given = command.model_fields_set - {"expected_version", "profile", "thresholds"}
    values: dict[str, Any] = {name: getattr(command, name) for name in given}
    facts = given & {"business_type", "industry"}
    if command.profile is not None or facts:
        profile = command.profile or profile_of(tenant.profile)
        profile = replace(profile, **{name: values[name] for name in facts})
        check_business_profile(profile, "profile")
        values["profile"] = profile_document(profile)
        values["business_type"], values["industry"] = profile.business_type, profile.industry
    if command.thresholds is not None:
        check_thresholds(command.thresholds, "thresholds")
        values["thresholds"] = thresholds_document(command.thresholds)
    return values


async def set_business_hours(work: Work, command: commands.SetBusinessHours) -> tables.Tenant:
    """Replace all opening hours and closed days. They are a setting: the tenant's version rises.

    Locks the tenant's row, so two replacements never mix. Raises Conflict where the settings have moved on.
    """
    _check_hours(command.hours)
    _check_closed_days(command.closed_days)
    tenant = await queries.tenant(work, lock=True)
    await work.change(tenant, expected_version=command.expected_version)
    for model in (tables.BusinessHours, tables.ClosedDay):
        table = table_of(model)
        await work.execute(table.delete().where(table.c.tenant_id == work.tenant_id))
    work.emit(BusinessHoursReplaced(tenant_id=tenant.id, tenant_version=tenant.version))
    for hours in command.hours:
        row = work.add(tables.BusinessHours(weekday=hours.weekday, opens=hours.opens, closes=hours.closes))
        work.emit(
            BusinessHoursStated(business_hours_id=row.id, weekday=hours.weekday, opens=hours.opens, closes=hours.closes)
        )
    for closed in command.closed_days:
        day = work.add(tables.ClosedDay(day=closed.day, reason=closed.reason))
        work.emit(ClosedDayStated(closed_day_id=day.id, day=closed.day))
    return tenant


def _check_hours(hours: Sequence[commands.OpeningHours]) -> None:
    """Each interval has a length, and none of a weekday overlaps another; touching is allowed."""
    for index, one in enumerate(hours):
        if one.opens >= one.closes:
            raise Invalid("hours", index, "closes", why="Must be later than it opens.", why_zh="须晚于开门时间。")
        for earlier in hours[:index]:
            if earlier.weekday == one.weekday and one.opens < earlier.closes and earlier.opens < one.closes:
                raise Invalid(
                    "hours", index, why="Overlaps another interval of this weekday.", why_zh="与当天的其他时段重叠。"
                )


def _check_closed_days(days: Sequence[commands.ClosedDay]) -> None:
    seen = set()
    for index, one in enumerate(days):
        if one.day in seen:
            raise Invalid("closed_days", index, "day", why="This day is named twice.", why_zh="该日期重复。")
        seen.add(one.day)


async def relabel(work: Work, command: commands.Relabel) -> tables.Tenant:
    """Call a term of the trade by the tenant's own word. Codes never change, and no rule looks at labels.

    Raises NotFound on `kind` or `code` for a term there is not.
    """
    term = vocabulary().get(command.kind)
    if term is None:
        raise NotFound("kind")
    if command.code not in term.__members__:
        raise NotFound("code")
    labels = {"label_en": command.label_en, "label_zh": command.label_zh}
    await work.execute(
        insert(_labels)
        .values(
            tenant_id=work.tenant_id,
            id=new_id(),
            kind=command.kind,
            code=command.code,
            version=1,
            recorded_at=work.now,
            **labels,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "kind", "code"], set_={**labels, "version": _labels.c.version + 1}
        )
    )
    work.emit(TermRelabelled(tenant_id=work.tenant_id))
    return await queries.tenant(work)
