"""The acts on promises 承诺: make, keep, break, release; and in bulk as another system has them."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.promises import commands, service
from server.promises.promise_terms import PromiseStatus
from server.schema.bulk import row_by_row
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.promises import Promise
from server.schema.user_errors import UserError

_PROMISE_ID = "Global id of the promise, or `ref:<system>:<id>`."


@strawberry.input(description="What was promised, to whom and by when.")
class PromiseInput:
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="To whom. Left out only with `toEveryone`."
    )
    to_everyone: bool = strawberry.field(
        default=False,
        description="Promised to every customer, like an answer within 72 hours. Needs a caller who sees all customers.",
    )
    text: str = strawberry.field(description="What was promised, 1 to 500 characters.")
    due_at: datetime | None = strawberry.field(
        default=None,
        description="By when it is to be kept; not before it was made. Without it and hours it has no time.",
    )
    within_hours: int | None = strawberry.field(
        default=None,
        description="Within how many hours, 1 to 87,600, in place of `dueAt`. To a customer they count from when it was "
        "made; to everyone they are the promise.",
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it belongs to.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store it was made at; that of the staff member's role if left out."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who made it; the calling staff member if left out."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was made; now if left out. Not in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="What was promised, to whom and by when.")
class MakePromiseInput(PromiseInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A promise as another system has it, with what became of it.")
class RecordPromiseInput(PromiseInput):
    status: PromiseStatus = strawberry.field(
        default=PromiseStatus.OPEN, description="What became of it; OPEN: nothing yet."
    )
    settled_at: datetime | None = strawberry.field(
        default=None, description="When it was kept, broken or released; now if left out."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why it was broken or released, 1 to 500 characters. A released one needs it."
    )


@strawberry.input(description="Promises of another system.")
class RecordPromisesInput:
    promises: list[RecordPromiseInput] = strawberry.field(description="1 to 100 promises.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The brand kept its word.")
class KeepPromiseInput:
    promise_id: strawberry.ID = strawberry.field(description=_PROMISE_ID)
    occurred_at: datetime | None = strawberry.field(
        default=None,
        description="When it was kept; now if left out. It decides whether that was in time, and lies neither before the "
        "promise nor in the future.",
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The brand broke its word.")
class BreakPromiseInput:
    promise_id: strawberry.ID = strawberry.field(description=_PROMISE_ID)
    reason: str | None = strawberry.field(default=None, description="Why, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it was broken; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Whom it was made to let the brand off.")
class ReleasePromiseInput:
    promise_id: strawberry.ID = strawberry.field(description=_PROMISE_ID)
    reason: str = strawberry.field(description="Why, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it was released; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What making a promise answers.")
class MakePromisePayload(Payload):
    promise: Promise | None = value(description="The promise: new, or the one these external ids belong to.")


@strawberry.type(description="What became of one row.")
class RecordPromiseResult:
    promise: Promise | None = value(description="The promise; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["promises", "<row>"], the '
        "first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RecordPromisesPayload(Payload):
    results: list[RecordPromiseResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@strawberry.type(description="What keeping a promise answers.")
class KeepPromisePayload(Payload):
    promise: Promise | None = value(description="The promise.")


@strawberry.type(description="What breaking a promise answers.")
class BreakPromisePayload(Payload):
    promise: Promise | None = value(description="The promise.")


@strawberry.type(description="What releasing a promise answers.")
class ReleasePromisePayload(Payload):
    promise: Promise | None = value(description="The promise.")


@mutation(
    Permission.PROMISE_WRITE,
    description="Give the brand's word 作出承诺, to one customer or to everyone. A promise known by an external id is "
    "never made twice: while it is open, what is given anew corrects it, but a time that has run out is not put off.",
)
async def make_promise(work: Work, input: MakePromiseInput) -> MakePromisePayload:
    promise = await service.make_promise(work, commands.MakePromise(**await _made(work, input)))
    return MakePromisePayload(promise=ref(promise.id))


@mutation(
    Permission.PROMISE_WRITE,
    description="Record up to 100 promises 承诺 as another system has them, each with what became of it. Known by "
    "external ids they are brought up to date, never doubled; what a promise ended with stays.",
)
async def record_promises(work: Work, input: RecordPromisesInput, call: Call) -> RecordPromisesPayload:
    async def command(row: RecordPromiseInput) -> commands.RecordPromise:
        made = await _made(work, row)
        return commands.RecordPromise(**made, status=row.status, settled_at=row.settled_at, reason=row.reason)

    async def record(rows: Any) -> Any:
        return await service.record_promises(work, rows)

    told = await row_by_row("promises", input.promises, command, record, call)
    results = [RecordPromiseResult(promise=promise, user_errors=errors) for promise, errors in told]
    return RecordPromisesPayload(results=results)


@mutation(
    Permission.PROMISE_WRITE,
    description="The brand kept its word 兑现承诺: in time or late follows from when. That stays.",
)
async def keep_promise(work: Work, input: KeepPromiseInput) -> KeepPromisePayload:
    promise_id = await id_of(work, "Promise", input.promise_id, "promise_id")
    command = commands.KeepPromise(promise_id=promise_id, occurred_at=input.occurred_at)
    promise = await service.keep_promise(work, command)
    return KeepPromisePayload(promise=ref(promise.id))


@mutation(Permission.PROMISE_WRITE, description="The brand broke its word 失信. That stays.")
async def break_promise(work: Work, input: BreakPromiseInput) -> BreakPromisePayload:
    promise_id = await id_of(work, "Promise", input.promise_id, "promise_id")
    command = commands.BreakPromise(promise_id=promise_id, reason=input.reason, occurred_at=input.occurred_at)
    promise = await service.break_promise(work, command)
    return BreakPromisePayload(promise=ref(promise.id))


@mutation(
    Permission.PROMISE_WRITE,
    description="Whom a promise was made to let the brand off 解除承诺: it counts neither as kept nor as broken.",
)
async def release_promise(work: Work, input: ReleasePromiseInput) -> ReleasePromisePayload:
    promise_id = await id_of(work, "Promise", input.promise_id, "promise_id")
    command = commands.ReleasePromise(promise_id=promise_id, reason=input.reason, occurred_at=input.occurred_at)
    promise = await service.release_promise(work, command)
    return ReleasePromisePayload(promise=ref(promise.id))


async def _made(work: Work, input: PromiseInput) -> dict[str, Any]:
    """What the commands of both ways of recording a promise have in common."""
    return {
        "customer_id": await id_or_none(work, "Customer", input.customer_id, "customer_id"),
        "to_everyone": input.to_everyone,
        "text": input.text,
        "due_at": input.due_at,
        "within_hours": input.within_hours,
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
