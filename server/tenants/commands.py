"""What the acts about a tenant, its staff and its settings are given."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from server.access.permissions import DataScope, Permission, PrincipalKind
from server.commands import Command, Key, Moment, Name, ShortText, Slug
from server.tenants.business import BusinessType, Industry
from server.tenants.business_profile import BusinessProfile, Thresholds
from server.tenants.currencies import CURRENCIES
from server.tenants.external_refs import ExternalRefCommand
from server.terms import Locale

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


_NO_PLACES = {"localtime", "posixrules", "Factory"}
"""Names some machines list among the zones; what they mean differs from machine to machine."""


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACES)


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError("must be a time zone of the IANA database, like Asia/Shanghai")
    return name


def _known_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("must be a currency code of ISO 4217, like CNY")
    return code


def _shaped_like_email(address: str) -> str:
    """Only the shape; whether it exists shows when it is written to. Kept in lower case, as people compare it."""
    if not _EMAIL.fullmatch(address):
        raise ValueError("must be an e-mail address")
    return address.lower()


def _minutes(text: object) -> object:
    if isinstance(text, int):
        return text
    if not isinstance(text, str) or not _TIME_OF_DAY.fullmatch(text):
        raise ValueError("must be a time of day from 00:00 to 24:00")
    return int(text[:2]) * 60 + int(text[3:])


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Currency = Annotated[str, AfterValidator(_known_currency)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_shaped_like_email)]
MinuteOfDay = Annotated[int, BeforeValidator(_minutes)]
"""Written `HH:MM`; kept as minutes after midnight, 24:00 being the end of the day."""

ExternalRefs = Annotated[tuple[ExternalRefCommand, ...], Field(max_length=20)]


class FoundTenant(Command):
    """The brand's own row. `profile` and its currency have been checked against `currency`."""

    name: Name
    slug: Slug
    profile: BusinessProfile
    thresholds: Thresholds
    currency: Currency
    timezone: TimeZone
    locale: Locale


class UpdateTenant(Command):
    """Only the fields given are changed; the defaults are never used."""

    expected_version: int | None = None
    name: Name = ""
    business_type: BusinessType = BusinessType.B2B
    industry: Industry = Industry.OTHER
    profile: BusinessProfile | None = None
    thresholds: Thresholds | None = None
    timezone: TimeZone = ""
    locale: Locale = Locale.EN


class OpeningHours(Command):
    """One interval of one weekday."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: MinuteOfDay
    closes: MinuteOfDay


class ClosedDay(Command):
    day: date
    reason: ShortText | None = None


class SetBusinessHours(Command):
    """Replaces all opening hours and closed days."""

    hours: Annotated[tuple[OpeningHours, ...], Field(max_length=70)]
    closed_days: Annotated[tuple[ClosedDay, ...], Field(max_length=400)] = ()
    expected_version: int | None = None


class Relabel(Command):
    """Both labels at once; None means the trade's own word."""

    kind: str
    code: str
    label_en: Name | None = None
    label_zh: Name | None = None


class InviteStaff(Command):
    name: Name
    email: Email | None = None
    key: Key | None = None
    data_scope: DataScope = DataScope.OWN_CUSTOMERS
    joined_at: Moment | None = None
    external_refs: ExternalRefs = ()


class UpdateStaff(Command):
    """Only the fields given are changed; the default name is never used."""

    staff_id: UUID
    expected_version: int | None = None
    name: Name = ""
    email: Email | None = None
    key: Key | None = None
    data_scope: DataScope = DataScope.OWN_CUSTOMERS
    external_refs: ExternalRefs = ()


class LeaveStaff(Command):
    """A person leaves the brand."""

    staff_id: UUID
    expected_version: int | None = None


class CreateApiKey(Command):
    name: Name
    kind: PrincipalKind
    staff_id: UUID | None = None
    permissions: tuple[Permission, ...] | None = None
    expires_at: Moment | None = None
