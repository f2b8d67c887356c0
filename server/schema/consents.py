"""What customers allow and withdraw, and what they do not want to receive."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.customers import commands, tables
from server.customers.consent_scopes import ConsentScope
from server.customers.fact_sources import FactSource
from server.customers.service import consents as service
from server.db.statements import table_of
from server.db.work import Work
from server.operations.purposes import Purpose
from server.planner.declarations import column, link, ref, value
from server.planner.filters import BooleanFilter, ChoiceFilter, DateTimeFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Node
from server.touchpoints.media import Medium

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.staff import StaffMember

_rows, _words = table_of(tables.Consent).c, table_of(tables.FactWords).c
_preferences = table_of(tables.ContactPreference).c

_evidence = (
    select(_words.words)
    .where(_words.tenant_id == _rows.tenant_id, _words.fact_id == _rows.id)
    .correlate(table_of(tables.Consent))
    .scalar_subquery()
)


@node(
    tables.Consent,
    permission=Permission.CUSTOMER_READ,
    description="What a customer allowed or withdrew 同意. Never changed: the newest one of a scope holds.",
)
class Consent(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Whose word it is."
    )
    scope: ConsentScope = column(_rows.scope, description="What it is about.")
    granted: bool = column(_rows.granted, description="True where it was allowed, false where withdrawn or refused.")
    source: FactSource = column(_rows.source, description="How it was said.")
    evidence: str | None = column(
        _evidence, personal=True, description="What proves it: a form's number, a link. Empty after erasure."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who took it down; null where no staff member did."
    )
    occurred_at: datetime = column(_rows.occurred_at, description="When it was said; may be past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")


CONSENT_ORDERS = orders("Consent", OCCURRED_AT=_rows.occurred_at)


@strawberry.input(description="Which consents.")
class ConsentFilter:
    scope: ChoiceFilter[ConsentScope] | None = matches(_rows.scope, description="About what.")
    granted: BooleanFilter | None = matches(_rows.granted, description="Allowed, or withdrawn.")
    occurred_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When.")


CONSENT_FILTER = filter_type(ConsentFilter)


@node(
    tables.ContactPreference,
    permission=Permission.CUSTOMER_READ,
    description="Something a customer does not want 拒收: a purpose, a medium, or a purpose on one medium.",
)
class ContactPreference(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _preferences.customer_id, description="Whose wish it is."
    )
    purpose: Purpose | None = column(_preferences.purpose, description="The purpose refused; null: every purpose.")
    medium: Medium | None = column(
        _preferences.medium, personal=True, description="The medium refused; null: every medium."
    )
    recorded_at: datetime = column(_preferences.recorded_at, description="Since when.")


@strawberry.input(description="What a customer allowed.")
class RecordConsentInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose consent.")
    scope: ConsentScope = strawberry.field(description="What is allowed.")
    source: FactSource = strawberry.field(description="How it was given.")
    evidence: str | None = strawberry.field(default=None, description="What proves it, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When it was given; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What recording a consent answers.")
class RecordConsentPayload(Payload):
    consent: Consent | None = value(description="The consent.")


@strawberry.input(description="What a customer withdrew or refused.")
class WithdrawConsentInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose consent.")
    scope: ConsentScope = strawberry.field(description="What is no longer allowed.")
    source: FactSource = strawberry.field(description="How it was withdrawn.")
    evidence: str | None = strawberry.field(default=None, description="What proves it, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What withdrawing a consent answers.")
class WithdrawConsentPayload(Payload):
    consent: Consent | None = value(description="The withdrawal.")


def _command(input: RecordConsentInput | WithdrawConsentInput, customer_id: object) -> commands.ChangeConsent:
    return commands.ChangeConsent.model_validate(
        {
            "customer_id": customer_id,
            "scope": input.scope,
            "source": input.source,
            "evidence": input.evidence,
            "occurred_at": input.occurred_at,
        }
    )


@mutation(Permission.CONSENT_WRITE, description="Record what a customer allowed 登记同意, with source and evidence.")
async def record_consent(work: Work, input: RecordConsentInput) -> RecordConsentPayload:
    command = _command(input, await id_of(work, "Customer", input.customer_id, "customer_id"))
    consent = await service.record_consent(work, command)
    return RecordConsentPayload(consent=ref(consent.id))


@mutation(
    Permission.CONSENT_WRITE,
    description="Record what a customer withdrew 撤回同意, or refused before ever being asked. Nothing recorded is removed.",
)
async def withdraw_consent(work: Work, input: WithdrawConsentInput) -> WithdrawConsentPayload:
    command = _command(input, await id_of(work, "Customer", input.customer_id, "customer_id"))
    consent = await service.withdraw_consent(work, command)
    return WithdrawConsentPayload(consent=ref(consent.id))


@strawberry.input(description="Something the customer does not want. At least one of the two.")
class RefusalInput:
    purpose: Purpose | None = strawberry.field(default=None, description="The purpose; every purpose if left out.")
    medium: Medium | None = strawberry.field(default=None, description="The medium; every medium if left out.")


@strawberry.input(description="Everything the customer does not want, in place of what was known.")
class SetContactPreferencesInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    refused: list[RefusalInput] = strawberry.field(
        description="All refusals, at most 100; an empty list lifts them all."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What setting preferences answers.")
class SetContactPreferencesPayload(Payload):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        description="The customer, with the new preferences."
    )


@mutation(
    Permission.CONSENT_WRITE,
    description="Say what a customer does not want to receive 联系偏好: purposes, media, or purposes on a medium.",
)
async def set_contact_preferences(work: Work, input: SetContactPreferencesInput) -> SetContactPreferencesPayload:
    command = commands.SetContactPreferences.model_validate(
        {
            "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
            "refused": [
                {"purpose": one.purpose, "medium": None if one.medium is None else one.medium.value}
                for one in input.refused
            ],
        }
    )
    await service.set_contact_preferences(work, command)
    return SetContactPreferencesPayload(customer=ref(command.customer_id))
