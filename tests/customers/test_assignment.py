"""Nobody over the limit, nobody lost: turns taken at the same moment, hours, absences, backup, and the queue."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from server.customers.commands import EndRelationship
from server.customers.relationship_terms import RelationshipState
from server.customers.service import parting, queueing
from server.customers.service.adding import Added
from server.ids import global_id
from server.lifecycles import assignment
from server.operations.commands import SetAssignmentRule, SetAvailability, SetChannelHours, SetWorkload
from server.operations.tables import OpsGroup, Placement
from tests.customers.clinic import Clinic


async def people(house: Clinic, count: int, **given: Any) -> list[UUID]:
    """Colleagues of the ops group, each with these limits."""
    group = await house.group()
    staff = [await house.staff(f"Colleague {number}", group=group) for number in range(count)]
    for one in staff:
        await limit(house, one, **given)
    return staff


async def limit(house: Clinic, staff_id: UUID, **given: Any) -> None:
    if given:
        async with house.brand.work() as work:
            await assignment.set_workload(work, SetWorkload(staff_id=staff_id, **given))


async def off(house: Clinic, staff_id: UUID, cover_id: UUID | None = None) -> None:
    async with house.brand.work() as work:
        given = {"staff_id": staff_id, "off": [{"since": work.now, "cover_id": cover_id}]}
        await assignment.set_availability(work, SetAvailability.model_validate(given))


async def back(house: Clinic, staff_id: UUID) -> None:
    async with house.brand.work() as work:
        await assignment.set_availability(work, SetAvailability(staff_id=staff_id))


async def scan(house: Clinic, number: int, code: str = "PARCEL") -> Added:
    return await house.add(channel_code=code, phone=f"1380000{number:04}")


async def scans(house: Clinic, count: int) -> list[Added]:
    return list(await asyncio.gather(*(scan(house, number) for number in range(count))))


async def loads(house: Clinic) -> list[tuple[int, int]]:
    """Friends as counted and as they are, per person who has or had any."""
    rows = await house.fetch(
        "SELECT w.friends, (SELECT count(*) FROM relationships r WHERE r.tenant_id = w.tenant_id"
        " AND r.staff_id = w.staff_id AND r.ended_at IS NULL) AS really FROM workloads w ORDER BY w.staff_id"
    )
    return [(row["friends"], row["really"]) for row in rows]


async def reasons(house: Clinic) -> dict[str, int]:
    rows = await house.fetch("SELECT reason FROM assignment_queue WHERE state = 'WAITING'")
    return dict(Counter(row["reason"] for row in rows))


async def test_fifty_at_once_admit_exactly_the_capacity(brandhouse: Clinic) -> None:
    await people(brandhouse, 4, capacity=5)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())

    added = await scans(brandhouse, 50)

    assert await loads(brandhouse) == [(5, 5)] * 4
    assert sum(one.relationship is not None for one in added) == 20
    assert sum(one.waits is not None for one in added) == 30
    assert await reasons(brandhouse) == {"CAPACITY": 30}
    assert await brandhouse.brand.count("customers") == 50


async def test_the_daily_limit_holds_and_the_next_day_is_another(brandhouse: Clinic) -> None:
    [one] = await people(brandhouse, 1, daily_limit=3)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    await scans(brandhouse, 8)
    assert await loads(brandhouse) == [(3, 3)]
    assert await reasons(brandhouse) == {"DAILY_LIMIT": 5}

    await brandhouse.fetch("UPDATE workloads SET added_on = added_on - 1")
    async with brandhouse.brand.work() as work:
        assert await queueing.serve(work, [await unit_of_group(brandhouse)]) == 3
    assert await loads(brandhouse) == [(6, 6)]
    assert await reasons(brandhouse) == {"DAILY_LIMIT": 2}
    [row] = await brandhouse.fetch("SELECT added, taken FROM workloads WHERE staff_id = $1", one)
    assert tuple(row) == (3, 6)


async def unit_of_group(house: Clinic) -> Any:
    from server.operations.units import Unit

    return Unit(group_id=await house.group())


async def test_more_capacity_lets_the_longest_waiting_in_at_once(brandhouse: Clinic) -> None:
    [one] = await people(brandhouse, 1, capacity=1)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    added = [await scan(brandhouse, number) for number in range(4)]
    assert [each.waits is not None for each in added] == [False, True, True, True]

    await limit(brandhouse, one, capacity=3)

    assert await loads(brandhouse) == [(3, 3)]
    [waiting] = await brandhouse.fetch("SELECT customer_id FROM assignment_queue WHERE state = 'WAITING'")
    assert waiting["customer_id"] == added[3].customer.id, "First come, first served."
    rows = await brandhouse.fetch("SELECT via, count(*) AS n FROM customer_access WHERE staff_id = $1 GROUP BY 1", one)
    assert {row["via"]: row["n"] for row in rows} == {"RELATIONSHIP": 3}
    kinds = [kind for _, kind in await brandhouse.brand.events()]
    assert (kinds.count("assignment.queued"), kinds.count("assignment.made")) == (3, 2)
    inbox = await brandhouse.brand.ask(
        "{ workItems(filter: { state: { eq: OPEN } }) { nodes { kind assignee { id } group { key } overdue subject {"
        " ... on AssignmentQueueEntry { reason customer { id } } } } } workItemCounts { open byKind { kind open } } }"
    )
    assert inbox["data"] == {
        "workItems": {
            "nodes": [
                {
                    "kind": "ASSIGNMENT_QUEUE",
                    "assignee": None,
                    "group": {"key": "ops_group"},
                    "overdue": False,
                    "subject": {"reason": "CAPACITY", "customer": {"id": global_id("Customer", added[3].customer.id)}},
                }
            ]
        },
        "workItemCounts": {"open": 1, "byKind": [{"kind": "ASSIGNMENT_QUEUE", "open": 1}]},
    }


async def test_a_friendship_that_ends_makes_room(brandhouse: Clinic) -> None:
    await people(brandhouse, 1, capacity=1)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    first, second = [await scan(brandhouse, number) for number in range(2)]
    assert first.relationship is not None
    async with brandhouse.brand.work() as work:
        await parting.end_relationship(
            work,
            EndRelationship(relationship_id=first.relationship.id, state=RelationshipState.REMOVED_BY_CUSTOMER),
        )
    [live] = await brandhouse.fetch("SELECT customer_id FROM relationships WHERE ended_at IS NULL")
    assert live["customer_id"] == second.customer.id
    assert await loads(brandhouse) == [(1, 1)]


async def test_a_new_colleague_takes_who_waited(brandhouse: Clinic) -> None:
    from server.lifecycles.placements import assign_service_role
    from server.operations.commands import AssignServiceRole

    group = await brandhouse.group()
    await brandhouse.channel("PARCEL", group_id=group)
    added = await scan(brandhouse, 1)
    assert added.waits is not None
    newcomer = await brandhouse.staff("New")
    async with brandhouse.brand.work() as work:
        await assign_service_role(work, AssignServiceRole(staff_id=newcomer, group_id=group))
    [row] = await brandhouse.fetch("SELECT state, staff_id FROM assignment_queue")
    assert tuple(row) == ("ASSIGNED", newcomer)


async def test_who_scans_again_while_waiting_waits_once(brandhouse: Clinic) -> None:
    await people(brandhouse, 1, capacity=1)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    await scan(brandhouse, 1)
    first, again = await scan(brandhouse, 2), await scan(brandhouse, 2)
    assert first.waits is not None
    assert again.waits is not None
    assert again.waits.id == first.waits.id
    assert again.created is False


async def test_who_is_off_takes_nobody_and_the_cover_sees_their_customers(brandhouse: Clinic) -> None:
    ann, ben = await people(brandhouse, 2)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    first = await scan(brandhouse, 0)
    assert first.relationship is not None
    assert first.relationship.staff_id == min(ann, ben)
    ann, ben = min(ann, ben), max(ann, ben)
    stranger = await brandhouse.staff("Cover elsewhere")

    await off(brandhouse, ann, cover_id=stranger)

    taken = [await scan(brandhouse, number) for number in range(1, 4)]
    assert {one.relationship.staff_id for one in taken if one.relationship} == {ben}
    covered = await brandhouse.fetch("SELECT customer_id FROM customer_access WHERE staff_id = $1", stranger)
    assert [row["customer_id"] for row in covered] == [first.customer.id]
    shown = await brandhouse.brand.ask(
        "{ customers { nodes { team { staff { name } coveredBy { name } } relationships { nodes { coveredBy { name } } } } } }"
    )
    [theirs] = [one for one in shown["data"]["customers"]["nodes"] if one["team"][0]["coveredBy"] is not None]
    assert theirs["team"][0]["coveredBy"] == {"name": "Cover elsewhere"}
    assert theirs["relationships"]["nodes"] == [{"coveredBy": {"name": "Cover elsewhere"}}]

    # Whoever stands in goes off too: nobody is told of somebody who is not there, and the next one sees the customer.
    assert await covering(brandhouse, first) == "Cover elsewhere"
    await off(brandhouse, stranger)
    assert await covering(brandhouse, first) is None
    await off(brandhouse, stranger, cover_id=ben)
    assert await covering(brandhouse, first) == await name_of(brandhouse, ben)
    seen = await brandhouse.fetch(
        "SELECT via FROM customer_access WHERE staff_id = $1 AND customer_id = $2", ben, first.customer.id
    )
    assert [row["via"] for row in seen] == ["COVER"]
    await back(brandhouse, stranger)
    assert await covering(brandhouse, first) == "Cover elsewhere"
    assert await brandhouse.fetch("SELECT 1 FROM customer_access WHERE via = 'COVER' AND staff_id = $1", ben) == []

    await back(brandhouse, ann)
    assert await brandhouse.fetch("SELECT 1 FROM customer_access WHERE staff_id = $1", stranger) == []
    assert (await scan(brandhouse, 9)).relationship.staff_id == ann  # type: ignore[union-attr]  # somebody has room


async def covering(house: Clinic, added: Added) -> str | None:
    """Who answers for the customer's first friend now."""
    query = "query($id: ID!) { customer(id: $id) { team { coveredBy { name } } } }"
    body = await house.brand.ask(query, {"id": global_id("Customer", added.customer.id)})
    covered = body["data"]["customer"]["team"][0]["coveredBy"]
    return None if covered is None else covered["name"]


