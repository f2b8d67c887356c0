"""Facts made up by chance, of every kind scorecards count: crowded in time, with ties, gaps and edges of windows.

All times are so many half hours before a quarter of an hour from now, so that nothing that depends on the present changes
while a test runs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.tables import Appointment
from server.customers.case_terms import CaseStatus
from server.customers.customer_kinds import CustomerKind
from server.customers.relationship_terms import RelationshipState
from server.customers.tables import Case, CaseStageChange, Customer, Relationship, RelationshipRole
from server.db.work import Work
from server.feedback.kinds import FeedbackKind, FeedbackStatus
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.operations.tables import Channel, MetricTarget, OpsGroup, ServiceRole, Stage, Store, StoreAncestor
from server.operations.units import Unit
from server.orders.tables import Order
from server.promises.promise_terms import PromiseStatus
from server.promises.tables import Promise
from server.tenants.tables import BusinessHours, ClosedDay, StaffMember
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome
from server.touchpoints.tables import Touchpoint, TouchpointOutcome
from server.wow_moments.surprise_terms import ShareMedium, WowTrigger
from server.wow_moments.tables import Referral, Share, WowMoment, WowPlay

DAYS = 50
HALF_HOUR = timedelta(minutes=30)


@dataclass
class Chance:
    """Adds rows to one brand."""

    work: Work
    dice: random.Random

    def some(self, choices: Sequence[Any], none: float = 0.2) -> Any:
        return None if not choices or self.dice.random() < none else self.dice.choice(choices)

    def moment(self, after: datetime | None = None) -> datetime:
        """Some time of the last fifty days, behind `after`."""
        latest = self.work.now + HALF_HOUR / 2
        most = DAYS * 48 if after is None else max(int((latest - after) / HALF_HOUR), 1)
        return latest - HALF_HOUR * self.dice.randint(1, most)

    def soon(self, after: datetime) -> datetime:
        """Right then, or minutes, hours or days later; never later than now."""
        steps = (0, 1, 5, 9, 10, 11, 29, 31, 60, 61, 600, 60 * 30, 60 * 24 * 3, 60 * 24 * 7, 60 * 24 * 14, 60 * 24 * 30)
        return min(after + timedelta(minutes=self.dice.choice(steps)), self.work.now)

    async def furnish(self, customers: int) -> None:
        work = self.work
        self.before: list[UUID] = []
        self.rated: list[tuple[str, UUID] | None] = []
        self.stages = sorted(await work.rows(Stage), key=lambda row: row.position)
        self.units = [Unit(group_id=row.id) for row in await work.rows(OpsGroup)]
        self.units += [Unit(role_id=row.id) for row in await work.rows(ServiceRole)]
        self.staff = [
            work.add(StaffMember(key=f"p{number}", name=f"P{number}", joined_at=work.now)).id for number in range(5)
        ]
        self.stores: list[UUID] = []
        for key, parent in (("north", None), ("one", 0), ("two", 0), ("three", None)):
            above = None if parent is None else self.stores[parent]
            store = work.add(Store(key=key, name=key, kind="STORE", parent_id=above))
            self.stores.append(store.id)
            for ancestor in (store.id, above):
                if ancestor is not None:
                    work.add(StoreAncestor(store_id=store.id, ancestor_id=ancestor))
        self.channels = [
            work.add(Channel(state=f"c{number}", name="码", kind="OTHER", campaign=campaign)).id
            for number, campaign in enumerate((None, "spring", "spring", "autumn"))
        ]
        self._hours()
        self._targets()
        self.plays = [
            work.add(
                WowPlay(
                    key=f"w{number}", name="信", script="写信", trigger=WowTrigger.MILESTONE.value, **self._unit(none)
                )
            ).id
            for number, none in enumerate((1.0, 0.0, 0.0))
        ]
        for _ in range(customers):
            self._customer()
        for _ in range(customers // 3):
            self._promise(None, [])
            self._feedback(None, [])

    def _hours(self) -> None:
        for weekday in (1, 2, 3, 4, 6):
            self.work.add(BusinessHours(weekday=weekday, opens=9 * 60, closes=12 * 60))
            self.work.add(BusinessHours(weekday=weekday, opens=13 * 60, closes=(24 if weekday == 3 else 20) * 60))
        for ago in (5, 12):
            self.work.add(ClosedDay(day=(self.work.now - timedelta(days=ago)).date()))

    def _targets(self) -> None:
        for metric in ("VISIT_RATE", "SATISFACTION", "RETENTION_RATE", "CONVERSION_RATE"):
            for unit in self.units:
                for store in (None, self.stores[1]):
                    points = self.dice.randrange(10_001)
                    self.work.add(
                        MetricTarget(
                            metric=metric, basis_points=points, store_id=store, since=self.work.now, **columns(unit)
                        )
                    )

    def _unit(self, none: float = 0.3) -> dict[str, Any]:
        return columns(self.some(self.units, none))

    def _customer(self) -> None:
        work, dice = self.work, self.dice
        began = self.moment()
        customer = work.add(
            Customer(
                kind=CustomerKind.PERSON.value, name="客", home_store_id=self.some(self.stores),
                first_added_at=began, updated_at=work.now,
            )
        ).id  # fmt: skip
        cases = [self._case(customer) for _ in range(dice.choice((0, 1, 1, 2)))]
        over: datetime | None = None
        for person in dice.sample(self.staff, dice.randint(0, 4)):
            over = self._friendship(customer, person, over)
        for purpose in dice.sample(("ENQUIRY", "APPOINTMENT", "PROFESSIONAL_AFTERCARE"), 2):
            self._conversation(customer, purpose)
        for _ in range(3):
            self._contact(customer, self.moment(), direction="OUTBOUND", outcome=dice.choice(list(Outcome)).value)
        visits = [self._appointment(customer, cases) for _ in range(dice.randint(0, 2))]
        answers: list[UUID] = []
        for _ in range(dice.randint(0, 3)):
            answers.append(self._feedback(customer, cases, visits, answers))
        for _ in range(dice.randint(0, 2)):
            self._promise(customer, cases)
        for _ in range(dice.randint(0, 2)):
            self._surprise(customer, cases)
        self._buys(customer)

    def _case(self, customer: UUID) -> UUID:
        status = self.dice.choice((CaseStatus.OPEN, CaseStatus.WON, CaseStatus.COMPLETED, CaseStatus.DORMANT))
        opened = self.moment()
        steps: list[tuple[Stage, datetime]] = []
        moment = opened
        for stage in sorted(self.dice.sample(self.stages, self.dice.randint(1, 5)), key=lambda row: row.position):
            steps.append((stage, moment))
            moment = self.soon(moment)
        if self.dice.random() < 0.2:
            steps.append((steps[0][0], moment))  # back to where it began
        case = self.work.add(
            Case(
                customer_id=customer, status=status.value, stage_id=steps[-1][0].id, opened_at=opened, moved_at=moment,
                closed_at=None if status is CaseStatus.OPEN else self.soon(moment), updated_at=self.work.now,
            )
        )  # fmt: skip
        for stage, at in steps:
            self.work.add(CaseStageChange(customer_id=customer, case_id=case.id, to_stage_id=stage.id, occurred_at=at))
        return case.id

    def _friendship(self, customer: UUID, person: UUID, over: datetime | None) -> datetime | None:
        """`over`: when the one before ended, which this one may take over. When this one ended."""
        state = self.dice.choice(list(RelationshipState))
        live = state in (RelationshipState.PENDING, RelationshipState.ACTIVE)
        since = self.moment() if over is None or self.dice.random() < 0.5 else over
        ended = None if live else self.soon(since)
        friendship = self.work.add(
            Relationship(
                customer_id=customer, staff_id=person, state=state.value, channel_id=self.some(self.channels, 0.4),
                since=since, ended_at=ended,
            )
        )  # fmt: skip
        for unit in self.dice.sample(self.units, self.dice.randint(0, 3)):
            begins = self.soon(since) if self.dice.random() < 0.4 else since
            self.work.add(
                RelationshipRole(
                    customer_id=customer, relationship_id=friendship.id, store_id=self.some(self.stores, 0.5),
                    from_at=begins, until_at=None if ended is None else max(begins, ended), reason="ADDED",
                    **columns(unit),
                )
            )  # fmt: skip
        return ended

    def _conversation(self, customer: UUID, purpose: str) -> None:
        moment = self.moment()
        for _ in range(self.dice.randint(1, 6)):
            direction = self.dice.choice(("INBOUND", "INBOUND", "OUTBOUND"))
            self._contact(customer, moment, direction=direction, purpose=purpose)
            moment = self.soon(moment)

    def _contact(self, customer: UUID, moment: datetime, **more: Any) -> None:
        media = (
            Medium.WECOM_CHAT,
            Medium.WECOM_CHAT,
            Medium.EMAIL,
            Medium.PHONE,
            Medium.WECOM_MASS_SEND,
            Medium.PARCEL,
        )
        touchpoint = self.work.add(
            Touchpoint(
                **{
                    "customer_id": customer, "occurred_at": moment, "staff_id": self.some(self.staff, 0.3),
                    "store_id": self.some(self.stores, 0.5), "medium": self.dice.choice(media).value, "purpose": "ENQUIRY",
                    "state": self.dice.choice(("SENT", "SENT", "SENT", "RELEASED")), **self._unit(), **more,
                }
            )
        )  # fmt: skip
        if self.dice.random() < 0.5:
            self.work.add(
                TouchpointOutcome(
                    touchpoint_id=touchpoint.id, customer_id=customer, occurred_at=moment,
                    outcome=self.dice.choice(("DELIVERED", "OPENED", "BLOCKED")),
                )
            )  # fmt: skip

    def _feedback(
        self, customer: UUID | None, cases: Sequence[UUID], visits: Sequence[UUID] = (), answers: Sequence[UUID] = ()
    ) -> UUID:
        things = (
            [("Case", id) for id in cases]
            + [("Appointment", id) for id in visits]
            + [("Feedback", id) for id in answers]
        )
        things = [one for one in things if one not in self.rated]
        kind = self.dice.choice(
            (FeedbackKind.RATING, FeedbackKind.RATING, FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION)
        )
        status = self.dice.choice(list(FeedbackStatus))
        rated = self.some(things, 0.3) if kind is FeedbackKind.RATING else None
        self.rated.append(rated)
        raised = self.moment()
        row = self.work.add(
            Feedback(
                kind=kind.value, status=status.value, score=self.dice.randint(1, 5) if kind is FeedbackKind.RATING else None,
                customer_id=customer, case_id=self.some(cases, 0.5), store_id=self.some(self.stores, 0.4),
                rated_type=rated and rated[0], rated_id=rated and rated[1],
                occurred_at=raised, updated_at=self.work.now, **self._unit(),
            )
        )  # fmt: skip
        due = raised + timedelta(days=self.dice.choice((0, 1, 3, 30)))
        for number in range(1, self.dice.randint(1, 3)):
            stopped = None if self.dice.random() < 0.3 else self.dice.choice((due, self.soon(raised)))
            self.work.add(
                FeedbackClock(
                    feedback_id=row.id, customer_id=customer, number=number, started_at=raised, due_at=due,
                    stopped_at=stopped, result="RUNNING" if stopped is None else "ON_TIME" if stopped <= due else "LATE",
                )
            )  # fmt: skip
            for at in [] if stopped is None else [stopped] * self.dice.randint(0, 2):
                self.work.add(
                    FeedbackMove(
                        feedback_id=row.id, customer_id=customer, occurred_at=at, staff_id=self.some(self.staff),
                        to_status=self.dice.choice(("ANSWERED", "DECLINED", "IN_PROGRESS")),
                    )
                )  # fmt: skip
        return row.id

    def _appointment(self, customer: UUID, cases: list[UUID]) -> UUID:
        status = self.dice.choice(list(AppointmentStatus))
        starts = self.moment() + timedelta(days=self.dice.choice((0, 0, 2)))
        called_off = status is AppointmentStatus.CANCELLED
        made = self.work.add(
            Appointment(
                customer_id=customer, case_id=self.some(cases), staff_id=self.some(self.staff, 0.5),
                store_id=self.some(self.stores), status=status.value, starts_at=starts,
                ends_at=starts + HALF_HOUR, settled_at=None if status.expected else self.work.now,
                cancelled_by=self.dice.choice(("CUSTOMER", "BRAND")) if called_off else None,
                occurred_at=starts - timedelta(days=3), updated_at=self.work.now, **self._unit(),
            )
        )  # fmt: skip
        return made.id

    def _promise(self, customer: UUID | None, cases: list[UUID]) -> None:
        status, made = self.dice.choice(list(PromiseStatus)), self.moment()
        due = self.some([made + timedelta(hours=1), made + timedelta(days=2), self.soon(made)], 0.1)
        settled = None if status is PromiseStatus.OPEN else self.soon(made)
        known = settled is not None and due is not None and status in (PromiseStatus.KEPT, PromiseStatus.BROKEN)
        self.work.add(
            Promise(
                customer_id=customer, case_id=self.some(cases), staff_id=self.some(self.staff), text="三天内到",
                store_id=self.some(self.stores), status=status.value, due_at=due, settled_at=settled,
                kept_in_time=(status is PromiseStatus.KEPT and settled <= due) if known else None,
                occurred_at=made, updated_at=self.work.now, **self._unit(),
            )
        )  # fmt: skip

    def _buys(self, customer: UUID) -> None:
        """Perhaps an order; and perhaps somebody who came earlier brought this customer."""
        if self.dice.random() < 0.6:
            self.work.add(
                Order(
                    customer_id=customer, currency="CNY", lines_minor=100, total_minor=100, paid_minor=100,
                    occurred_at=self.moment(), updated_at=self.work.now,
                )
            )  # fmt: skip
        if self.before and self.dice.random() < 0.6:
            self.work.add(
                Referral(
                    customer_id=customer,
                    referrer_id=self.dice.choice(self.before),
                    rewarded=False,
                    occurred_at=self.moment(),
                )
            )
        self.before.append(customer)

    def _surprise(self, customer: UUID, cases: list[UUID]) -> None:
        moment = self.work.add(
            WowMoment(
                customer_id=customer, play_id=self.some(self.plays), staff_id=self.some(self.staff),
                case_id=self.some(cases, 0.5), store_id=self.some(self.stores), occurred_at=self.moment(),
                **self._unit(0.6),
            )
        )  # fmt: skip
        for _ in range(self.dice.randint(0, 2)):
            prompted, rewarded = self.dice.random() < 0.3, self.dice.random() < 0.2
            self.work.add(
                Share(
                    customer_id=customer, wow_moment_id=moment.id, medium=ShareMedium.XIAOHONGSHU.value, prompted=prompted,
                    rewarded=rewarded, spontaneous=not prompted and not rewarded, occurred_at=self.soon(moment.occurred_at),
                )
            )  # fmt: skip


def columns(unit: Unit | None) -> dict[str, Any]:
    """The two columns that name a unit."""
    return {"group_id": None, "role_id": None} if unit is None else {"group_id": unit.group_id, "role_id": unit.role_id}
