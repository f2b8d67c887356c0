"""The acts on customers themselves: add, take over in bulk, update, tag, record what they want."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from pydantic import ValidationError

from server.access.permissions import Permission
from server.customers import commands
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import FactSource
from server.customers.service import profiles, upserting
from server.customers.service.adding import Added
from server.customers.subject_kinds import SubjectKind
from server.db.work import Work
from server.errors import DomainError, Invalid
from server.items.tables import Item as ItemRow
from server.lifecycles import bringing
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.schema.assignment import AssignmentQueueEntry
from server.schema.cases import Case
from server.schema.customers import Customer, CustomerNeed
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.identities import IdentityInput, identity_commands
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.referrals import Referral
from server.schema.relationships import Relationship
from server.schema.user_errors import UserError, user_errors
from server.terms import Locale

ROWS_AT_MOST = commands.ROWS_AT_MOST


@strawberry.input(description="Something the customer wants.")
class NeedInput:
    text: str = strawberry.field(description="What is wanted, 1 to 500 characters.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item, where it is one of ours.")
    source: FactSource = strawberry.field(default=FactSource.IN_PERSON, description="How it became known.")
    stated: bool = strawberry.field(default=True, description="True where the customer said it, false where concluded.")


@strawberry.input(description="Whom or what is served for the customer.")
class SubjectInput:
    kind: SubjectKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    details: str | None = strawberry.field(default=None, description="What should be known, 1 to 4,000 characters.")
    birthday: date | None = strawberry.field(default=None, description="Day of birth of a person or a pet.")


@strawberry.input(
    description="A customer and who adds them. Give channelCode or staffId; staff who give neither add in person."
)
class AddCustomerInput:
    name: str = strawberry.field(description="Display name, 1 to 200 characters. Kept only for somebody new.")
    channel_code: str | None = strawberry.field(
        default=None,
        description="The code the customer scanned: goes to whoever's turn it is in the channel's role or group, at its "
        "store, within their limits; with nobody free the customer waits.",
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="The staff member who adds the customer."
    )
    identities: list[IdentityInput] | None = strawberry.field(
        default=None,
        description="What the customer is recognised by, at most 10. Without any, nobody can tell that they are known.",
    )
    kind: CustomerKind = strawberry.field(default=CustomerKind.PERSON, description="Person or company.")
    home_store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store the customer belongs to; that of who adds them if left out."
    )
    birthday: date | None = strawberry.field(default=None, description="Day of birth.")
    locale: Locale | None = strawberry.field(default=None, description="The customer's language, if not the brand's.")
    timezone: str | None = strawberry.field(
        default=None, description="The customer's IANA time zone, if not the brand's."
    )
    tags: list[str] | None = strawberry.field(default=None, description="Tags to put on, at most 50 of 100 characters.")
    needs: list[NeedInput] | None = strawberry.field(default=None, description="What the customer wants, at most 20.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="The service role the friendship is held in; that of the placement if left out."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The ops group it is held in, likewise."
    )
    subject: SubjectInput | None = strawberry.field(
        default=None, description="Whom or what the first case is for; recorded if not known."
    )
    referral_code: str | None = strawberry.field(
        default=None,
        description="The code of the customer who sent them 推荐码: a new customer is credited to that one. For somebody "
        "known already it changes nothing.",
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When they became friends; now if left out. Not in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What adding a customer answers.")
class AddCustomerPayload(Payload):
    customer: Customer | None = value(description="The customer; null where refused.")
    relationship: Relationship | None = value(description="The friendship: new, or the one that exists.")
    case: Case | None = value(description="The customer's first case; null for a customer who was known.")
    created: bool | None = value(description="True where nobody knew the customer before; null where refused.")
    referral: Referral | None = value(
        description="How the new customer came through another one, where a code said so."
    )
    queue_entry: AssignmentQueueEntry | None = value(
        description="Where the customer waits, because nobody the channel leads to has room; then there is no friendship yet."
    )


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Add a customer as a friend 添加客户. Somebody known by an identity or an external id is the same "
    "customer with one more friendship, never a copy. Adding again through the same staff member returns the friendship "
    "that exists, without error and without event. Whoever sees some customers only adds for nobody elsewhere.",
)
async def add_customer(work: Work, input: AddCustomerInput) -> AddCustomerPayload:
    command = commands.AddCustomer.model_validate(await _given(work, input))
    came = bringing.CameBy(referral_code=input.referral_code)
    added, referral = await bringing.add_customer(work, command, came)
    return AddCustomerPayload(**_answer(added), referral=ref(None if referral is None else referral.id))


@strawberry.input(description="A customer as another system has them.")
class UpsertCustomerInput:
    name: str = strawberry.field(description="Display name, 1 to 200 characters.")
    identities: list[IdentityInput] | None = strawberry.field(
        default=None, description="What the customer is recognised by, at most 10."
    )
    channel_code: str | None = strawberry.field(default=None, description="The channel they came through, if any.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who is their friend. With neither this nor a channel, no friendship begins."
    )
    kind: CustomerKind = strawberry.field(default=CustomerKind.PERSON, description="Person or company.")
    home_store_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The store they belong to."
    )
    birthday: date | None = strawberry.field(default=strawberry.UNSET, description="Day of birth.")
    locale: Locale | None = strawberry.field(default=strawberry.UNSET, description="Their language.")
    timezone: str | None = strawberry.field(default=strawberry.UNSET, description="Their IANA time zone.")
    tags: list[str] | None = strawberry.field(default=None, description="Tags to put on, at most 50.")
    needs: list[NeedInput] | None = strawberry.field(default=None, description="What they want, at most 20.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The role the friendship is held in.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group it is held in.")
    subject: SubjectInput | None = strawberry.field(default=None, description="Whom or what is served for them.")
    occurred_at: datetime | None = strawberry.field(default=None, description="Since when they are known.")
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="Customers of another system.")
class UpsertCustomersInput:
    rows: list[UpsertCustomerInput] = strawberry.field(description="1 to 100 customers.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of one row.")
class UpsertCustomerResult:
    customer: Customer | None = value(
        description="The customer; null where the row was refused, or took them out of your sight."
    )
    created: bool | None = value(description="True where nobody knew the customer before; null where refused.")
    queue_entry: AssignmentQueueEntry | None = value(
        description="Where the customer waits, because nobody their channel leads to has room."
    )
    user_errors: list[UserError] = value(description="Why the row was refused; its fields begin at the row.")


@strawberry.type(description="What a bulk upsert answers.")
class UpsertCustomersPayload(Payload):
    results: list[UpsertCustomerResult] = value(
        description="One per row, in order; empty where the whole call was refused."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Take over up to 100 customers of another system 批量导入客户. A known one is updated with the fields "
    "given. Each row is kept or refused by itself.",
)
async def upsert_customers(work: Work, input: UpsertCustomersInput, call: Call) -> UpsertCustomersPayload:
    if not 1 <= len(input.rows) <= ROWS_AT_MOST:
        raise Invalid("rows", why="Give 1 to 100 rows.", why_zh="须为 1 到 100 行。")
    results: list[UpsertCustomerResult | None] = [None] * len(input.rows)
    good: dict[int, commands.UpsertCustomer] = {}
    for index, row in enumerate(input.rows):
        try:
            good[index] = commands.UpsertCustomer.model_validate(await _given(work, row))
        except (DomainError, ValidationError) as refusal:
            results[index] = _refused(refusal, call.locale)
    outcomes = await upserting.upsert_customers(work, list(good.values()))
    for index, outcome in zip(good, outcomes, strict=True):
        if isinstance(outcome, DomainError):
            results[index] = _refused(outcome, call.locale)
        else:
            results[index] = UpsertCustomerResult(
                customer=ref(outcome.customer.id),
                created=outcome.created,
                queue_entry=ref(None if outcome.waits is None else outcome.waits.id),
                user_errors=[],
            )
    return UpsertCustomersPayload(results=[result for result in results if result is not None])


@strawberry.input(description="What is to be changed: what is left out stays, null empties.")
class UpdateCustomerInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Display name; never null.")
    home_store_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The store they belong to."
    )
    birthday: date | None = strawberry.field(default=strawberry.UNSET, description="Day of birth.")
    locale: Locale | None = strawberry.field(default=strawberry.UNSET, description="Their language.")
    timezone: str | None = strawberry.field(default=strawberry.UNSET, description="Their IANA time zone.")
    expected_version: int | None = strawberry.field(
        default=None, description="Version of the customer; another one is refused with CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What updating a customer answers.")
class UpdateCustomerPayload(Payload):
    customer: Customer | None = value(description="The customer; null where the change took them out of sight.")


@mutation(Permission.CUSTOMER_WRITE, description="Change what is known of a customer 修改客户资料.")
async def update_customer(work: Work, input: UpdateCustomerInput) -> UpdateCustomerPayload:
    given: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "expected_version": input.expected_version,
        **_set_fields(input, ("name", "birthday", "locale", "timezone")),
    }
    if input.home_store_id is not strawberry.UNSET:
        given["home_store_id"] = await id_or_none(work, "Store", input.home_store_id, "home_store_id")
    customer = await profiles.update_customer(work, commands.UpdateCustomer.model_validate(given))
    return UpdateCustomerPayload(customer=ref(customer.id))


@strawberry.input(description="Tags to put on customers and to take off.")
class TagCustomersInput:
    customer_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 customers.")
    add: list[str] | None = strawberry.field(default=None, description="Tags to put on, at most 50 of 100 characters.")
    remove: list[str] | None = strawberry.field(default=None, description="Tags to take off, at most 50.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What tagging answers.")
class TagCustomersPayload(Payload):
    customers: list[Customer] | None = value(description="The customers, in the order named; null where refused.")


@mutation(
    Permission.CUSTOMER_WRITE, description="Put tags on customers and take others off 打标签. All of them, or none."
)
async def tag_customers(work: Work, input: TagCustomersInput) -> TagCustomersPayload:
    ids = [await id_of(work, "Customer", text, "customer_ids", index) for index, text in enumerate(input.customer_ids)]
    command = commands.TagCustomers(
        customer_ids=tuple(ids), add=tuple(input.add or ()), remove=tuple(input.remove or ())
    )
    customers = await profiles.tag_customers(work, command)
    return TagCustomersPayload(customers=[ref(customer.id) for customer in customers])


@strawberry.input(description="Something a customer wants.")
class RecordNeedInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose need.")
    text: str = strawberry.field(description="What is wanted, 1 to 500 characters.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item, where it is one of ours.")
    source: FactSource = strawberry.field(default=FactSource.IN_PERSON, description="How it became known.")
    stated: bool = strawberry.field(default=True, description="True where the customer said it, false where concluded.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it became known; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What recording a need answers.")
class RecordNeedPayload(Payload):
    need: CustomerNeed | None = value(description="The need.")


@mutation(Permission.CUSTOMER_WRITE, description="Record what a customer wants 登记需求.")
async def record_need(work: Work, input: RecordNeedInput) -> RecordNeedPayload:
    command = commands.RecordNeed.model_validate(
        {
            "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
            "occurred_at": input.occurred_at,
            **await _need(work, input),
        }
    )
    need = await profiles.record_need(work, command)
    return RecordNeedPayload(need=ref(need.id))


async def _given(work: Work, input: AddCustomerInput | UpsertCustomerInput) -> dict[str, Any]:
    """What the command takes: ids resolved, and only the fields the caller gave where absent differs from null."""
    given: dict[str, Any] = {
        "channel_code": input.channel_code,
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "kind": input.kind,
        "name": input.name,
        "identities": identity_commands(input.identities),
        "tags": tuple(input.tags or ()),
        "needs": [await _need(work, need, "needs", index) for index, need in enumerate(input.needs or ())],
        "role_id": await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        "group_id": await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
        **_set_fields(input, ("birthday", "locale", "timezone")),
    }
    if input.subject is not None:
        given["subject"] = {"kind": input.subject.kind, "name": input.subject.name, "details": input.subject.details}
        given["subject"]["birthday"] = input.subject.birthday
    if input.home_store_id is not strawberry.UNSET:
        given["home_store_id"] = await id_or_none(work, "Store", input.home_store_id, "home_store_id")
    return given


async def _need(work: Work, input: NeedInput | RecordNeedInput, *field: str | int) -> dict[str, Any]:
    item_id: UUID | None = await id_or_none(work, "Item", input.item_id, *field, "item_id")
    if item_id is not None:
        await work.require(ItemRow, item_id, *(str(part) for part in field), "item_id")
    return {"text": input.text, "item_id": item_id, "source": input.source, "stated": input.stated}


def _set_fields(input: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(input, name) for name in names if getattr(input, name) is not strawberry.UNSET}


def _answer(added: Added) -> dict[str, Any]:
    return {
        "customer": ref(added.customer.id),
        "relationship": ref(None if added.relationship is None else added.relationship.id),
        "case": ref(None if added.case is None else added.case.id),
        "created": added.created,
        "queue_entry": ref(None if added.waits is None else added.waits.id),
    }


def _refused(refusal: Exception, locale: Locale) -> UpsertCustomerResult:
    return UpsertCustomerResult(customer=None, created=None, user_errors=user_errors(refusal, locale))
