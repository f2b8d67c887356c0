"""Two clinics with their people, and facts recorded of them at times of the test's choosing: rows as bare as they may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from server.access.permissions import DataScope
from server.customers.access_reasons import AccessReason
from server.customers.case_terms import CaseStatus
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import RoleReason
from server.customers.tables import (
    Case,
    CaseStageChange,
    Customer,
    CustomerAccess,
    Relationship,
    RelationshipRole,
)
from server.db.work import Work
from server.feedback.kinds import FeedbackKind, FeedbackStatus
from server.feedback.tables import Feedback
from server.ids import global_id
from server.operations.tables import Placement, ServiceRole, Stage, Store, StoreAncestor
from server.tenants.tables import StaffMember
from server.touchpoints.tables import Touchpoint
from tests.factories.brands import Brand

PERIOD = {"from": "2026-03-02", "to": "2026-03-09"}
"""A week from a Monday on."""


def at(day: str, clock: str = "10:00") -> datetime:
    """That time of that day in Shanghai: at("03-02", "09:30")."""
    return datetime.fromisoformat(f"2026-{day}T{clock}:00+08:00").astimezone(UTC)


@dataclass
class Clinics:
    """A brand of medical aesthetics: stages, roles, stores and staff by key."""

    brand: Brand
    stages: dict[str, UUID]
    roles: dict[str, UUID]
    stores: dict[str, UUID] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)

    async def case(
        self,
        store: str,
        moves: dict[str, datetime],
        *,
        held: dict[str, tuple[str, datetime]] | None = None,
        rating: tuple[int, datetime] | None = None,
    ) -> UUID:
        """A new customer's case that entered these stages then. `held`: {role: (staff key, since)}. The case's id."""
        async with self.brand.work() as work:
            customer = self.customer(work, store)
            case = self._moved(work, customer, moves)
            for role, (person, since) in (held or {}).items():
                self.friends(work, customer, person, role, since)
            if rating is not None:
                self._rated(work, customer, *rating)
        return case

    def customer(self, work: Work, store: str, **more: Any) -> UUID:
        made = work.add(
            Customer(
                kind=CustomerKind.PERSON.value,
                name="客人",
                home_store_id=self.stores[store],
                first_added_at=at("01-01"),
                updated_at=work.now,
                **more,
            )
        )
        return made.id

    def friends(self, work: Work, customer: UUID, person: str, role: str, since: datetime, **more: Any) -> UUID:
        """A friendship held in a role from its beginning on."""
        friendship = work.add(Relationship(customer_id=customer, staff_id=self.staff[person], since=since, **more))
        work.add(
            RelationshipRole(
                customer_id=customer,
                relationship_id=friendship.id,
                role_id=self.roles[role],
                from_at=since,
                until_at=more.get("ended_at"),
                reason=RoleReason.ADDED.value,
            )
        )
        return friendship.id

    def says(self, work: Work, customer: UUID, direction: str, moment: datetime, **more: Any) -> UUID:
        """A contact in a chat about an appointment."""
        values = {"medium": "WECOM_CHAT", "purpose": "APPOINTMENT", **more}
        return work.add(Touchpoint(customer_id=customer, direction=direction, occurred_at=moment, **values)).id

    def _moved(self, work: Work, customer: UUID, moves: dict[str, datetime]) -> UUID:
        last = list(moves)[-1]
        case = work.add(
            Case(
                customer_id=customer,
                status=CaseStatus.OPEN.value,
                stage_id=self.stages[last],
                opened_at=min(moves.values()),
                moved_at=max(moves.values()),
                updated_at=work.now,
            )
        )
        before: UUID | None = None
        for stage, moment in moves.items():
            to = self.stages[stage]
            work.add(
                CaseStageChange(
                    customer_id=customer, case_id=case.id, from_stage_id=before, to_stage_id=to, occurred_at=moment
                )
            )
            before = to
        return case.id

    def _rated(self, work: Work, customer: UUID, score: int, moment: datetime) -> None:
        work.add(
            Feedback(
                kind=FeedbackKind.RATING.value,
                status=FeedbackStatus.RESOLVED.value,
                score=score,
                customer_id=customer,
                resolved_at=moment,
                occurred_at=moment,
                updated_at=work.now,
            )
        )

    async def sees(self, person: str, customer_ids: list[UUID]) -> Any:
        """A caller who is this person and sees these customers."""
        async with self.brand.work() as work:
            for customer in customer_ids:
                work.add(
                    CustomerAccess(
                        staff_id=self.staff[person], customer_id=customer, via=AccessReason.RELATIONSHIP.value
                    )
                )
        return self.brand.as_staff(self.staff[person], DataScope.OWN_CUSTOMERS)

    def id(self, type_name: str, key: str) -> str:
        """The global id of a store, role or staff member."""
        found = {"Store": self.stores, "ServiceRole": self.roles, "StaffMember": self.staff}[type_name]
        return global_id(type_name, found[key])


async def open_clinics(brand: Brand, *, per_role: bool = True) -> Clinics:
    """`per_role` False: nobody is placed in a role of the clinics, because the brand has none."""
    async with brand.work() as work:
        stages = {row.key: row.id for row in await work.rows(Stage)}
        roles = {row.key: row.id for row in await work.rows(ServiceRole)}
        clinics = Clinics(brand, stages, roles)
        for key, parent in (("east", None), ("jingan", "east"), ("tianhe", None)):
            store = work.add(
                Store(
                    key=key,
                    name=key,
                    kind="REGION" if key == "east" else "STORE",
                    parent_id=clinics.stores.get(parent or ""),
                )
            )
            clinics.stores[key] = store.id
            for ancestor in (key, parent):
                if ancestor is not None:
                    work.add(StoreAncestor(store_id=store.id, ancestor_id=clinics.stores[ancestor]))
        for key, role in (
            ("tian", "customer_service"),
            ("chen", "customer_service"),
            ("su", "consultant"),
            ("zhou", "doctor"),
        ):
            person = work.add(
                StaffMember(key=key, name=key, data_scope=DataScope.OWN_CUSTOMERS.value, joined_at=at("01-01"))
            )
            if per_role:
                work.add(Placement(staff_id=person.id, role_id=roles[role], from_at=at("01-01")))
            clinics.staff[key] = person.id
    return clinics
