"""One number has one form, however it is written; what can be no number is refused by name."""

from __future__ import annotations

import pytest

from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import normal, region_of, tail_of
from server.errors import Invalid


@pytest.mark.parametrize(
    "written", ["13800001234", "138 0000 1234", "+86 138-0000-1234", "008613800001234", "１３８００００１２３４"]
)
def test_a_phone_number_has_one_form(written: str) -> None:
    assert normal(IdentityKind.PHONE, written, region="CN") == "+8613800001234"


def test_the_region_is_that_of_the_brand() -> None:
    assert normal(IdentityKind.PHONE, "9123 4567", region=region_of("Asia/Hong_Kong")) == "+85291234567"
    assert region_of("Asia/Shanghai") == region_of("Atlantic/Azores") == "CN"


@pytest.mark.parametrize("written", ["", "12", "not a number", "138000012345678901234", "13800001234 ext. 5"])
def test_what_is_no_phone_number_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal(IdentityKind.PHONE, written, "identities", 0, "value")
    assert refusal.value.field == ("identities", "0", "value")


def test_an_address_is_lower_case() -> None:
    assert normal(IdentityKind.EMAIL, " Li.Lei@Example.COM ") == "li.lei@example.com"


@pytest.mark.parametrize("written", ["li", "li@", "@example.com", "li@example", "a b@example.com", "li@@example.com"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        normal(IdentityKind.EMAIL, written, "value")


def test_other_ids_are_taken_as_they_are() -> None:
    assert normal(IdentityKind.WECOM_EXTERNAL_USERID, " wmAbC ") == "wmAbC"


@pytest.mark.parametrize(
    ("kind", "value", "tail"),
    [
        (IdentityKind.PHONE, "+8613800001234", "1234"),
        (IdentityKind.EMAIL, "hanmeimei@example.com", "imei"),
        (IdentityKind.EMAIL, "li@example.com", "i"),
        (IdentityKind.MEMBER_ID, "A1", "1"),
        (IdentityKind.MEMBER_ID, "7", ""),
    ],
)
def test_a_tail_never_shows_more_than_half(kind: IdentityKind, value: str, tail: str) -> None:
    assert tail_of(kind, value) == tail
