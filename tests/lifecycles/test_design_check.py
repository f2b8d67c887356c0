"""Rule 10: where duty, authority and metric do not meet is said, with what it is about; and nothing else is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from server.ids import new_id
from server.lifecycles.design_gaps import Aim, DesignGap, DesignInForce, OwnedStage, Serving, gaps_of
from server.lifecycles.design_terms import DesignGapCode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.units import Unit
from server.terms import Locale
from tests.factories.brands import Brand

SALES, DESK, GROUP = Unit(role_id=new_id()), Unit(role_id=new_id()), Unit(group_id=new_id())
CHECK = """{ designCheck { ok gaps { code message figures { name value }
  evidence { role { key } group { key } stage { key } purpose metric } } } }"""


def serving(unit: Unit, **given: Any) -> Serving:
    return Serving(unit, "Sales", "销售", Metric.CONVERSION_RATE, people=1, **given)


SOUND = DesignInForce(
    units=(
        serving(SALES, owns=frozenset({Purpose.QUOTATION})),
        replace(serving(DESK, owns=frozenset({Purpose.COMPLAINT})), headline=Metric.CLOSED_LOOP_RATE),
    ),
    stages=(OwnedStage(new_id(), "Quoted", "报价", SALES, Metric.CONVERSION_RATE),),
    aims=(Aim(Metric.CONVERSION_RATE, SALES), Aim(Metric.CLOSED_LOOP_RATE, DESK)),
    used=frozenset({Purpose.QUOTATION, Purpose.COMPLAINT, Purpose.WELCOME}),
)
SALESPERSON, CLERK = SOUND.units
[QUOTED] = SOUND.stages


def test_a_sound_design_has_no_gap() -> None:
    assert gaps_of(SOUND) == []


@pytest.mark.parametrize(
    ("broken", "code", "about"),
    [
        ({"stages": (replace(QUOTED, owner=GROUP), QUOTED)}, "STAGE_UNOWNED", {"stage": replace(QUOTED, owner=GROUP)}),
        ({"used": frozenset({Purpose.WOW})}, "PURPOSE_UNOWNED", {"purpose": Purpose.WOW}),
        ({"units": (SALESPERSON, replace(CLERK, owns=frozenset()))}, "NO_DUTY", {"unit": DESK}),
        (
            {"units": (replace(SALESPERSON, owns=frozenset()), CLERK), "used": frozenset()},
            "NO_AUTHORITY",
            {"unit": SALES},
        ),
        (
            {"units": (replace(SALESPERSON, headline=Metric.SATISFACTION, also=frozenset({Metric.CONVERSION_RATE})), CLERK),
             "aims": (*SOUND.aims, Aim(Metric.SATISFACTION, SALES))},
            "HEADLINE_NOT_MOVED",
            {"unit": SALES, "metric": Metric.SATISFACTION},
        ),
        ({"units": (replace(SALESPERSON, people=0), CLERK)}, "NOBODY_PLACED", {"unit": SALES}),
        ({"aims": SOUND.aims[1:]}, "TARGET_MISSING", {"unit": SALES, "metric": Metric.CONVERSION_RATE}),
        (
            {"aims": (*SOUND.aims, Aim(Metric.RENEWAL_RATE, SALES))},
            "TARGET_UNANSWERED",
            {"unit": SALES, "metric": Metric.RENEWAL_RATE},
        ),
    ],
)  # fmt: skip
def test_each_gap_is_found_alone(broken: dict[str, Any], code: str, about: dict[str, Any]) -> None:
    design = replace(SOUND, **broken)
    if code in ("NO_DUTY", "PURPOSE_UNOWNED"):
        design = replace(design, used=design.used - {Purpose.COMPLAINT})
    [gap] = gaps_of(design)
    assert gap.code.value == code
    assert {name: getattr(gap, name) for name in about} == about
    assert all(isinstance(number, int) for _, number in gap.figures)


@pytest.mark.parametrize(
    "there_for", [{"plays": 1}, {"owns": frozenset({Purpose.WOW})}, {"owns": frozenset({Purpose.FEEDBACK_REPLY})}]
)
def test_a_wow_play_or_feedback_is_a_duty(there_for: dict[str, Any]) -> None:
    units = (SALESPERSON, replace(CLERK, owns=frozenset(), **({} if "owns" in there_for else there_for)))
    if "owns" in there_for:
        units = (SALESPERSON, replace(CLERK, **there_for))
    assert gaps_of(replace(SOUND, units=units, used=frozenset({Purpose.QUOTATION}))) == []


@pytest.mark.parametrize("code", DesignGapCode)
@pytest.mark.parametrize("locale", Locale)
def test_every_gap_can_be_said(code: DesignGapCode, locale: Locale) -> None:
    gap = DesignGap(code, figures=(("stages", 2), ("purposes", 3)))
    about = {"unit": "U", "stage": "S", "purpose": "P", "metric": "M", **{name: str(n) for name, n in gap.figures}}
    assert "{" not in code.message(locale, about)


async def test_what_a_new_brand_lacks_and_what_it_says_then(brand: Callable[..., Awaitable[Brand]]) -> None:
    one = await brand(businessType="LOW_PRICE_B2C", industry="FMCG")
    told = (await one.ask(CHECK))["data"]["designCheck"]
    assert told["ok"] is False
    codes = [gap["code"] for gap in told["gaps"] if gap["evidence"]["group"] == {"key": "ops_group"}]
    assert codes[0] == "NOBODY_PLACED"
    assert set(codes[1:]) == {"TARGET_MISSING"}
    assert {gap["code"] for gap in told["gaps"]} == {"NOBODY_PLACED", "TARGET_MISSING"}
    [lacking] = [gap for gap in told["gaps"] if gap["code"] == "NOBODY_PLACED" and gap["evidence"]["group"]]
    assert lacking["message"].startswith("Nobody is placed in ")
    assert {"name": "people", "value": "0"} in lacking["figures"]
