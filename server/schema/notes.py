"""Service notes: what happened, for whoever serves next. Sensitive words are for cleared eyes only."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import func, select

from server.access.permissions import Permission
from server.customers import commands, tables
from server.customers.lookup import cleared_kinds
from server.customers.note_kinds import NoteKind
from server.customers.service import notes as service
from server.customers.serving import by_person, clearances, served
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.operations.purposes import Purpose
from server.planner.declarations import column, computed, link, ref, value
from server.planner.filters import BooleanFilter, ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.boundaries import boundary_override_reason
from server.schema.cases import Case, Subject
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.roles_of_rows import BoundaryFact

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.staff import StaffMember

_rows = table_of(tables.ServiceNote).c
_customers = table_of(tables.Customer).c
_one_id = (
    select(func.coalesce(_customers.family_id, _customers.id))
    .where(_customers.tenant_id == _rows.tenant_id, _customers.id == _rows.customer_id)
    .correlate(table_of(tables.ServiceNote))
    .scalar_subquery()
)
"""Who the customer is one with."""
_needs = {"kind": _rows.kind, "sensitive": _rows.sensitive, "staff_id": _rows.staff_id}


async def _withheld(reader: Reader, rows: Sequence[Any]) -> list[bool]:
    """Sensitive, not the caller's own, and of a kind the caller is not cleared for."""
    if not any(row.sensitive for row in rows):
        return [False] * len(rows)
    cleared = await cleared_kinds(reader)
    own = str(reader.call.caller.staff_id)
    return [
        bool(row.sensitive and cleared is not None and row.kind not in cleared and row.staff_id != own) for row in rows
    ]


async def _texts(reader: Reader, rows: Sequence[Any]) -> list[str | None]:
    return [None if withheld else row.words for row, withheld in zip(rows, await _withheld(reader, rows), strict=True)]


async def _whom_to_ask(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    """Who serves the customer and is cleared for the kind, in the order in which they came; nobody where nothing is withheld."""
    withheld = await _withheld(reader, rows)
    customers = {UUID(row.customer_id) for row, hidden in zip(rows, withheld, strict=True) if hidden}
    if not customers:
        return [[] for _ in rows]
    teams = by_person([one for one in await served(reader, customers) if one.staff_works_here])
    cleared = await clearances(reader, {one.staff_id for team in teams.values() for one in team})
    return [
        [
            ref(staff_id)
            for staff_id in dict.fromkeys(one.staff_id for one in teams.get(UUID(row.one_id), ()))
            if hidden and row.kind in cleared.get(staff_id, ())
        ]
        for row, hidden in zip(rows, withheld, strict=True)
    ]


@node(
    tables.ServiceNote,
    permission=Permission.NOTE_READ,
    description="What happened 服务记录: the context whoever serves next must have. A sensitive note shows an uncleared "
    "reader that something is there, and whom to ask.",
)
class ServiceNote(BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="The customer."
    )
    case: Case | None = link(_rows.case_id, description="The case it belongs to, where it belongs to one.")
    subject: Subject | None = link(_rows.subject_id, description="The subject it is about, where it is about one.")
    author: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who wrote it; null where no staff member did."
    )
    kind: NoteKind = column(_rows.kind, description="What it records.")
    purpose: Purpose | None = column(
        _rows.purpose, description="The purpose it was written for; null where its author named none."
    )
    sensitive: bool = column(
        _rows.sensitive, description="Whether only its author and cleared staff may read the text."
    )
    text: str | None = computed(
        _texts,
        needs={**_needs, "words": _rows.words},
        personal=True,
        description="What happened. Null where it is withheld from this reader: see `withheld` and `askWhom`.",
    )
    withheld: bool = computed(_withheld, needs=_needs, description="Whether the text is kept from this reader.")
    ask_whom: list[Annotated["StaffMember", strawberry.lazy("server.schema.staff")]] = computed(
        _whom_to_ask,
        needs={**_needs, "customer_id": _rows.customer_id, "one_id": _one_id},
        description="Of a withheld note: who serves the customer and is cleared to read it. Empty where nothing is "
        "withheld, or nobody who serves is cleared.",
    )
    external_refs: list[ExternalRef] = external_refs_field("ServiceNote")
    occurred_at: datetime = column(_rows.occurred_at, description="When it happened; may be past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was written.")


NOTE_ORDERS = orders("ServiceNote", OCCURRED_AT=_rows.occurred_at)


@strawberry.input(description="Which notes.")
class ServiceNoteFilter:
    kind: ChoiceFilter[NoteKind] | None = matches(_rows.kind, description="What they record.")
    sensitive: BooleanFilter | None = matches(_rows.sensitive, description="Whether they are sensitive.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="Of which case.")
    subject: IdFilter | None = matches(_rows.subject_id, id_of="Subject", description="About which subject.")
    author: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who wrote them.")
    occurred_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When it happened.")


NOTE_FILTER = filter_type(ServiceNoteFilter)


@strawberry.input(description="What happened.")
class WriteServiceNoteInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    kind: NoteKind = strawberry.field(description="What it records; the kind decides whether it is sensitive.")
    text: str = strawberry.field(description="What happened, 1 to 4,000 characters.")
    purpose: Purpose | None = strawberry.field(
        default=None,
        description="The purpose it is written for. One outside the boundary of the role its author acts in is refused with "
        "OUT_OF_BOUNDARY.",
    )
    boundary_override: str | None = boundary_override_reason()
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it belongs to.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="The subject it is about.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it happened; now if left out.")
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What writing a note answers.")
class WriteServiceNotePayload(Payload):
    service_note: ServiceNote | None = value(description="The note; null for a caller who may not read notes.")


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Write down what happened 写服务记录. A sensitive kind needs the customer's standing consent "
    "(SENSITIVE_HEALTH for DIAGNOSIS, TREATMENT and ALLERGY, SENSITIVE_FINANCE for FINANCE, MINOR_BY_GUARDIAN for "
    "LEARNING), or is refused with CONSENT_REQUIRED.",
)
async def write_service_note(work: Work, input: WriteServiceNoteInput) -> WriteServiceNotePayload:
    command = commands.WriteServiceNote(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        kind=input.kind,
        text=input.text,
        purpose=input.purpose,
        boundary_override=input.boundary_override,
        case_id=await id_or_none(work, "Case", input.case_id, "case_id"),
        subject_id=await id_or_none(work, "Subject", input.subject_id, "subject_id"),
        occurred_at=input.occurred_at,
        external_refs=external_ref_commands(input.external_refs),  # type: ignore[arg-type]  # pydantic makes the commands
    )
    note = await service.write_service_note(work, command)
    return WriteServiceNotePayload(service_note=ref(note.id))
