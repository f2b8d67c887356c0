"""Facts of service: who came, how it was rated, whether complaints followed, what was promised, whether customers were told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, case, func, literal, or_, select, true

from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.appointments.tables import Appointment
from server.customers.case_terms import CaseStatus
from server.customers.tables import Case
from server.db.statements import table_of
from server.feedback.kinds import FeedbackKind, FeedbackStatus, RatedKind
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.operations.metrics import Metric
from server.promises.promise_terms import PromiseStatus
from server.promises.tables import Promise
from server.scorecards.questions import Facts, Question, code, fact, owner_of_stage, there_is
from server.scorecards.windows import COMPLAINT_WITHIN

GOOD_SCORE = 4
_SETTLED = (FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN)
"""Said twice, or taken back: nothing to count."""

_appointments, _cases = table_of(Appointment), table_of(Case)
_feedback, _clocks, _promises = table_of(Feedback), table_of(FeedbackClock), table_of(Promise)


def attendance(question: Question, metric: Metric) -> Facts:
    """Appointments that were due, but for those the brand itself called off. Whoever is still expected is maturing."""
    row = _appointments.c
    is_expected = code(row.status, AppointmentStatus.BOOKED, AppointmentStatus.RESCHEDULED)
    return select(
        *fact(
            id=row.id,
            at=row.starts_at,
            customer_id=row.customer_id,
            subject_id=row.id,
            is_hit=row.status == AppointmentStatus.ARRIVED.value,
            is_maturing=and_(is_expected, row.ends_at > literal(question.now)),
            credited_at=row.starts_at,
            place_id=row.store_id,
        )
    ).where(
        row.tenant_id == question.tenant_id,
        question.falls(row.starts_at),
        or_(row.cancelled_by.is_(None), row.cancelled_by != CancelledBy.BRAND.value),
    )


def satisfaction(question: Question, metric: Metric) -> Facts:
    """Ratings, each of whoever served: of a visit the role that received, of an answer the one that gave it; of a case, and
    where neither is said, whoever owned the stage at which the case stood."""
    row, visit, answer = _feedback.c, _appointments.alias("visit"), _feedback.alias("answer")
    case_id = func.coalesce(row.case_id, case((row.rated_type == RatedKind.CASE.value, row.rated_id)), visit.c.case_id)
    source = _feedback.outerjoin(visit, _is_rated(visit, RatedKind.APPOINTMENT)).outerjoin(
        answer, _is_rated(answer, RatedKind.FEEDBACK)
    )
    owner = owner_of_stage(
        question, row.occurred_at, _feedback, visit, answer, case_id=case_id, customer_id=row.customer_id
    )
    units = (visit.c, answer.c, owner.c)
    named = [or_(one.group_id.isnot(None), one.role_id.isnot(None)) for one in units]
    return (
        select(
            *fact(
                id=row.id,
                at=row.occurred_at,
                customer_id=row.customer_id,
                subject_id=row.id,
                is_hit=row.score >= GOOD_SCORE,
                is_maturing=literal(value=False),
                measure=row.score,
                credited_at=row.occurred_at,
                group_id=case(*((is_named, one.group_id) for is_named, one in zip(named, units, strict=True))),
                role_id=case(*((is_named, one.role_id) for is_named, one in zip(named, units, strict=True))),
                place_id=row.store_id,
                staff_id=visit.c.staff_id,
            )
        )
        .select_from(source.outerjoin(owner, true()))
        .where(
            row.tenant_id == question.tenant_id,
            row.kind == FeedbackKind.RATING.value,
            question.falls(row.occurred_at),
            ~code(row.status, *_SETTLED),
        )
    )


def _is_rated(thing: Any, kind: RatedKind) -> ColumnElement[bool]:
    row = _feedback.c
    return and_(row.rated_type == kind.value, thing.c.tenant_id == row.tenant_id, thing.c.id == row.rated_id)


def no_complaint(question: Question, metric: Metric) -> Facts:
    """Cases that were completed: whether no complaint about them came until thirty days later.

    A complaint that names no case is about every case the customer had opened by then.
    """
    row, complaint = _cases.c, _feedback.alias("complaint")
    complained = there_is(
        complaint,
        complaint.c.tenant_id == question.tenant_id,
        complaint.c.customer_id == row.customer_id,
        complaint.c.kind == FeedbackKind.COMPLAINT.value,
        ~code(complaint.c.status, *_SETTLED),
        or_(
            complaint.c.case_id == row.id,
            and_(complaint.c.case_id.is_(None), complaint.c.occurred_at >= row.opened_at),
        ),
        complaint.c.occurred_at <= row.closed_at + COMPLAINT_WITHIN,
    )
    return select(
        *fact(
            id=row.id,
            at=row.closed_at,
            customer_id=row.customer_id,
            subject_id=row.id,
            is_hit=~complained,
            is_maturing=question.is_open(row.closed_at, COMPLAINT_WITHIN),
            credited_at=row.closed_at,
        )
    ).where(
        row.tenant_id == question.tenant_id,
        code(row.status, CaseStatus.WON, CaseStatus.COMPLETED),
        question.falls(row.closed_at),
    )


def on_time(question: Question, metric: Metric) -> Facts:
    """Promises that were due, but for those the customer released us from. One that is not due yet is maturing."""
    row = _promises.c
    return select(
        *fact(
            id=row.id,
            at=row.due_at,
            customer_id=row.customer_id,
            subject_id=row.id,
            is_hit=func.coalesce(row.kept_in_time, False),
            is_maturing=and_(row.status == PromiseStatus.OPEN.value, row.due_at > literal(question.now)),
            credited_at=row.due_at,
            group_id=row.group_id,
            role_id=row.role_id,
            place_id=row.store_id,
            staff_id=row.staff_id,
        )
    ).where(
        row.tenant_id == question.tenant_id,
        code(row.status, PromiseStatus.OPEN, PromiseStatus.KEPT, PromiseStatus.BROKEN),
        question.falls(row.due_at),
    )


def promise_kept(question: Question, metric: Metric) -> Facts:
    """Promises that were settled as kept or broken."""
    row = _promises.c
    return select(
        *fact(
            id=row.id,
            at=row.settled_at,
            customer_id=row.customer_id,
            subject_id=row.id,
            is_hit=row.status == PromiseStatus.KEPT.value,
            is_maturing=literal(value=False),
            credited_at=row.settled_at,
            group_id=row.group_id,
            role_id=row.role_id,
            place_id=row.store_id,
            staff_id=row.staff_id,
        )
    ).where(
        row.tenant_id == question.tenant_id,
        code(row.status, PromiseStatus.KEPT, PromiseStatus.BROKEN),
        question.falls(row.settled_at),
    )


def closed_loop(question: Question, metric: Metric) -> Facts:
    """Clocks of feedback that ended: by the answer, or by running out.

    A clock that was reopened is another clock. Of a matter told twice or taken back nobody had to be told.
    """
    clock, row = _clocks.c, _feedback.c
    in_time = and_(clock.stopped_at.isnot(None), clock.stopped_at <= clock.due_at)
    ended = case((in_time, clock.stopped_at), else_=clock.due_at)
    falls = or_(
        and_(in_time, question.falls(clock.stopped_at)),
        and_(~in_time, question.falls(clock.due_at)),
    )
    return (
        select(
            *fact(
                id=clock.id,
                at=ended,
                customer_id=clock.customer_id,
                subject_id=clock.feedback_id,
                is_hit=in_time,
                is_maturing=and_(clock.stopped_at.is_(None), clock.due_at > literal(question.now)),
                credited_at=ended,
                group_id=row.group_id,
                role_id=row.role_id,
                place_id=row.store_id,
                staff_id=_who_told(question) if question.asks_who else literal(None, Uuid),
            )
        )
        .select_from(
            _clocks.join(_feedback, and_(row.tenant_id == clock.tenant_id, row.id == clock.feedback_id)),
        )
        .where(clock.tenant_id == question.tenant_id, ~code(row.status, *_SETTLED), falls)
    )


def _who_told(question: Question) -> ColumnElement[Any]:
    """Whoever moved the feedback when the clock stopped."""
    moves = table_of(FeedbackMove).c
    return (
        select(moves.staff_id)
        .where(
            moves.tenant_id == question.tenant_id,
            moves.feedback_id == _clocks.c.feedback_id,
            moves.occurred_at == _clocks.c.stopped_at,
            code(moves.to_status, FeedbackStatus.ANSWERED, FeedbackStatus.DECLINED),
        )
        .order_by(moves.recorded_at, moves.id)
        .limit(1)
        .correlate(_clocks)
        .scalar_subquery()
    )
