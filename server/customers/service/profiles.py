"""What is known of a customer besides cases and friendships: name, store, tags, needs, subjects, contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.customers import family, queries, search, visibility
from server.customers.commands import (
    CONTACTS_AT_MOST,
    NEEDS_AT_MOST,
    SUBJECTS_AT_MOST,
    TAGS_AT_MOST,
    AddContact,
    NeedGiven,
    RecordIdentity,
    RecordNeed,
    RecordSubject,
    SubjectGiven,
    TagCustomers,
    UpdateCustomer,
)
from server.customers.customer_kinds import CustomerKind
from server.customers.errors import IdentityTaken, OnlyCompaniesHaveContacts
from server.customers.events import ContactAdded, CustomerUpdated, NeedRecorded, SubjectRecorded
from server.customers.service import recognising
from server.customers.service.cases import past
from server.customers.tables import Contact, Customer, CustomerNeed, CustomerTag, Identity, Subject
from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import Conflict, Invalid, LimitReached, NotFound
from server.terms import Locale

_customers, _needs, _identities = table_of(Customer), table_of(CustomerNeed), table_of(Identity)
_tags = table_of(CustomerTag)


async def update_customer(work: Work, command: UpdateCustomer) -> Customer:
    """Write the fields the caller gave. Nothing happens where they say what is known already.

    Raises NotFound, Conflict, Invalid for a name that would be emptied.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    given = command.model_fields_set - {"customer_id", "expected_version"}
    if "name" in given and command.name is None:
        raise Invalid("name", why="A customer keeps a name.", why_zh="客户名称不能为空。")
    await write(
        work,
        customer,
        {name: getattr(command, name) for name in sorted(given)},
        expected_version=command.expected_version,
    )
    return customer


async def write(work: Work, customer: Customer, values: dict[str, Any], *, expected_version: int | None = None) -> None:
    """Write what differs, and let search and access follow. The row must be locked by the caller."""
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    store_id = changed.get("home_store_id")
    if store_id is not None and await queries.open_store(work, store_id) is None:
        raise no_such_store()
    if expected_version is not None and expected_version != customer.version:
        raise Conflict("expected_version", version=customer.version)
    if not changed:
        return
    await touch(work, customer, changed)
    if changed.keys() & {"name", "birthday"}:
        await search.index_customer(work, customer)
    if "home_store_id" in changed:
        await visibility.refresh_customer(work, customer.id)


async def tag_customers(work: Work, command: TagCustomers) -> list[Customer]:
    """Put tags on customers and take others off. Answers them in the order named."""
    for index, customer_id in enumerate(command.customer_ids):
        await visibility.require_visible(work, customer_id, "customer_ids", index)
    rows = await work.rows(Customer, among(_customers.c.id, command.customer_ids), lock=True)
    by_id = {row.id: await visibility.face(work, row) for row in rows}
    people = {customer.id: customer for customer in by_id.values()}
    await tag(work, list(people.values()), add=command.add, remove=command.remove, field="add")
    return [by_id[customer_id] for customer_id in dict.fromkeys(command.customer_ids)]


async def tag(
    work: Work, customers: Sequence[Customer], *, add: Iterable[str], remove: Iterable[str], field: str
) -> None:
    """Only those whose tags really change are changed. A tag both added and removed is removed. Rows must be locked.

    Raises LimitReached on `field` where one of them would have too many.
    """
    removed = set(remove)
    added = [tag for tag in dict.fromkeys(add) if tag not in removed]
    have = await queries.tags_of(work, [customer.id for customer in customers])
    for customer in customers:
        own = have.get(customer.id, set())
        new, gone = [tag for tag in added if tag not in own], own & removed
        if new and len(own - gone) + len(new) > TAGS_AT_MOST:
            raise LimitReached(field, limit=TAGS_AT_MOST)
        for word in new:
            work.add(CustomerTag(customer_id=customer.id, tag=word))
        if gone:
            await work.execute(
                _tags.delete().where(
                    _tags.c.tenant_id == work.tenant_id, _tags.c.customer_id == customer.id, among(_tags.c.tag, gone)
                )
            )
        if new or gone:
            await touch(work, customer, {})


async def record_need(work: Work, command: RecordNeed) -> CustomerNeed:
    """Keep what the customer wants. The caller answers for `item_id` being an item: items stand on another floor."""
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = past(work, command.occurred_at)
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    need = _need(work, customer.id, command, at)
    await queries.require_room(work, CustomerNeed, customer.id, "text", limit=NEEDS_AT_MOST)
    return need


