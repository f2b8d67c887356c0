"""What this room emits. Times of day are minutes after midnight in the tenant's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from server.access.permissions import DataScope
from server.events.catalogue import Event, event, fact, points_to
from server.tenants.business import BusinessType, Industry
from server.terms import Locale


@event("tenant.onboarded", subject="Tenant", subject_field="tenant_id", description="A brand joined the platform.")
@dataclass(frozen=True, kw_only=True)
class TenantOnboarded(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    business_type: BusinessType = fact("To whom it sells, and at what price.")
    industry: Industry = fact("Its trade.")
    locale: Locale = fact("Its language.")


@event("tenant.updated", subject="Tenant", subject_field="tenant_id", description="A brand's settings changed.")
@dataclass(frozen=True, kw_only=True)
class TenantUpdated(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    business_type: BusinessType = fact("To whom it sells, and at what price.")
    industry: Industry = fact("Its trade.")
    locale: Locale = fact("Its language.")
    tenant_version: int = fact("The settings' version after the change.")


@event(
    "business_hours.replaced",
    subject="Tenant",
    subject_field="tenant_id",
    description="All opening hours and closed days were withdrawn; the events that follow state the new ones.",
)
@dataclass(frozen=True, kw_only=True)
class BusinessHoursReplaced(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    tenant_version: int = fact("The settings' version after the change.")


@event(
    "business_hours.stated",
    subject="BusinessHours",
    subject_field="business_hours_id",
    description="The brand is open in this interval of the week.",
)
@dataclass(frozen=True, kw_only=True)
class BusinessHoursStated(Event):
    business_hours_id: UUID = points_to("BusinessHours", "The interval.")
    weekday: int = fact("Monday is 1, Sunday 7.")
    opens: int = fact("First minute of the interval.")
    closes: int = fact("The minute after its last one.")


@event(
    "closed_day.stated", subject="ClosedDay", subject_field="closed_day_id", description="The brand is closed that day."
)
@dataclass(frozen=True, kw_only=True)
class ClosedDayStated(Event):
    closed_day_id: UUID = points_to("ClosedDay", "The closed day.")
    day: date = fact("The day, in the tenant's time zone.")


@event(
    "term.relabelled",
    subject="Tenant",
    subject_field="tenant_id",
    description="The brand calls one term of the trade otherwise; read the glossary.",
)
@dataclass(frozen=True, kw_only=True)
class TermRelabelled(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")


@event(
    "staff_member.invited",
    subject="StaffMember",
    subject_field="staff_id",
    description="A person joined the brand.",
)
@dataclass(frozen=True, kw_only=True)
class StaffMemberInvited(Event):
    staff_id: UUID = points_to("StaffMember", "The person.")
    data_scope: DataScope = fact("Which customers the person sees.")
    joined_at: datetime = fact("Since when.")


@event(
    "staff_member.updated",
    subject="StaffMember",
    subject_field="staff_id",
    description="A person's name, address or data scope changed.",
)
@dataclass(frozen=True, kw_only=True)
class StaffMemberUpdated(Event):
    staff_id: UUID = points_to("StaffMember", "The person.")
    data_scope: DataScope = fact("Which customers the person sees.")
    staff_version: int = fact("The row's version after the change.")


@event(
    "staff_member.left",
    subject="StaffMember",
    subject_field="staff_id",
    description="A person left the brand 离职; their keys open nothing from now on.",
)
@dataclass(frozen=True, kw_only=True)
class StaffMemberHasLeft(Event):
    staff_id: UUID = points_to("StaffMember", "The person.")
    left_at: datetime = fact("Since when.")
    staff_version: int = fact("The row's version after the change.")