async def name_of(house: Clinic, staff_id: UUID) -> str:
    [row] = await house.fetch("SELECT name FROM staff_members WHERE id = $1", staff_id)
    name: str = row["name"]
    return name


async def test_when_all_are_off_customers_wait_until_one_is_back(brandhouse: Clinic) -> None:
    ann, ben = await people(brandhouse, 2)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    for one in (ann, ben):
        await off(brandhouse, one)
    await scans(brandhouse, 3)
    assert await reasons(brandhouse) == {"ALL_OFF": 3}
    await back(brandhouse, ben)
    rows = await brandhouse.fetch("SELECT staff_id, count(*) AS n FROM relationships GROUP BY 1")
    assert {row["staff_id"]: row["n"] for row in rows} == {ben: 3}
    assert await reasons(brandhouse) == {}


async def test_a_returning_customer_goes_to_the_same_person_unless_that_one_is_off(brandhouse: Clinic) -> None:
    ann, ben = sorted(await people(brandhouse, 2, capacity=1))
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    first = await scan(brandhouse, 1)
    assert first.relationship is not None
    assert first.relationship.staff_id == ann
    again = await scan(brandhouse, 1)
    assert again.relationship is not None
    assert again.relationship.id == first.relationship.id, "At capacity, but a friend already."
    await off(brandhouse, ann, cover_id=ben)
    third = await scan(brandhouse, 1)
    assert third.relationship is not None
    assert third.relationship.staff_id == ben


