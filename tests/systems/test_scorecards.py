"""The scorecards of the medical aesthetics brand, counted by hand from what its example tells."""

from __future__ import annotations

from typing import Any

from examples import s07_medical_aesthetics
from tests.systems.conftest import Play


async def test_each_figure_stands_on_its_owners_scorecard_per_clinic(play: Play) -> None:
    """成都: 14 leads, 12 came, 10 paid and rated, 9 of them with 4 or 5. 重庆: 16 leads, 11 came, 10 paid and rated, 8 well."""
    shown = (await play(s07_medical_aesthetics))["scorecards"]
    figures = _figures(shown["by_store"])
    assert {key: told for key, told in figures.items() if told[1]} == {
        ("customer_service", "jinjiang", "VISIT_RATE"): (12, 14, "0.8571"),
        ("customer_service", "jiefangbei", "VISIT_RATE"): (11, 16, "0.6875"),
        ("consultant", "jinjiang", "CONVERSION_RATE"): (10, 12, "0.8333"),
        ("consultant", "jiefangbei", "CONVERSION_RATE"): (10, 11, "0.9091"),
        ("doctor", "jinjiang", "SATISFACTION"): (9, 10, "0.9000"),
        ("doctor", "jiefangbei", "SATISFACTION"): (8, 10, "0.8000"),
        # The low ones asked for an answer within a day, and the managers gave none.
        ("store_manager", "jinjiang", "CLOSED_LOOP_RATE"): (0, 1, None),
        ("store_manager", "jiefangbei", "CLOSED_LOOP_RATE"): (0, 2, None),
    }
    assert _figures(shown["manager"]) == {key: told for key, told in figures.items() if key[1] == "jinjiang"}
    together = {(key[0], key[2]): told for key, told in _figures(shown["all"]).items()}
    assert together["customer_service", "VISIT_RATE"] == (23, 30, "0.7667")
    assert together["consultant", "CONVERSION_RATE"] == (20, 23, "0.8696")
    assert together["doctor", "SATISFACTION"] == (17, 20, "0.8500")


async def test_a_figure_opens_to_its_cases_and_meets_its_target(play: Play) -> None:
    shown = (await play(s07_medical_aesthetics))["scorecards"]
    [visits] = next(card["figures"] for card in shown["all"] if card["unit"] == {"key": "customer_service"})
    assert (visits["target"], visits["isOnTarget"]) == ({"basisPoints": 8000}, False)
    facts = visits["facts"]["nodes"]
    assert [fact["result"] for fact in facts].count("HIT") == 23
    assert (len(facts), {fact["subject"]["__typename"] for fact in facts}) == (30, {"Case"})
    assert {fact["staff"]["name"] for fact in facts} == {"蓉蓉", "山城"}
    by_person = _figures(shown["by_staff"])
    assert by_person["customer_service", "蓉蓉", "VISIT_RATE"] == (12, 14, "0.8571")
    assert by_person["consultant", "嘉陵", "CONVERSION_RATE"] == (10, 11, "0.9091")
    assert by_person["doctor", "江北", "SATISFACTION"] == (8, 10, "0.8000")
    [young] = next(card["figures"] for card in shown["this_week"] if card["unit"] == {"key": "customer_service"})
    assert (young["denominator"], young["maturing"], young["value"]) == (0, 24, None), (
        "what came in yesterday is not judged"
    )


def _figures(cards: list[dict[str, Any]]) -> dict[tuple[str, str, str], tuple[int, int, str | None]]:
    """{(role, clinic or person, metric): (numerator, denominator, value)}"""
    return {
        (
            (card["unit"] or {"key": "brand"})["key"],
            card["store"]["key"] if card["store"] else card["staff"]["name"] if card["staff"] else "",
            figure["metric"],
        ): (figure["numerator"], figure["denominator"], figure["value"])
        for card in cards
        for figure in card["figures"]
    }
