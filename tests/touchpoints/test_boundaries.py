"""A contact outside the boundary of the role somebody acts in is refused, saying whose it is; or answered for, and kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.caller import Caller
from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers.errors import OutOfBoundary
from server.db.work import Work
from server.ids import global_id
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride, OperatingModel, RolePurpose
from server.operations.units import Unit
from server.terms import Locale
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome
from server.touchpoints.tables import Touchpoint
from tests.factories.brands import Brand
from tests.touchpoints import people
from tests.touchpoints.test_at_once import begun

Brands = Callable[..., Awaitable[Brand]]

_ = begun


@dataclass(frozen=True)
class Clinic:
    """A clinic whose customer is served by a consultant, who acts, and by a doctor."""

    brand: Brand
    customer: UUID
    consultant: UUID
    doctor: UUID
    roles: dict[str, UUID]

    @property
    def caller(self) -> Caller:
        return self.brand.as_staff(self.consultant, DataScope.OWN_CUSTOMERS)


@pytest.fixture
async def clinic(brand: Brands) -> Clinic:
    one = await brand()
    async with one.work() as work:
        customer, consultant, doctor = people.customer(work), people.colleague(work), people.colleague(work)
        keys = ("customer_service", "consultant", "doctor", "store_manager")
        roles = {key: await people.role_of(work, key) for key in keys}
        people.befriended(work, customer, consultant, roles["consultant"], work.now - timedelta(days=2))
        people.befriended(work, customer, doctor, roles["doctor"], work.now - timedelta(days=1))
        people.may_see(work, consultant, customer)
    return Clinic(one, customer, consultant, doctor, roles)


def contact(clinic: Clinic, purpose: Purpose, **more: Any) -> RecordTouchpoint:
    given: dict[str, Any] = {
        "customer_id": clinic.customer,
        "staff_id": clinic.consultant,
        "direction": Direction.OUTBOUND,
        "medium": Medium.WECOM_CHAT,
        "purpose": purpose,
        **more,
    }
    return RecordTouchpoint(**given)


async def refused(work: Work, command: RecordTouchpoint) -> OutOfBoundary:
    with pytest.raises(OutOfBoundary) as caught:
        await service.record_touchpoint(work, command)
    return caught.value


async def test_what_the_role_owns_or_may_use_passes(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        for purpose in (Purpose.QUOTATION, Purpose.APPOINTMENT, Purpose.WELCOME, Purpose.HANDOFF_INTRODUCTION):
            recorded = await service.record_touchpoint(work, contact(clinic, purpose))
            assert recorded.role_id == clinic.roles["consultant"]
        assert await work.rows(BoundaryOverride) == []


async def test_what_it_may_not_is_refused_and_says_whose_it_is(clinic: Clinic) -> None:
    before = await clinic.brand.events()
    async with clinic.brand.work() as work:
        refusal = await refused(work, contact(clinic, Purpose.PROFESSIONAL_AFTERCARE))
        assert work.events == []
    owner, holders = refusal.facts["owner"], refusal.facts["holders"]
    assert (owner.unit, owner.key) == (Unit(role_id=clinic.roles["doctor"]), "doctor")  # type: ignore[attr-defined]  # as its docstring says
    assert [one.staff_id for one in holders] == [clinic.doctor]  # type: ignore[attr-defined]  # as its docstring says
    assert refusal.message(Locale.EN) == (
        "Professional aftercare is outside the boundary of Consultant. Doctor owns it."
    )
    assert refusal.message(Locale.ZH) == "“专业护理与诊后咨询”超出咨询师的服务边界。由医生负责。"
    assert (await clinic.brand.events(), await clinic.brand.count("touchpoints")) == (before, 0)


async def test_a_purpose_that_nobody_owns_is_nobodys_to_use(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        refusal = await refused(work, contact(clinic, Purpose.COMMUNITY))
    assert (refusal.facts["owner"], refusal.facts["holders"]) == (None, ())
    assert str(refusal) == "Community is outside the boundary of Consultant. Nobody owns it now."


async def test_what_the_customer_says_has_no_boundary_and_waits_for_the_owner(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        asked = contact(clinic, Purpose.PROFESSIONAL_AFTERCARE, direction=Direction.INBOUND)
        assert (await service.record_touchpoint(work, asked)).role_id == clinic.roles["consultant"]


async def test_of_several_capacities_the_fitting_one_is_acted_in(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        people.placed(work, clinic.consultant, clinic.roles["store_manager"], work.now - timedelta(days=9))
    async with clinic.brand.work() as work:
        acted = [
            (await service.record_touchpoint(work, contact(clinic, purpose))).role_id
            for purpose in (Purpose.QUOTATION, Purpose.COMPLAINT, Purpose.WELCOME)
        ]
    assert acted == [clinic.roles["consultant"], clinic.roles["store_manager"], clinic.roles["consultant"]]


async def test_somebody_in_no_role_and_nobody_in_particular_have_no_boundary(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        roleless = people.colleague(work)
    async with clinic.brand.work() as work:
        for staff in (roleless, None):
            await service.record_touchpoint(work, contact(clinic, Purpose.COMMUNITY, staff_id=staff))


async def test_a_central_group_has_a_boundary_too(brand: Brands) -> None:
    one = await brand(businessType="LOW_PRICE_B2C", industry="RETAIL")
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
        group = await people.group(work, "ops_group")
        people.placed_in_group(work, staff, group, work.now)
    async with one.work() as work:
        told = RecordTouchpoint(
            customer_id=customer,
            staff_id=staff,
            direction=Direction.OUTBOUND,
            medium=Medium.WECOM_CHAT,
            purpose=Purpose.COMMUNITY,
        )
        assert (await service.record_touchpoint(work, told)).group_id == group
        refusal = await refused(work, told.model_copy(update={"purpose": Purpose.COMPLAINT}))
        assert refusal.facts["owner"].key == "service_desk"  # type: ignore[attr-defined]  # as its docstring says


async def test_facts_are_weighed_by_the_model_of_their_time(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        [model] = await work.rows(OperatingModel)
        await work.change(model, since=work.now - timedelta(days=30))
        lines = [one for one in await work.rows(RolePurpose) if one.purpose == Purpose.RECALL]
        earlier = work.add(
            OperatingModel(
                **model.model_dump(exclude={"id", "tenant_id", "number", "in_force", "until", "since", "recorded_at"}),
                number=model.number + 1,
                in_force=False,
                since=work.now - timedelta(days=60),
                until=work.now - timedelta(days=30),
            )
        )
        assert len(lines) == 1
        work.add(
            RolePurpose(
                operating_model_id=earlier.id, purpose="RECALL", mode="OWNS", role_id=clinic.roles["consultant"]
            )
        )
        people.placed(work, clinic.consultant, clinic.roles["consultant"], work.now - timedelta(days=90))
    async with clinic.brand.work() as work:
        then = work.now - timedelta(days=40)
        await service.record_touchpoint(work, contact(clinic, Purpose.RECALL, occurred_at=then))
        await refused(work, contact(clinic, Purpose.QUOTATION, occurred_at=then))
        await refused(work, contact(clinic, Purpose.RECALL))
        before_any = work.now - timedelta(days=70)
        await service.record_touchpoint(work, contact(clinic, Purpose.COMMUNITY, occurred_at=before_any))


# ------------------------------------------------------------------------------------------------------------ overrides


async def test_with_leave_and_a_reason_it_is_done_and_kept(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        recorded = await service.record_touchpoint(
            work,
            contact(clinic, Purpose.RECALL, boundary_override=" 医生出差 ", outcome=Outcome.REPLIED),
        )
        [override] = await work.rows(BoundaryOverride)
    assert override.model_dump(exclude={"tenant_id", "id", "recorded_at"}) == {
        "customer_id": clinic.customer,
        "staff_id": clinic.consultant,
        "group_id": None,
        "role_id": clinic.roles["consultant"],
        "purpose": "RECALL",
        "fact_type": "Touchpoint",
        "fact_id": recorded.id,
        "reason": "医生出差",
        "occurred_at": recorded.occurred_at,
    }
    assert (await clinic.brand.events())[-1][1] == "boundary.overridden"


async def test_a_reason_within_the_boundary_is_no_override(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        await service.record_touchpoint(work, contact(clinic, Purpose.QUOTATION, boundary_override="why not"))
        assert await work.rows(BoundaryOverride) == []


async def test_each_of_many_is_weighed_by_itself(clinic: Clinic) -> None:
    async with clinic.brand.work() as work:
        answers = await service.record_touchpoints(
            work,
            [
                contact(clinic, Purpose.QUOTATION),
                contact(clinic, Purpose.RECALL),
                contact(clinic, Purpose.RECALL, boundary_override="r"),
            ],
        )
        [override] = await work.rows(BoundaryOverride)
    assert [type(one) for one in answers] == [Touchpoint, OutOfBoundary, Touchpoint]
    assert isinstance(answers[2], Touchpoint)
    assert override.fact_id == answers[2].id


RECORD = """mutation($c: ID!, $why: String) { recordTouchpoint(input: {customerId: $c, direction: OUTBOUND, medium: PHONE,
  purpose: PROFESSIONAL_AFTERCARE, boundaryOverride: $why}) {
  touchpoint { id boundaryOverride { reason staff { id } purpose fact { id } } } cursor
  userErrors { __typename code message field ... on OutOfBoundary {
    purpose acting { key label } owner { id key label } holders { staffId name since }
    handoff { customerId purpose roleId groupId toStaffId } } } } }"""


async def test_the_refusal_offers_the_handoff_in_values(clinic: Clinic, begun: list[UUID]) -> None:
    customer = global_id("Customer", clinic.customer)
    doctor, staff = global_id("ServiceRole", clinic.roles["doctor"]), global_id("StaffMember", clinic.doctor)
    body = await clinic.brand.world.ask(clinic.caller, RECORD, {"c": customer}, locale=Locale.ZH)
    payload = body["data"]["recordTouchpoint"]
    [error] = payload["userErrors"]
    assert (payload["touchpoint"], payload["cursor"]) == (None, None)
    assert error.pop("message") == "“专业护理与诊后咨询”超出咨询师的服务边界。由医生负责。"
    [holder] = error.pop("holders")
    assert (holder["staffId"], holder["name"]) == (staff, "Wang")
    assert error == {
        "__typename": "OutOfBoundary",
        "code": "OUT_OF_BOUNDARY",
        "field": ["purpose"],
        "purpose": "PROFESSIONAL_AFTERCARE",
        "acting": {"key": "consultant", "label": "咨询师"},
        "owner": {"id": doctor, "key": "doctor", "label": "医生"},
        "handoff": {
            "customerId": customer,
            "purpose": "PROFESSIONAL_AFTERCARE",
            "roleId": doctor,
            "groupId": None,
            "toStaffId": staff,
        },
    }
    assert await clinic.brand.count("touchpoints") == 0


async def test_who_may_not_read_of_staff_is_told_no_name(clinic: Clinic) -> None:
    granted = DEFAULTS[PrincipalKind.STAFF] - {Permission.TENANT_READ}
    caller = clinic.brand.as_staff(clinic.consultant, DataScope.OWN_CUSTOMERS, granted)
    query = RECORD.replace("boundaryOverride { reason staff { id } purpose fact { id } }", "")
    body = await clinic.brand.world.ask(caller, query, {"c": global_id("Customer", clinic.customer)})
    [error] = body["data"]["recordTouchpoint"]["userErrors"]
    assert [one["name"] for one in error["holders"]] == [None]


async def test_an_override_needs_the_permission_and_costs_no_transaction(clinic: Clinic, begun: list[UUID]) -> None:
    given = {"c": global_id("Customer", clinic.customer), "why": "doctor away"}
    body = await clinic.brand.world.ask(clinic.caller, RECORD, given)
    assert body["data"]["recordTouchpoint"]["userErrors"] == [
        {
            "__typename": "Refusal",
            "code": "NOT_ALLOWED",
            "field": ["boundaryOverride"],
            "message": "Acting outside a boundary needs the permission BOUNDARY_OVERRIDE.",
        }
    ]
    assert await clinic.brand.count("boundary_overrides") == 0
    granted = DEFAULTS[PrincipalKind.STAFF] | {Permission.BOUNDARY_OVERRIDE}
    caller = clinic.brand.as_staff(clinic.consultant, DataScope.ALL, granted)
    short = RECORD.replace("boundaryOverride { reason staff { id } purpose fact { id } }", "")
    begun.clear()
    done = (await clinic.brand.world.ask(caller, short, given))["data"]["recordTouchpoint"]
    assert (done["userErrors"], begun) == ([], [])
    read = "query($id: ID!) { touchpoint(id: $id) { boundaryOverride { reason purpose staff { id } fact { id } } } }"
    shown = await clinic.brand.ask(read, {"id": done["touchpoint"]["id"]})
    assert shown["data"]["touchpoint"]["boundaryOverride"] == {
        "reason": "doctor away",
        "purpose": "PROFESSIONAL_AFTERCARE",
        "staff": {"id": global_id("StaffMember", clinic.consultant)},
        "fact": {"id": done["touchpoint"]["id"]},
    }
    listed = await clinic.brand.ask("{ boundaryOverrides(filter: {purpose: {eq: RECALL}}) { totalCount } }")
    assert listed["data"]["boundaryOverrides"]["totalCount"] == 0
