"""What the customer allows, withdraws and does not want to receive."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.customers import visibility
from server.customers.commands import ChangeConsent, Refusal, SetContactPreferences
from server.customers.errors import RefusesEverything
from server.customers.events import ConsentRecorded, ConsentWithdrawn, ContactRefused, RefusalLifted
from server.customers.service.cases import past
from server.customers.tables import Consent, ContactPreference, Customer, FactWords
from server.db.statements import table_of
from server.db.work import Work
from server.ids import new_id

_preferences = table_of(ContactPreference)


async def record_consent(work: Work, command: ChangeConsent) -> Consent:
    """Keep that the customer allowed something, how, and the evidence."""
    consent = await _keep(work, command, granted=True)
    work.emit(
        ConsentRecorded(
            consent_id=consent.id,
            customer_id=consent.customer_id,
            scope=command.scope,
            source=command.source,
            staff_id=consent.staff_id,
            occurred_at=consent.occurred_at,
        )
    )
    return consent


async def withdraw_consent(work: Work, command: ChangeConsent) -> Consent:
    """Keep that the customer withdrew or refused. That it was never given is no reason not to write a refusal down."""
    consent = await _keep(work, command, granted=False)
    work.emit(
        ConsentWithdrawn(
            consent_id=consent.id,
            customer_id=consent.customer_id,
            scope=command.scope,
            source=command.source,
            staff_id=consent.staff_id,
            occurred_at=consent.occurred_at,
        )
    )
    return consent


async def set_contact_preferences(work: Work, command: SetContactPreferences) -> None:
    """What the customer does not want is from now on exactly what the command says.

    Raises NotFound, RefusesEverything for a refusal that names nothing.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    for index, refusal in enumerate(command.refused):
        if refusal.purpose is None and refusal.medium is None:
            raise RefusesEverything("refused", index)
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    wanted = {_pair(refusal): refusal for refusal in command.refused}
    have = await work.rows(
        ContactPreference,
        _preferences.c.customer_id == customer.id,
        order_by=[_preferences.c.recorded_at, _preferences.c.id],
    )
    for row in have:
        if (row.purpose, row.medium) not in wanted:
            await work.remove(row)
            work.emit(RefusalLifted(preference_id=row.id, customer_id=row.customer_id))
    for refusal in wanted.values():
        await refuse(work, customer.id, refusal)


async def refuse(work: Work, customer_id: UUID, refusal: Refusal) -> None:
    """The customer does not want this; known already, nothing happens. The caller answers for visibility."""
    row = ContactPreference(
        tenant_id=work.tenant_id,
        id=new_id(),
        customer_id=customer_id,
        purpose=None if refusal.purpose is None else refusal.purpose.value,
        medium=refusal.medium,
        recorded_at=work.now,
    )
    inserted = insert(_preferences).values(row.model_dump())
    if await work.execute(
        inserted.on_conflict_do_nothing(index_elements=["tenant_id", "customer_id", "purpose", "medium"])
    ):
        work.emit(ContactRefused(preference_id=row.id, customer_id=customer_id, purpose=refusal.purpose))


async def _keep(work: Work, command: ChangeConsent, *, granted: bool) -> Consent:
    await visibility.require_visible(work, command.customer_id, "customer_id")
    consent = work.add(
        Consent(
            customer_id=command.customer_id,
            scope=command.scope.value,
            granted=granted,
            source=command.source.value,
            staff_id=work.caller.staff_id,
            occurred_at=past(work, command.occurred_at),
        )
    )
    if command.evidence is not None:
        work.add(FactWords(customer_id=command.customer_id, fact_id=consent.id, words=command.evidence))
    return consent


def _pair(refusal: Refusal) -> tuple[str | None, str | None]:
    return None if refusal.purpose is None else refusal.purpose.value, refusal.medium
