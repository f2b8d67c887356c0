"""Moments that fall due are proposed once, lie in the inbox, and are settled by recording the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from server.customers.customer_kinds import CustomerKind
from server.customers.subject_kinds import SubjectKind
from server.customers.tables import Customer, Subject
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.ids import global_id, new_id
from server.work_items.tables import WorkItem
from server.wow_moments import birthday_round, birthdays, due_moments, errors
from server.wow_moments.commands import DefineWowPlay, RecordWowMoment, RetireWowPlay
from server.wow_moments.due_moments import Happening
from server.wow_moments.service import define_wow_play, record_wow_moment, retire_wow_play
from server.wow_moments.surprise_terms import DueState, WowOccasion, WowTrigger
from server.wow_moments.tables import DueWowMoment, WowMoment, WowPlay
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def play_for(
    work: Work, occasion: WowOccasion | None, trigger: WowTrigger = WowTrigger.DELIVERY, **more: Any
) -> WowPlay:
    given = {"key": f"play_{occasion}", "name": "Show", "script": "Dance.", "trigger": trigger, "occasion": occasion}
    return await define_wow_play(work, DefineWowPlay.model_validate({**given, **more}))


def order(work: Work, customer: UUID, **more: Any) -> Happening:
    given: dict[str, Any] = {"cause_id": new_id(), "at": work.now, **more}
    return Happening(occasion=WowOccasion.ORDER, customer_id=customer, **given)


async def refused(act: Awaitable[Any]) -> tuple[type[DomainError], tuple[str, ...]]:
    with pytest.raises(DomainError) as caught:
        await act
    return type(caught.value), caught.value.field


# ------------------------------------------------------------------------------------------------------------ proposing


async def test_what_sets_a_play_off_lies_in_the_inbox_of_who_performs_it(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        store = people.store(work)
        customer, consultant = people.customer(work, home_store_id=store), people.colleague(work)
        role = await people.role_of(work, "consultant")
        people.befriended(work, customer, consultant, role, work.now - DAY)
        play = await play_for(work, WowOccasion.ORDER, role_id=role, within_hours=5)
        await play_for(work, WowOccasion.APPOINTMENT)
        told = len(work.events)
        happening = order(work, customer)
        [due] = await due_moments.propose(work, [happening])
        assert (due.play_id, due.state, due.due_at) == (play.id, DueState.OPEN, work.now + 5 * HOUR)
        [item] = await work.rows(WorkItem)
        assert (item.kind, item.subject_id, item.purpose) == ("WOW_MOMENT_DUE", due.id, "WOW")
        assert (item.assignee_id, item.role_id, item.store_id) == (consultant, role, store)
        assert (item.due_at, item.customer_id, item.state) == (due.due_at, customer, "OPEN")
        assert [event.type for event in work.events[told:]] == ["work_item.opened", "wow_moment.proposed"]
        assert await due_moments.propose(work, [happening]) == []
        assert await due_moments.propose(work, [order(work, customer, at=work.now - 5 * HOUR)]) == []
        assert len(work.events) == told + 2
    assert (await one.count("due_wow_moments"), await one.count("work_items")) == (1, 1)


async def test_proposed_by_many_at_once_it_is_one(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, cause = people.customer(work), new_id()
        await play_for(work, WowOccasion.ORDER)

    async def propose() -> int:
        async with one.work() as work:
            return len(await due_moments.propose(work, [order(work, customer, cause_id=cause)]))

    assert sorted(await asyncio.gather(*(propose() for _ in range(6)))) == [0] * 5 + [1]
    assert (await one.count("due_wow_moments"), await one.count("work_items")) == (1, 1)


async def test_recording_the_moment_settles_it(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, other = people.customer(work), people.customer(work)
        play, another = await play_for(work, WowOccasion.ORDER), await play_for(work, None, key="another")
        later, sooner = [
            (await due_moments.propose(work, [order(work, customer, at=work.now + hours * HOUR)]))[0]
            for hours in (2, 1)
        ]

        def moment(**more: Any) -> Awaitable[WowMoment]:
            return record_wow_moment(work, RecordWowMoment(**{"customer_id": customer, **more}))

        await moment()
        assert await refused(moment(due_wow_moment_id=later.id, play_id=another.id)) == (
            errors.DueMomentOfAnotherPlay,
            ("play_id",),
        )
        for wrong in ({"customer_id": other, "due_wow_moment_id": later.id}, {"due_wow_moment_id": new_id()}):
            assert await refused(moment(**wrong)) == (NotFound, ("due_wow_moment_id",))
        by_play = await moment(play_id=play.id)
        named = await moment(due_wow_moment_id=later.id)
        assert (named.play_id, (await moment(play_id=play.id)).play_id) == (play.id, play.id)
        rows = {row.id: row for row in await work.rows(DueWowMoment)}
        assert [(rows[one_.id].state, rows[one_.id].wow_moment_id) for one_ in (sooner, later)] == [
            (DueState.PERFORMED, by_play.id),
            (DueState.PERFORMED, named.id),
        ]
        assert {item.state for item in await work.rows(WorkItem)} == {"CLOSED"}
        assert await refused(moment(due_wow_moment_id=later.id)) == (errors.DueMomentSettled, ("due_wow_moment_id",))
    assert await one.count("wow_moments") == 4


async def test_one_that_is_made_by_two_at_once_is_made_once(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        await play_for(work, WowOccasion.ORDER)
        [due] = await due_moments.propose(work, [order(work, customer)])

    async def made() -> str:
        async with one.work() as work:
            try:
                command = RecordWowMoment(customer_id=customer, due_wow_moment_id=due.id)
                await record_wow_moment(work, command)
            except DomainError as refusal:
                return type(refusal).__name__
            return "made"

    assert sorted(await asyncio.gather(made(), made(), made())) == ["DueMomentSettled", "DueMomentSettled", "made"]
    assert await one.count("wow_moments") == 1


async def test_nobody_made_it_in_time_or_it_came_to_nothing(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        await play_for(work, WowOccasion.ORDER)
        first, second, third = [(await due_moments.propose(work, [order(work, customer)]))[0] for _ in range(3)]
        await due_moments.lapse(work, first.id)  # the clock was early
        await due_moments.reschedule(work, second.cause_id, work.now + 9 * DAY)
        await due_moments.withdraw(work, third.cause_id)
        rows = {row.id: row for row in await work.rows(DueWowMoment)}
        assert (rows[first.id].state, rows[second.id].due_at) == (DueState.OPEN, work.now + 9 * DAY)
        assert rows[third.id].state == DueState.WITHDRAWN
        await work.change(rows[first.id], due_at=work.now - 73 * HOUR)
        for _ in range(2):
            await due_moments.lapse(work, first.id)
        rows = {row.id: row for row in await work.rows(DueWowMoment)}
        assert (rows[first.id].state, rows[first.id].settled_at) == (DueState.LAPSED, work.now)
        items = {item.subject_id: (item.state, item.due_at) for item in await work.rows(WorkItem)}
        assert [items[each.id][0] for each in (first, second, third)] == ["CLOSED", "OPEN", "CLOSED"]
        assert items[second.id][1] == work.now + 9 * DAY
        settled = [event.state for event in work.events if event.type == "due_wow_moment.settled"]
        assert settled == [DueState.WITHDRAWN, DueState.LAPSED]


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"occasion": "CUSTOMER_BIRTHDAY"}, errors.OccasionDoesNotFit, "occasion"),
        ({"occasion": "ORDER", "trigger": "BIRTHDAY"}, errors.OccasionDoesNotFit, "occasion"),
        ({"occasion": "STAGE"}, errors.StageOfNoOccasion, "stage_id"),
        ({"occasion": "ORDER", "stage_id": UUID(int=1)}, errors.StageOfNoOccasion, "stage_id"),
        ({"occasion": "STAGE", "stage_id": UUID(int=1)}, NotFound, "stage_id"),
        ({"occasion": "ORDER", "lead_days": 1}, errors.TimesDoNotFit, "lead_days"),
        ({"occasion": "APPOINTMENT", "within_hours": 1}, errors.TimesDoNotFit, "within_hours"),
        ({"within_hours": 1}, errors.TimesDoNotFit, "within_hours"),
    ],
)
async def test_what_does_not_fit_is_refused(
    brand: Brands, given: dict[str, Any], error: type[DomainError], field: str
) -> None:
    one = await brand()
    async with one.work() as work:
        command = {"key": "p", "name": "P", "script": "s", "trigger": "DELIVERY", **given}
        assert await refused(define_wow_play(work, DefineWowPlay.model_validate(command))) == (error, (field,))
    assert await one.count("wow_plays") == 0


ACTS = """
mutation($customer: ID!, $stage: ID!, $stage2: ID!) {
  recordOrder(input: { customerId: $customer, lines: [{ text: "cake", amount: { amount: "10" } }],
                       externalRefs: [{ system: "shop", id: "1" }] }) { userErrors { message } }
  again: recordOrder(input: { customerId: $customer, lines: [{ text: "cake", amount: { amount: "10" } }],
                              externalRefs: [{ system: "shop", id: "1" }] }) { userErrors { message } }
  bookAppointment(input: { customerId: $customer, startsAt: "2099-05-01T09:00:00Z",
                           externalRefs: [{ system: "shop", id: "1" }] }) { userErrors { message } }
  missed: bookAppointment(input: { customerId: $customer, startsAt: "2099-05-02T09:00:00Z",
                                   externalRefs: [{ system: "shop", id: "2" }] }) { userErrors { message } }
  moveAppointment(input: { appointmentId: "ref:shop:1", startsAt: "2099-06-01T09:00:00Z" }) { userErrors { message } }
  cancelAppointment(input: { appointmentId: "ref:shop:2", cancelledBy: CUSTOMER }) { userErrors { message } }
  advanceCustomer(input: { customerId: $customer, stageId: $stage }) { userErrors { message } }
  on: advanceCustomer(input: { customerId: $customer, stageId: $stage2 }) { userErrors { message } }
  back: advanceCustomer(input: { customerId: $customer, stageId: $stage, reason: "again" }) { userErrors { message } }
}
"""


async def test_orders_appointments_and_stages_set_plays_off(brand: Brands) -> None:
    one = await brand()
    stages = [stage["id"] for stage in (await one.ask("{ journey { id } }"))["data"]["journey"][:2]]
    async with one.work() as work:
        customer = global_id("Customer", people.customer(work))
    for occasion, more in (("ORDER", {}), ("APPOINTMENT", {}), ("STAGE", {"stageId": stages[0], "withinHours": 48})):
        defined = await one.ask(
            "mutation($input: DefineWowPlayInput!) { defineWowPlay(input: $input) { userErrors { message } wowPlay { occasion"
            " stage { id } withinHours } } }",
            {
                "input": {
                    "key": occasion.lower(),
                    "name": "n",
                    "script": "s",
                    "trigger": "DELIVERY",
                    "occasion": occasion,
                    **more,
                }
            },
        )
        assert defined["data"]["defineWowPlay"]["userErrors"] == []
    body = await one.ask(ACTS, {"customer": customer, "stage": stages[0], "stage2": stages[1]})
    assert [payload["userErrors"] for payload in body["data"].values()] == [[]] * 9
    found = (
        await one.ask(
            "{ dueWowMoments { nodes { occasion state play { key } order { lines { text } } appointment { startsAt }"
            " case { stage { id } } dueAt } }"
            " workItems(filter: { kinds: { eq: WOW_MOMENT_DUE }, state: { eq: OPEN } }) {"
            " nodes { subject { __typename ... on DueWowMoment { play { key } } } } } }"
        )
    )["data"]
    dues = {(due["occasion"], due["state"]): due for due in found["dueWowMoments"]["nodes"]}
    assert sorted(dues) == [
        ("APPOINTMENT", "OPEN"), ("APPOINTMENT", "WITHDRAWN"), ("ORDER", "OPEN"), ("STAGE", "OPEN"),
    ]  # fmt: skip
    assert len(found["dueWowMoments"]["nodes"]) == 4
    assert dues["ORDER", "OPEN"]["order"] == {"lines": [{"text": "cake"}]}
    assert dues["APPOINTMENT", "OPEN"]["dueAt"] == "2099-06-01T09:00:00.000000Z"
    assert dues["STAGE", "OPEN"]["case"] == {"stage": {"id": stages[0]}}
    waiting = sorted(node["subject"]["play"]["key"] for node in found["workItems"]["nodes"])
    assert waiting == ["appointment", "order", "stage"]


# ------------------------------------------------------------------------------------------------------------ birthdays


def test_the_29th_of_february_is_celebrated_on_the_28th_where_there_is_none() -> None:
    born = date(2000, 2, 29)
    assert [birthdays.celebrated(born, year).day for year in (2023, 2024, 2100)] == [28, 29, 28]
    assert born in birthdays.born_on(date(2023, 2, 28))
    assert born not in birthdays.born_on(date(2024, 2, 28))
    assert born in birthdays.born_on(date(2024, 2, 29))
    assert date(1999, 2, 28) in birthdays.born_on(date(2023, 2, 28))
    assert birthdays.next_birthday(born, date(2023, 3, 1)) == date(2024, 2, 29)
    assert birthdays.next_birthday(date(1990, 12, 31), date(2024, 12, 31)) == date(2024, 12, 31)
    assert birthdays.next_birthday(date(1990, 1, 1), date(2024, 12, 31)) == date(2025, 1, 1)


def test_every_birth_date_is_found_on_the_day_it_is_celebrated_and_on_no_other() -> None:
    for year in (2023, 2024):
        days = [date(year, 1, 1) + number * DAY for number in range(366 if year == 2024 else 365)]
        for born in (date(1960, 2, 29), date(1961, 2, 28), date(1999, 12, 31), date(year, 1, 1)):
            assert [day for day in days if born in birthdays.born_on(day)] == [birthdays.celebrated(born, year)]


def test_a_day_ends_at_midnight_there_whatever_the_clocks_do() -> None:
    new_york = ZoneInfo("America/New_York")
    assert birthdays.end_of(date(2026, 3, 7), new_york) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert birthdays.end_of(date(2026, 3, 8), new_york) == datetime(2026, 3, 9, 4, tzinfo=UTC)
    now = datetime(2026, 3, 7, 11, tzinfo=UTC)
    assert birthdays.days_anywhere(now, 1) == [date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)]


ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", None)


async def test_birthdays_are_proposed_by_the_customers_own_calendar(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        play = await play_for(work, WowOccasion.CUSTOMER_BIRTHDAY, WowTrigger.BIRTHDAY, lead_days=2)
        expected: dict[UUID, tuple[date, datetime]] = {}
        for zone in ZONES:
            place = ZoneInfo(zone or "Asia/Shanghai")
            today = work.now.astimezone(place).date()
            for ahead in (-1, 0, 1, 2, 3):
                day = today + ahead * DAY
                row = work.add(
                    Customer(
                        kind=CustomerKind.PERSON,
                        name="Li",
                        birthday=date(1996, day.month, day.day),
                        timezone=zone,
                        first_added_at=work.now,
                        updated_at=work.now,
                    )
                )
                if 0 <= ahead <= 2:
                    midnight = datetime.combine(day + DAY, datetime.min.time(), place)
                    expected[row.id] = (day, midnight.astimezone(UTC))
        for _ in range(2):  # a round may be walked twice
            await birthday_round.walk(work, play.id)
        found = {due.cause_id: (due.birthday, due.due_at) for due in await work.rows(DueWowMoment)}
        assert found == expected
        assert len(await work.rows(WorkItem)) == len(expected) == 12


async def test_the_birthdays_of_the_family_and_what_becomes_of_them(
    brand: Brands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five to propose, two in one transaction; then the play is retired."""
    monkeypatch.setattr(birthday_round, "AT_ONCE", 2)
    one = await brand()
    async with one.work() as work:
        play = await play_for(work, WowOccasion.FAMILY_BIRTHDAY, WowTrigger.BIRTHDAY)
        today = work.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        customer = people.customer(work)
        days = [date(2000 + 4 * number, today.month, today.day) for number in range(5)]
        served = [Subject(customer_id=customer, kind=SubjectKind.PET, name=f"P{day}", birthday=day) for day in days]
        pets = [work.add(each).id for each in served]
        work.add(Subject(customer_id=customer, kind=SubjectKind.PET, name="other", birthday=today - 40 * DAY))
        gone = work.add(
            Customer(
                kind=CustomerKind.PERSON, name="", first_added_at=work.now, updated_at=work.now, erased_at=work.now
            )
        )
        work.add(Subject(customer_id=gone.id, kind=SubjectKind.CHILD, name="", birthday=today))
    sizes = []
    for _ in range(4):
        async with one.work() as work:
            await birthday_round.walk(work, play.id)
            sizes.append(len(await work.rows(DueWowMoment)))
    assert sizes == [2, 4, 5, 5]
    async with one.work() as work:
        dues = await work.rows(DueWowMoment)
        assert {due.subject_id for due in dues} == set(pets)
        [moment] = [await record_wow_moment(work, RecordWowMoment(customer_id=customer, due_wow_moment_id=dues[0].id))]
        assert moment.play_id == play.id
        await retire_wow_play(work, RetireWowPlay(wow_play_id=play.id))
    for _ in range(3):
        async with one.work() as work:
            await birthday_round.walk(work, play.id)
    async with one.work() as work:
        states = sorted(due.state for due in await work.rows(DueWowMoment))
        assert states == ["PERFORMED", *["WITHDRAWN"] * 4]
        assert {item.state for item in await work.rows(WorkItem)} == {"CLOSED"}


async def test_a_birthday_told_of_a_subject_that_is_known_is_kept(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = global_id("Customer", people.customer(work))
    record = (
        'mutation($id: ID!, $day: Date) { recordSubject(input: { customerId: $id, kind: CHILD, name: "Bao", birthday: $day })'
        " { userErrors { message } subject { birthday } } }"
    )
    told = [(await one.ask(record, {"id": customer, "day": day}))["data"]["recordSubject"]["subject"]["birthday"]
            for day in (None, "2020-02-29", None, "2020-02-29", "2020-03-01")]  # fmt: skip
    assert told == [None, "2020-02-29", "2020-02-29", "2020-02-29", "2020-03-01"]
    assert await one.count("subjects") == 1
    assert [type_ for _, type_ in await one.events()].count("subject.recorded") == 3
