"""What is refused before any database is asked: shapes of addresses, zones, times of day."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from server.tenants.business import BusinessType, Industry
from server.tenants.commands import FoundTenant, InviteStaff, OpeningHours, SetBusinessHours, UpdateTenant
from server.tenants.external_refs import ExternalRefCommand
from server.tenants.glossary import OwnLabel, label_of, vocabulary
from server.terms import Locale


def faults(model: Any, values: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(values)
    return [(error["loc"], error["msg"]) for error in refused.value.errors()]


@pytest.mark.parametrize("address", ["lin@brand.example", "a.b+c@sub.brand.example", "李@品牌.example"])
def test_an_address_is_kept_in_lower_case(address: str) -> None:
    assert InviteStaff(name="Lin", email=f" {address.upper()} ").email == address.upper().lower()


@pytest.mark.parametrize(
    "address", ["", "lin", "lin@", "@brand.example", "lin@brand", "lin@@brand.example", "l in@brand.example", "lin@.a"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert faults(InviteStaff, {"name": "Lin", "email": address}) == [
        (("email",), "Value error, must be an e-mail address")
    ]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("x" * 10_000, "string_too_long"),
        ("   ", "string_too_short"),
        ("two\nlines", "value_error"),
        ("nul\x00", "value_error"),
        (None, "string_type"),
    ],
)
def test_what_is_no_name_is_refused(name: str | None, fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        InviteStaff.model_validate({"name": name})
    assert [(error["loc"], error["type"]) for error in refused.value.errors()] == [(("name",), fault)]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "asia/shanghai", "../etc/passwd", "localtime", "+08:00", ""])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    assert faults(UpdateTenant, {"timezone": zone}) == [
        (("timezone",), "Value error, must be a time zone of the IANA database, like Asia/Shanghai")
    ]


def test_an_unknown_currency_is_refused() -> None:
    assert (("currency",), "Value error, must be a currency code of ISO 4217, like CNY") in faults(
        FoundTenant, {"currency": "RMB"}
    )


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)])
def test_a_time_of_day_is_minutes_after_midnight(text: str, minutes: int) -> None:
    assert OpeningHours(weekday=1, opens=text, closes=1440).opens == minutes  # type: ignore[arg-type]  # read as text


@pytest.mark.parametrize("text", ["24:01", "9:30", "09:60", "25:00", "0930", "", "noon", "０９:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    assert faults(OpeningHours, {"weekday": 1, "opens": text, "closes": "24:00"}) == [
        (("opens",), "Value error, must be a time of day from 00:00 to 24:00")
    ]


@pytest.mark.parametrize("weekday", [0, 8, -1])
def test_a_week_has_seven_days(weekday: int) -> None:
    found = faults(SetBusinessHours, {"hours": [{"weekday": weekday, "opens": "09:00", "closes": "10:00"}]})
    assert [loc for loc, _ in found] == [("hours", 0, "weekday")]


def test_external_ids_are_single_lines() -> None:
    assert faults(ExternalRefCommand, {"system": "crm", "id": "a\nb"}) == [
        (("id",), "Value error, must be a single line")
    ]


# ------------------------------------------------------------------------------------------------------------- glossary


def test_the_vocabulary_holds_every_list_by_its_name() -> None:
    known = vocabulary()
    assert known["BusinessType"] is BusinessType
    assert known["Industry"] is Industry
    assert list(known) == sorted(known)


def test_an_own_word_replaces_the_trade_s_in_its_language_only() -> None:
    own = {("Industry", "RETAIL"): OwnLabel(en=None, zh="商超")}
    assert label_of(Industry.RETAIL, Locale.ZH, own) == "商超"
    assert label_of(Industry.RETAIL, Locale.EN, own) == "Retail"
    assert label_of(Industry.FMCG, Locale.ZH, own) == "快消"
