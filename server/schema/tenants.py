"""The brand itself, its settings and its opening hours."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Integer, Text, cast, func, literal_column

from server.access.permissions import Permission
from server.db.statements import table_of
from server.db.work import Work
from server.operations.tables import OperatingModel as OperatingModelRow
from server.planner.call import Call
from server.planner.declarations import all_rows, column, computed, link, links, ref, single, value
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.mutations import Payload, idempotency_key, mutation
from server.schema.nodes import Node
from server.schema.profiles import (
    AdviceThresholds,
    AdviceThresholdsInput,
    BusinessProfile,
    BusinessProfileInput,
    business_profile,
    thresholds,
)
from server.schema.scalars import CurrencyCode
from server.tenants import business_profile as facts
from server.tenants import commands, queries, tables
from server.tenants.business import BusinessType, Industry
from server.tenants.documents import profile_of, thresholds_of
from server.tenants.service import settings
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.operating_models import OperatingModel

_hours = table_of(tables.BusinessHours).c
_closed = table_of(tables.ClosedDay).c
_models = table_of(OperatingModelRow).c
_HOURS_ORDER = [_hours.weekday, _hours.opens]
_HOUR, _TWO = literal_column("60", BigInteger), literal_column("2", Integer)


def _time_of_day(minutes: Any) -> Any:
    """Minutes after midnight as `HH:MM`."""
    hour, minute = (func.lpad(cast(part, Text), _TWO, fixed("0")) for part in (minutes // _HOUR, minutes % _HOUR))
    return hour.op("||")(fixed(":")).op("||")(minute)


def _profiles(_: Call, rows: Sequence[Any]) -> list[facts.BusinessProfile]:
    return [profile_of(row.profile) for row in rows]


def _thresholds(_: Call, rows: Sequence[Any]) -> list[facts.Thresholds]:
    return [thresholds_of(row.thresholds) for row in rows]


@node(
    tables.BusinessHours,
    permission=Permission.TENANT_READ,
    description="One interval of a weekday in which the brand is open 营业时间, in its own time zone.",
)
class BusinessHours(Node):
    weekday: int = column(tables.BusinessHours.weekday, description="Monday is 1, Sunday 7.")
    opens: str = column(_time_of_day(_hours.opens), description="When it opens, `HH:MM`.")
    closes: str = column(_time_of_day(_hours.closes), description="When it closes, `HH:MM`; `24:00` is the day's end.")


@node(
    tables.ClosedDay,
    permission=Permission.TENANT_READ,
    description="A day on which the brand is closed although its weekday is open 休业日.",
)
class ClosedDay(Node):
    day: date = column(tables.ClosedDay.day, description="The day, in the brand's time zone.")
    reason: str | None = column(tables.ClosedDay.reason, description="Why, where it was said.")


@node(tables.Tenant, permission=Permission.TENANT_READ, description="A brand on the platform 租户.")
class Tenant(Node):
    name: str = column(tables.Tenant.name, description="The brand's name.")
    slug: str = column(tables.Tenant.slug, description="Its short name, unique on the platform; never changes.")
    business_type: BusinessType = column(tables.Tenant.business_type, description="To whom it sells 业务类型.")
    industry: Industry = column(tables.Tenant.industry, description="Its trade 行业.")
    profile: BusinessProfile = computed(
        _profiles,
        needs={"profile": tables.Tenant.profile},
        pure=True,
        description="The facts its operating model is advised on 业务画像.",
    )
    thresholds: AdviceThresholds = computed(
        _thresholds,
        needs={"thresholds": tables.Tenant.thresholds},
        pure=True,
        description="Where small ends and large begins for it, for the advice.",
    )
    currency: CurrencyCode = column(tables.Tenant.currency, description="Its currency. Never changes.")
    timezone: str = column(
        tables.Tenant.timezone, description="IANA time zone in which its days, weeks and months are counted."
    )
    locale: Locale = column(tables.Tenant.locale, description="The language it works in.")
    status: tables.TenantStatus = column(tables.Tenant.status, description="Whether it is served.")
    onboarded_at: datetime = column(tables.Tenant.recorded_at, description="When it joined.")
    operating_model: Annotated["OperatingModel", strawberry.lazy("server.schema.operating_models")] | None = link(
        by=_models.tenant_id,
        where=_models.in_force,
        description="The operating model in force 运营模式.",
    )
    business_hours: list[BusinessHours] = links(
        by=_hours.tenant_id,
        order=_HOURS_ORDER,
        description="When it is open 营业时间. A weekday without any is closed; none at all: nothing was said.",
    )
    closed_days: list[ClosedDay] = links(
        by=_closed.tenant_id, order=[_closed.day], description="Days on which it is closed besides 休业日."
    )
    version: int = column(tables.Tenant.version, description="Rises with every change of the settings.")


@strawberry.type
class TenantQueries:
    tenant: Tenant = single(
        lambda tenant: tables.Tenant.id == tenant,
        permission=Permission.TENANT_READ,
        description="The brand the caller belongs to.",
    )
    business_hours: list[BusinessHours] = all_rows(
        order=_HOURS_ORDER,
        permission=Permission.TENANT_READ,
        description="When the brand is open 营业时间, by weekday and time.",
    )
    closed_days: list[ClosedDay] = all_rows(
        order=[_closed.day], permission=Permission.TENANT_READ, description="Days on which the brand is closed 休业日."
    )


@strawberry.input(description="Which settings to change. A field left out stays; none of them may be null.")
class UpdateTenantInput:
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; the act is refused where the settings have moved on."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters.")
    business_type: BusinessType | None = strawberry.field(
        default=strawberry.UNSET, description="To whom the brand sells 业务类型. The operating model in force stays."
    )
    industry: Industry | None = strawberry.field(
        default=strawberry.UNSET, description="Its trade 行业. The operating model in force stays."
    )
    profile: BusinessProfileInput | None = strawberry.field(
        default=None, description="The facts about the business, replacing all of those given before."
    )
    thresholds: AdviceThresholdsInput | None = strawberry.field(
        default=None, description="Where small ends and large begins, replacing all thresholds."
    )
    timezone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA time zone, like `Asia/Shanghai`."
    )
    locale: Locale | None = strawberry.field(default=strawberry.UNSET, description="The language the brand works in.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The brand after the change.")
class UpdateTenantPayload(Payload):
    tenant: Tenant | None = value(description="The brand; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Change the brand's settings 品牌设置. Advice follows; the operating model in force stays.",
)
async def update_tenant(work: Work, input: UpdateTenantInput) -> UpdateTenantPayload:
    given = {
        name: getattr(input, name)
        for name in ("name", "business_type", "industry", "timezone", "locale")
        if getattr(input, name) is not strawberry.UNSET
    }
    if input.profile is not None or input.thresholds is not None:
        tenant = await queries.tenant(work)
        if input.profile is not None:
            given["profile"] = business_profile(
                input.profile,
                "profile",
                business_type=given.get("business_type")
                or input.profile.business_type
                or BusinessType(tenant.business_type),
                industry=given.get("industry") or input.profile.industry or Industry(tenant.industry),
                currency=tenant.currency,
            )
        if input.thresholds is not None:
            given["thresholds"] = thresholds(input.thresholds, tenant.currency)
    changed = await settings.update_tenant(
        work, commands.UpdateTenant(expected_version=input.expected_version, **given)
    )
    return UpdateTenantPayload(tenant=ref(changed.id))


@strawberry.input(description="One interval of a weekday in which the brand is open.")
class OpeningHoursInput:
    weekday: int = strawberry.field(description="Monday is 1, Sunday 7.")
    opens: str = strawberry.field(description="`HH:MM` in the brand's time zone, from `00:00`.")
    closes: str = strawberry.field(description="`HH:MM`, later than it opens; `24:00` is the end of the day.")


@strawberry.input(description="A day on which the brand is closed.")
class ClosedDayInput:
    day: date = strawberry.field(description="The day, in the brand's time zone.")
    reason: str | None = strawberry.field(default=None, description="Why, 1 to 500 characters.")


@strawberry.input(description="When the brand is open. Replaces everything said before.")
class SetBusinessHoursInput:
    hours: list[OpeningHoursInput] = strawberry.field(
        description="Intervals, at most 70, none of a weekday overlapping. A weekday without any is closed."
    )
    closed_days: list[ClosedDayInput] = strawberry.field(
        default_factory=list, description="Days closed besides, each named once, at most 400."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The brand's version that was read; the act is refused where it has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The brand with its new opening hours.")
class SetBusinessHoursPayload(Payload):
    tenant: Tenant | None = value(description="The brand; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Say when the brand is open 营业时间. Clocks that run in business hours follow from the next start on.",
)
async def set_business_hours(work: Work, input: SetBusinessHoursInput) -> SetBusinessHoursPayload:
    command = commands.SetBusinessHours.model_validate(
        {
            "hours": [{"weekday": one.weekday, "opens": one.opens, "closes": one.closes} for one in input.hours],
            "closed_days": [{"day": one.day, "reason": one.reason} for one in input.closed_days],
            "expected_version": input.expected_version,
        }
    )
    tenant = await settings.set_business_hours(work, command)
    return SetBusinessHoursPayload(tenant=ref(tenant.id))
