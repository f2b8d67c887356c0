"""Service notes: what happened, for whoever serves next. A sensitive one is only kept where the customer consented."""

from __future__ import annotations

from server.customers import boundary, family, queries, visibility
from server.customers.commands import WriteServiceNote
from server.customers.consent_scopes import ConsentScope
from server.customers.errors import ConsentMissing
from server.customers.events import NoteWritten
from server.customers.note_kinds import NoteKind
from server.customers.service.cases import past
from server.customers.tables import Case, ServiceNote, Subject
from server.db.work import Work
from server.errors import NotFound
from server.tenants import external_refs

NEEDED_CONSENT: dict[NoteKind, ConsentScope] = {
    NoteKind.DIAGNOSIS: ConsentScope.SENSITIVE_HEALTH,
    NoteKind.TREATMENT: ConsentScope.SENSITIVE_HEALTH,
    NoteKind.ALLERGY: ConsentScope.SENSITIVE_HEALTH,
    NoteKind.FINANCE: ConsentScope.SENSITIVE_FINANCE,
    NoteKind.LEARNING: ConsentScope.MINOR_BY_GUARDIAN,
}
"""What a sensitive note hangs on. Kinds that are not here need no consent of their own."""


async def write_service_note(work: Work, command: WriteServiceNote) -> ServiceNote:
    """Keep a note. Raises ConsentMissing for a sensitive kind without standing consent, OutOfBoundary for a purpose that is
    not that of the role its author acts in, OverrideNotGranted, NotFound, InFuture, ExternalRefTaken.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = past(work, command.occurred_at)
    if command.case_id is not None:
        case = await work.require(Case, command.case_id, "case_id")
        if not await family.are_one(work, case.customer_id, command.customer_id):
            raise NotFound("case_id")
    if command.subject_id is not None:
        subject = await work.require(Subject, command.subject_id, "subject_id")
        if not await family.are_one(work, subject.customer_id, command.customer_id):
            raise NotFound("subject_id")
    scope = NEEDED_CONSENT.get(command.kind)
    if scope is not None and not await queries.consent_holds(work, command.customer_id, scope):
        raise ConsentMissing("kind", scope=scope.value)
    override = None
    if command.purpose is not None:
        override = await boundary.require_within(
            work, command.customer_id, command.purpose, "purpose", reason=command.boundary_override
        )
    note = work.add(
        ServiceNote(
            customer_id=command.customer_id,
            case_id=command.case_id,
            subject_id=command.subject_id,
            staff_id=work.caller.staff_id,
            kind=command.kind.value,
            purpose=None if command.purpose is None else command.purpose.value,
            words=command.text,
            sensitive=command.kind.sensitive,
            occurred_at=at,
        )
    )
    work.emit(
        NoteWritten(
            note_id=note.id,
            customer_id=note.customer_id,
            case_id=note.case_id,
            served_subject_id=note.subject_id,
            staff_id=note.staff_id,
            kind=command.kind,
            purpose=command.purpose,
            sensitive=note.sensitive,
            occurred_at=at,
        )
    )
    boundary.keep(work, override, "ServiceNote", note.id, customer_id=note.customer_id, occurred_at=at)
    await external_refs.attach(work, "ServiceNote", note.id, command.external_refs, just_made=True)
    return note