async def keep_needs(work: Work, customer: Customer, needs: Sequence[NeedGiven]) -> None:
    """Keep the needs the customer does not have yet in the same words. Raises LimitReached. The row must be locked."""
    if not needs:
        return
    known = select(_needs.c.words).where(_needs.c.tenant_id == work.tenant_id, _needs.c.customer_id == customer.id)
    held = [row["words"] for row in await work.fetch(known)]
    words, room = set(held), NEEDS_AT_MOST - len(held)
    for need in needs:
        if need.text not in words:
            if room == 0:
                raise LimitReached("needs", limit=NEEDS_AT_MOST)
            room -= 1
            words.add(need.text)
            _need(work, customer.id, need, work.now)


async def record_subject(work: Work, command: RecordSubject) -> Subject:
    """Keep whom or what is served. The same kind and name again is the subject that exists."""
    await visibility.require_visible(work, command.customer_id, "customer_id")
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    subject = await keep_subject(work, customer, command, "name")
    await search.index_customer(work, customer)
    return subject


async def keep_subject(work: Work, customer: Customer, given: SubjectGiven, field: str) -> Subject:
    """The subject of this kind and name, kept where there is none; a birthday told of one that is known is kept with it. The
    customer's row must be locked by the caller.

    Raises LimitReached on `field`.
    """
    subject = Subject(customer_id=customer.id, kind=given.kind.value, name=given.name, details=given.details)
    subject.birthday = given.birthday
    known = await queries.same_subject(work, subject)
    if known is not None:
        if given.birthday not in (None, known.birthday):
            await work.change(known, birthday=given.birthday)
            work.emit(SubjectRecorded(served_subject_id=known.id, customer_id=customer.id, kind=given.kind))
        return known
    work.add(subject)
    await queries.require_room(work, Subject, customer.id, field, limit=SUBJECTS_AT_MOST)
    work.emit(SubjectRecorded(served_subject_id=subject.id, customer_id=customer.id, kind=given.kind))
    return subject


async def add_contact(work: Work, command: AddContact) -> Contact:
    """Keep a person who speaks for the company, with what they are recognised by.

    Raises NotFound, OnlyCompaniesHaveContacts, IdentityTaken, Invalid, LimitReached.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    prints = await recognising.fingerprints(work, command.identities, "identities")
    await recognising.hold(work, prints, ())
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    if customer.kind != CustomerKind.COMPANY:
        raise OnlyCompaniesHaveContacts("customer_id")
    contact = work.add(Contact(customer_id=customer.id, name=command.name, position=command.position))
    await queries.require_room(work, Contact, customer.id, "name", limit=CONTACTS_AT_MOST)
    work.emit(ContactAdded(contact_id=contact.id, customer_id=customer.id))
    await recognising.record(work, customer.id, prints, contact_id=contact.id)
    await search.index_customer(work, customer)
    return contact


async def record_identity(work: Work, command: RecordIdentity) -> Identity:
    """Recognise the customer by one more number or id. One they have already is answered without an event.

    Raises NotFound, Invalid, IdentityTaken for one of another customer, strong or weak.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    given = await recognising.fingerprint(work, command.kind, command.namespace, command.value, "value")
    await recognising.hold(work, [given], ())
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    customer = await visibility.face(work, customer)
    if command.contact_id is not None:
        contact = await work.require(Contact, command.contact_id, "contact_id")
        if not await family.are_one(work, contact.customer_id, customer.id):
            raise NotFound("contact_id")
    await recognising.record(work, customer.id, [given], contact_id=command.contact_id)
    [identity] = await queries.identities_by_fingerprint(work, [given.fingerprint])
    if not await family.are_one(work, identity.customer_id, customer.id):
        raise IdentityTaken("value")
    await search.index_customer(work, customer)
    return identity


def no_such_store() -> NotFound:
    return NotFound("home_store_id")


def _need(work: Work, customer_id: UUID, given: NeedGiven, at: datetime) -> CustomerNeed:
    need = work.add(
        CustomerNeed(
            customer_id=customer_id,
            words=given.text,
            item_id=given.item_id,
            source=given.source.value,
            stated=given.stated,
            occurred_at=at,
        )
    )
    work.emit(
        NeedRecorded(
            need_id=need.id,
            customer_id=customer_id,
            item_id=given.item_id,
            source=given.source,
            stated=given.stated,
            occurred_at=at,
        )
    )
    return need


async def touch(work: Work, customer: Customer, values: dict[str, Any]) -> None:
    """An edit of the customer: a new version, told to whoever follows."""
    await work.change(customer, updated_at=work.now, **values)
    work.emit(
        CustomerUpdated(
            customer_id=customer.id,
            home_store_id=customer.home_store_id,
            locale=None if customer.locale is None else Locale(customer.locale),
            customer_version=customer.version,
        )
    )