async def test_a_former_friend_comes_before_whoever_has_fewer(brandhouse: Clinic) -> None:
    ann, _ = sorted(await people(brandhouse, 2))
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    first, _, third = [await scan(brandhouse, number) for number in range(3)]
    assert first.relationship is not None
    assert third.relationship is not None
    assert third.relationship.staff_id == ann
    async with brandhouse.brand.work() as work:
        await parting.end_relationship(
            work, EndRelationship(relationship_id=first.relationship.id, state=RelationshipState.REMOVED_BY_CUSTOMER)
        )
    await scan(brandhouse, 5)  # now Ann has two friends, Ben one or the other way round
    again = await scan(brandhouse, 0)
    assert again.relationship is not None
    assert again.relationship.staff_id == ann


async def test_shifts_hold_in_the_zone_of_the_store(clinic: Clinic) -> None:
    role = await clinic.role("consultant")
    here = await clinic.store("N")
    tokyo = await clinic.store("T")
    await clinic.fetch("UPDATE stores SET timezone = 'Pacific/Kiritimati' WHERE id = $1", tokyo)
    one = await clinic.staff("Early", role=role, store=here)
    other = await clinic.staff("Far", role=role, store=tokyo)
    [now] = await clinic.fetch(
        "SELECT now() AT TIME ZONE 'Asia/Shanghai' AS here, now() AT TIME ZONE 'Pacific/Kiritimati' AS far"
    )
    for staff, local in ((one, now["here"]), (other, now["far"])):
        await _only_on(clinic, staff, local.isoweekday())
    await clinic.channel("NORTH", role_id=role, store_id=here)
    await clinic.channel("TOKYO", role_id=role, store_id=tokyo)
    assert (await scan(clinic, 1, "NORTH")).relationship is not None
    assert (await scan(clinic, 2, "TOKYO")).relationship is not None
    for staff, local in ((one, now["here"]), (other, now["far"])):
        await _only_on(clinic, staff, local.isoweekday() % 7 + 1)
    waits = [(await scan(clinic, 3, "NORTH")).waits, (await scan(clinic, 4, "TOKYO")).waits]
    assert [wait.reason for wait in waits if wait] == ["OUT_OF_HOURS", "OUT_OF_HOURS"]


