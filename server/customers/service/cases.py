"""Cases: opened, moved along the journey, closed. The customer's stage follows the most recently moved open one.

The customer's row is locked before any case is decided about, so two moves of one customer never cross.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.customers import family, queries, visibility
from server.customers.case_terms import CaseStatus
from server.customers.commands import AdvanceCustomer, CloseCase, OpenCase
from server.customers.errors import (
    BeforeLastMove,
    CannotCloseAsOpen,
    CaseIsClosed,
    GoingBackNeedsReason,
    InFuture,
    LossNeedsReason,
    LossReasonWithoutLoss,
    NoJourney,
    SeveralCases,
    StageRetired,
)
from server.customers.events import CaseClosed, CaseOpened, CaseStageChanged, CustomerStageChanged
from server.customers.tables import Case, CaseStageChange, Customer, FactWords, Subject
from server.db.work import Work
from server.errors import NotFound
from server.ids import global_id
from server.operations import queries as operations
from server.operations.tables import Stage
from server.tenants import external_refs


async def open_case(work: Work, command: OpenCase) -> Case:
    """Begin a pass through the journey: at the stage named, or at the first one.

    Raises NotFound on what the caller may not name, StageRetired, NoJourney, InFuture, ExternalRefTaken.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = past(work, command.occurred_at)
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    await _require_subject(work, command.customer_id, command.subject_id)
    if command.stage_id is not None:
        stage = await _stage(work, command.stage_id)
    else:
        stages = await operations.journey(work)
        if not stages:
            raise NoJourney("stage_id")
        stage = stages[0]
    case = await begin_case(work, customer, stage, subject_id=command.subject_id, at=at)
    await external_refs.attach(work, "Case", case.id, command.external_refs, just_made=True)
    return case


async def begin_case(
    work: Work, customer: Customer, stage: Stage, *, subject_id: UUID | None = None, at: datetime
) -> Case:
    """A new open case at the stage. The customer's row must be locked by the caller."""
    case = work.add(
        Case(
            customer_id=customer.id,
            subject_id=subject_id,
            stage_id=stage.id,
            opened_at=at,
            moved_at=at,
            updated_at=work.now,
        )
    )
    work.emit(CaseOpened(case_id=case.id, customer_id=customer.id, served_subject_id=subject_id, occurred_at=at))
    _note_move(work, case, None, None, at)
    await follow(work, customer)
    return case


