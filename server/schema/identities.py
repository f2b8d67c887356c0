"""What a customer is recognised by, and the people who speak for a company."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.customers import commands, tables
from server.customers.identity_kinds import IdentityKind
from server.customers.sealing import sealer
from server.customers.service import profiles
from server.db.statements import table_of
from server.db.work import Work
from server.planner.call import Call
from server.planner.declarations import column, computed, link, links, ref, value
from server.planner.nodes import node
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Node

if TYPE_CHECKING:
    from server.schema.customers import Customer

_identities = table_of(tables.Identity).c
_contacts = table_of(tables.Contact).c


def _opened(call: Call, rows: Sequence[Any]) -> list[str]:
    tenant_id = call.caller.tenant_id
    return [sealer().open(tenant_id, IdentityKind(row.kind), row.sealed) for row in rows]


@node(
    tables.Identity,
    permission=Permission.CUSTOMER_READ,
    description="A number or id a customer is recognised by 身份. Unique within the brand, its kind and its namespace.",
)
class Identity(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _identities.customer_id, description="Whose it is."
    )
    contact: Annotated["Contact", strawberry.lazy("server.schema.identities")] | None = link(
        _identities.contact_id, description="Of a company's identities: the person it belongs to."
    )
    kind: IdentityKind = column(_identities.kind, description="What kind of number or id.")
    namespace: str = column(
        _identities.namespace,
        personal=True,
        description="Where the id is valid: a WeCom corp and provider, an official account. Empty where it is valid "
        "everywhere.",
    )
    tail: str = column(
        _identities.tail,
        personal=True,
        description="Its last four characters, and never more than half of it 尾号; everybody who sees the customer "
        "may see them.",
    )
    value: str = computed(
        _opened,
        needs={"kind": _identities.kind, "sealed": _identities.sealed},
        pure=True,
        permission=Permission.IDENTITY_READ,
        personal=True,
        description="The whole of it: a phone number in international form, an address in lower case. Needs the "
        "permission IDENTITY_READ.",
    )
    recorded_at: datetime = column(_identities.recorded_at, description="Since when it is known.")


@node(
    tables.Contact,
    permission=Permission.CUSTOMER_READ,
    description="A person who speaks for a company 联系人.",
)
class Contact(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _contacts.customer_id, description="The company."
    )
    name: str = column(_contacts.name, personal=True, description="The person's name.")
    position: str | None = column(_contacts.position, personal=True, description="What the person does there.")
    identities: list[Identity] = links(
        by=_identities.contact_id,
        order=[_identities.recorded_at, _identities.id],
        description="What the person is recognised by, the oldest first.",
    )
    recorded_at: datetime = column(_contacts.recorded_at, description="Since when the person is known.")


@strawberry.input(description="A number or id somebody is recognised by.")
class IdentityInput:
    kind: IdentityKind = strawberry.field(description="What kind of number or id.")
    value: str = strawberry.field(
        description="1 to 200 characters. Phone numbers may leave out the country code of the brand's own country."
    )
    namespace: str = strawberry.field(
        default="", description="Where the id is valid, at most 200 characters; empty where it is valid everywhere."
    )


def identity_commands(given: Sequence[IdentityInput] | None) -> tuple[dict[str, Any], ...]:
    """What a command's `identities` takes; the command itself checks the texts."""
    return tuple({"kind": one.kind, "namespace": one.namespace, "value": one.value} for one in given or ())


@strawberry.input(description="Recognise a customer by one more number or id.")
class RecordIdentityInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose it is.")
    kind: IdentityKind = strawberry.field(description="What kind of number or id.")
    value: str = strawberry.field(description="1 to 200 characters.")
    namespace: str = strawberry.field(default="", description="Where the id is valid, at most 200 characters.")
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a company: the person it belongs to."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What recording an identity answers.")
class RecordIdentityPayload(Payload):
    identity: Identity | None = value(description="The identity; the one that was there, where it was known already.")


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Recognise a customer by one more number or id. One that belongs to another customer is refused with "
    "ALREADY_EXISTS.",
)
async def record_identity(work: Work, input: RecordIdentityInput) -> RecordIdentityPayload:
    command = commands.RecordIdentity(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        kind=input.kind,
        namespace=input.namespace,
        value=input.value,
        contact_id=await id_or_none(work, "Contact", input.contact_id, "contact_id"),
    )
    identity = await profiles.record_identity(work, command)
    return RecordIdentityPayload(identity=ref(identity.id))


@strawberry.input(description="A person who speaks for a company.")
class AddContactInput:
    customer_id: strawberry.ID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="The person's name, 1 to 200 characters.")
    position: str | None = strawberry.field(
        default=None, description="What the person does there, 1 to 200 characters."
    )
    identities: list[IdentityInput] | None = strawberry.field(
        default=None, description="What the person is recognised by, at most 10. They lead to the company."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What adding a contact answers.")
class AddContactPayload(Payload):
    contact: Contact | None = value(description="The person.")


@mutation(Permission.CUSTOMER_WRITE, description="Add a person who speaks for a company 联系人.")
async def add_contact(work: Work, input: AddContactInput) -> AddContactPayload:
    command = commands.AddContact.model_validate(
        {
            "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
            "name": input.name,
            "position": input.position,
            "identities": identity_commands(input.identities),
        }
    )
    contact = await profiles.add_contact(work, command)
    return AddContactPayload(contact=ref(contact.id))