async def _only_on(house: Clinic, staff_id: UUID, weekday: int) -> None:
    shifts = [{"weekday": weekday, "opens": "00:00", "closes": "24:00"}]
    async with house.brand.work() as work:
        await assignment.set_workload(work, SetWorkload.model_validate({"staff_id": staff_id, "shifts": shifts}))


async def test_a_channel_out_of_hours_is_the_backups_or_waits(brandhouse: Clinic) -> None:
    await people(brandhouse, 1)
    group = await brandhouse.group()
    channel = await brandhouse.channel("PARCEL", group_id=group)
    [row] = await brandhouse.fetch("SELECT extract(isodow FROM now() AT TIME ZONE 'Asia/Shanghai')::int AS today")
    other_day = [{"weekday": (row["today"] + 1) % 7 + 1, "opens": "09:00", "closes": "18:00"}]
    async with brandhouse.brand.work() as work:
        await assignment.set_channel_hours(
            work, SetChannelHours.model_validate({"channel_id": channel, "hours": other_day})
        )
    assert (await scan(brandhouse, 1)).relationship is None
    assert await reasons(brandhouse) == {"CHANNEL_CLOSED": 1}

    async with brandhouse.brand.work() as work:
        night = work.add(OpsGroup(key="night", label_en="Night", label_zh="夜班", headline_metric="SATISFACTION"))
        await work.flush()
        helper = await _placed(work, night.id)
        await assignment.set_assignment_rule(work, SetAssignmentRule(group_id=group, backup_group_id=night.id))
    rows = await brandhouse.fetch(
        "SELECT r.staff_id, o.group_id FROM relationships r JOIN relationship_roles o ON o.relationship_id = r.id"
    )
    assert [tuple(one) for one in rows] == [(helper, night.id)], "Who waited is taken by the backup group."
    assert (await scan(brandhouse, 2)).relationship.staff_id == helper  # type: ignore[union-attr]  # the backup is there

    async with brandhouse.brand.work() as work:
        await assignment.set_channel_hours(work, SetChannelHours(channel_id=channel, hours=()))
    assert (await scan(brandhouse, 3)).relationship.staff_id != helper  # type: ignore[union-attr]  # open again