async def advance_customer(work: Work, command: AdvanceCustomer) -> Case:
    """Move a case to a stage: the one named, the only open one, or a new one. To where it stands, nothing happens.

    Raises SeveralCases, CaseIsClosed, GoingBackNeedsReason, StageRetired, BeforeLastMove, NotFound, Conflict, InFuture.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = past(work, command.occurred_at)
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    stage = await _stage(work, command.stage_id)
    case = await _case_to_move(work, command)
    if case is None:
        return await begin_case(work, customer, stage, at=at)
    if case.stage_id == stage.id:
        return case
    standing = await work.require(Stage, case.stage_id, "case_id")
    # A retired stage has no place in the journey any more, so leaving it is never a step back.
    if standing.retired_at is None and stage.position < standing.position and command.reason is None:
        raise GoingBackNeedsReason("reason")
    at = _not_before(case, command.occurred_at, at)
    await work.change(
        case,
        expected_version=command.expected_version,
        stage_id=stage.id,
        moved_at=at,
        updated_at=work.now,
    )
    _note_move(work, case, standing.id, command.reason, at)
    if case.customer_id != customer.id:  # a case of somebody who is one with the customer named
        customer = await work.require(Customer, case.customer_id, "case_id", lock=True)
    await follow(work, customer)
    return case


async def close_case(work: Work, command: CloseCase) -> Case:
    """End a pass: won, completed, lost (with the reason), or dormant.

    Raises NotFound, CaseIsClosed, CannotCloseAsOpen, LossNeedsReason, LossReasonWithoutLoss, BeforeLastMove, Conflict, InFuture.
    """
    if command.status is CaseStatus.OPEN:
        raise CannotCloseAsOpen("status")
    if command.status is CaseStatus.LOST and command.loss_reason is None:
        raise LossNeedsReason("loss_reason")
    if command.status is not CaseStatus.LOST and command.loss_reason is not None:
        raise LossReasonWithoutLoss("loss_reason")
    at = past(work, command.occurred_at)
    case = await visible_case(work, command.case_id, "case_id")
    customer = await work.require(Customer, case.customer_id, "case_id", lock=True)
    case = await work.require(Case, case.id, "case_id", lock=True)
    if case.status != CaseStatus.OPEN:
        raise CaseIsClosed("case_id")
    at = _not_before(case, command.occurred_at, at)
    await work.change(
        case,
        expected_version=command.expected_version,
        status=command.status.value,
        loss_reason=None if command.loss_reason is None else command.loss_reason.value,
        closed_at=at,
        updated_at=work.now,
    )
    work.emit(
        CaseClosed(
            case_id=case.id,
            customer_id=customer.id,
            status=command.status,
            loss_reason=command.loss_reason,
            case_version=case.version,
            occurred_at=at,
        )
    )
    await follow(work, customer)
    return case


async def visible_case(work: Work, case_id: UUID, *field: str) -> Case:
    """The case, where the caller may see its customer; raises NotFound on `field` otherwise."""
    case = await work.get(Case, case_id)
    if case is None or not await visibility.is_visible(work, case.customer_id):
        raise NotFound(*field)
    return case


def past(work: Work, at: datetime | None) -> datetime:
    """When a fact happened: as said, or now. Raises InFuture."""
    if at is not None and at > work.now:
        raise InFuture("occurred_at")
    return work.now if at is None else at


def _not_before(case: Case, said: datetime | None, at: datetime) -> datetime:
    """A case is not moved or closed before its last move. Who said no time may have begun the act a moment earlier."""
    if said is not None and said < case.moved_at:
        raise BeforeLastMove("occurred_at")
    return max(at, case.moved_at)


async def _case_to_move(work: Work, command: AdvanceCustomer) -> Case | None:
    open_ones = await queries.open_cases(work, command.customer_id)
    if command.case_id is None:
        if len(open_ones) > 1:
            raise SeveralCases("case_id", cases=", ".join(global_id("Case", case.id) for case in open_ones))
        return open_ones[0] if open_ones else None
    case = await work.get(Case, command.case_id)
    if case is None or not await family.are_one(work, case.customer_id, command.customer_id):
        raise NotFound("case_id")
    if case.status != CaseStatus.OPEN:
        raise CaseIsClosed("case_id")
    return case


async def _stage(work: Work, stage_id: UUID) -> Stage:
    stage = await work.require(Stage, stage_id, "stage_id")
    if stage.retired_at is not None:
        raise StageRetired("stage_id")
    return stage


async def _require_subject(work: Work, customer_id: UUID, subject_id: UUID | None) -> None:
    if subject_id is not None:
        subject = await work.require(Subject, subject_id, "subject_id")
        if not await family.are_one(work, subject.customer_id, customer_id):
            raise NotFound("subject_id")


def _note_move(work: Work, case: Case, from_stage_id: UUID | None, reason: str | None, at: datetime) -> None:
    change = work.add(
        CaseStageChange(
            customer_id=case.customer_id,
            case_id=case.id,
            from_stage_id=from_stage_id,
            to_stage_id=case.stage_id,
            staff_id=work.caller.staff_id,
            occurred_at=at,
        )
    )
    if reason is not None:
        work.add(FactWords(customer_id=case.customer_id, fact_id=change.id, words=reason))
    work.emit(
        CaseStageChanged(
            stage_change_id=change.id,
            case_id=case.id,
            customer_id=case.customer_id,
            from_stage_id=from_stage_id,
            to_stage_id=case.stage_id,
            staff_id=change.staff_id,
            case_version=case.version,
            occurred_at=at,
        )
    )


async def follow(work: Work, customer: Customer) -> None:
    """The customer stands where the most recently moved open case stands; nowhere when none is open.

    Whoever has others merged into them stands where the newest case of all of these does. The row must be locked.
    """
    await _stand(work, customer)
    if customer.merged_into is not None and customer.family_id is not None:
        head = await work.get(Customer, customer.family_id, lock=True)
        if head is not None:
            await _stand(work, head)


async def _stand(work: Work, customer: Customer) -> None:
    open_ones = await queries.open_cases(work, customer.id)
    if customer.merged_into is not None:
        open_ones = [case for case in open_ones if case.customer_id == customer.id]
    stage_id = open_ones[0].stage_id if open_ones else None
    if stage_id == customer.stage_id:
        return
    await work.change(customer, stage_id=stage_id, updated_at=work.now)
    work.emit(CustomerStageChanged(customer_id=customer.id, stage_id=stage_id, customer_version=customer.version))
