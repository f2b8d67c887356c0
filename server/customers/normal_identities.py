"""Brings an identity to its one normal form, so that the same number written in two ways is the same number.

Pure. Phones become E.164, e-mail addresses lower case; other ids are taken as they are, without surrounding space.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

from server.customers.identity_kinds import IdentityKind
from server.errors import Invalid

DEFAULT_REGION = "CN"
TAIL = 4
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_REGION_OF_ZONE = {
    "Asia/Hong_Kong": "HK",
    "Asia/Macau": "MO",
    "Asia/Taipei": "TW",
    "Asia/Singapore": "SG",
    "Asia/Tokyo": "JP",
    "Asia/Seoul": "KR",
    "Asia/Kuala_Lumpur": "MY",
    "Asia/Bangkok": "TH",
    "Europe/London": "GB",
    "Europe/Berlin": "DE",
    "Europe/Paris": "FR",
    "America/New_York": "US",
    "America/Chicago": "US",
    "America/Denver": "US",
    "America/Los_Angeles": "US",
    "Australia/Sydney": "AU",
}


def region_of(timezone: str) -> str:
    """The country whose numbers are written without a country code; China where the zone does not tell."""
    return _REGION_OF_ZONE.get(timezone, DEFAULT_REGION)


def normal(kind: IdentityKind, value: str, *field: str | int, region: str = DEFAULT_REGION) -> str:
    """The normal form of the value. Raises Invalid on `field` for a phone or e-mail address that cannot be one."""
    value = unicodedata.normalize("NFKC", value).strip()
    if kind is IdentityKind.PHONE:
        return _phone(value, *field, region=region)
    if kind is IdentityKind.EMAIL:
        return _email(value, *field)
    return value


def tail_of(kind: IdentityKind, value: str) -> str:
    """The last four characters of a normal form, and never more than half of it; of an address, of its local part."""
    visible = value.partition("@")[0] if kind is IdentityKind.EMAIL else value
    shown = min(TAIL, len(visible) // 2)
    return visible[-shown:] if shown else ""


def _phone(value: str, *field: str | int, region: str) -> str:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        raise _not_a_phone(*field) from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise _not_a_phone(*field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: str, *field: str | int) -> str:
    if not _EMAIL.fullmatch(value):
        raise Invalid(*field, why="This is not an e-mail address.", why_zh="不是有效的邮箱地址。")
    return value.lower()


def _not_a_phone(*field: str | int) -> Invalid:
    return Invalid(*field, why="This is not a phone number.", why_zh="不是有效的电话号码。")