async def _placed(work: Any, group_id: UUID) -> UUID:
    from server.tenants.tables import StaffMember

    staff = work.add(StaffMember(name="Helper", data_scope="OWN_CUSTOMERS", joined_at=work.now))
    work.add(Placement(staff_id=staff.id, group_id=group_id, from_at=work.now))
    await work.flush()
    id: UUID = staff.id
    return id


async def test_a_full_store_is_helped_by_who_serves_everywhere_not_by_another_store(clinic: Clinic) -> None:
    role = await clinic.role("consultant")
    north, south = await clinic.store("N"), await clinic.store("S")
    northern = await clinic.staff("North", role=role, store=north)
    await clinic.staff("South", role=role, store=south)
    await limit(clinic, northern, capacity=1)
    await clinic.channel("NORTH", role_id=role, store_id=north)
    assert (await scan(clinic, 1, "NORTH")).relationship is not None
    waits = (await scan(clinic, 2, "NORTH")).waits
    assert waits is not None
    assert (waits.reason, waits.store_id) == ("CAPACITY", north)
    anywhere = await clinic.staff("Anywhere", role=role)
    assert (await scan(clinic, 3, "NORTH")).relationship.staff_id == anywhere  # type: ignore[union-attr]  # there is room


async def test_in_turn_and_by_weight(brandhouse: Clinic) -> None:
    ann, ben = sorted(await people(brandhouse, 2))
    group = await brandhouse.group()
    await brandhouse.channel("PARCEL", group_id=group)
    await limit(brandhouse, ann, weight=3)
    async with brandhouse.brand.work() as work:
        await assignment.set_assignment_rule(
            work, SetAssignmentRule.model_validate({"group_id": group, "method": "WEIGHTED"})
        )
    await scans(brandhouse, 16)
    rows = await brandhouse.fetch("SELECT staff_id, count(*) AS n FROM relationships GROUP BY 1")
    assert {row["staff_id"]: row["n"] for row in rows} == {ann: 12, ben: 4}
    async with brandhouse.brand.work() as work:
        await assignment.set_assignment_rule(
            work, SetAssignmentRule.model_validate({"group_id": group, "method": "ROUND_ROBIN"})
        )
    order = [(await scan(brandhouse, number)).relationship.staff_id for number in range(20, 24)]  # type: ignore[union-attr]  # there is room
    assert sorted(order[:2]) == sorted(order[2:]) == [ann, ben]
    assert order[0] == order[2]


async def test_who_is_added_in_person_counts_too(brandhouse: Clinic) -> None:
    [one] = await people(brandhouse, 1, capacity=2)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    for number in range(3):
        await brandhouse.add(staff_id=one, phone=f"1370000{number:04}")
    assert await loads(brandhouse) == [(3, 3)], "What has happened is recorded, limit or not."
    assert (await scan(brandhouse, 1)).waits is not None


async def test_the_first_friend_ever_counts_once(brandhouse: Clinic) -> None:
    one = await brandhouse.staff("Wang", group=await brandhouse.group())
    added = await brandhouse.add(staff_id=one)
    assert await loads(brandhouse) == [(1, 1)]
    assert added.relationship is not None
    async with brandhouse.brand.work() as work:
        ended = EndRelationship(relationship_id=added.relationship.id, state=RelationshipState.ENDED)
        await parting.end_relationship(work, ended)
    assert await loads(brandhouse) == [(0, 0)]


@pytest.mark.soak
@pytest.mark.parametrize("round", range(100))
async def test_fifty_at_once_admit_exactly_the_capacity_again_and_again(brandhouse: Clinic, round: int) -> None:
    limits, each = [({"capacity": 4}, 4), ({"capacity": 4, "daily_limit": 3}, 3), ({}, 10)][round % 3]
    await people(brandhouse, 5, **limits)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    added = await scans(brandhouse, 50)
    assert await loads(brandhouse) == [(each, each)] * 5
    assert sum(one.waits is not None for one in added) == 50 - 5 * each
