"""Adding a customer: the act by which a stranger becomes a friend of one of the brand's people.

The same person again through another colleague is one customer with a second friendship, never a copy. Again through
the same colleague, it is the friendship that exists, without error and without event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.customers import family, queries, search, visibility
from server.customers.commands import AddCustomer
from server.customers.errors import OutOfSight, WhoAdds
from server.customers.events import CustomerAdded
from server.customers.fact_sources import RoleReason
from server.customers.queue_tables import AssignmentQueueEntry
from server.customers.service import profiles, queueing, recognising, relationships, routing
from server.customers.service.cases import begin_case, past
from server.customers.service.routing import Taker
from server.customers.tables import Case, Customer, Relationship
from server.db.work import Work
from server.operations import queries as operations
from server.operations.tables import Channel, Stage
from server.tenants import external_refs
from server.trust.accounts import open_account


@dataclass(frozen=True, slots=True)
class Added:
    """What adding came to. `case` is set where the customer's first one was opened, `waits` where nobody had room."""

    customer: Customer
    relationship: Relationship | None
    case: Case | None
    created: bool
    waits: AssignmentQueueEntry | None = None


async def add_customer(work: Work, command: AddCustomer) -> Added:
    """Make the two friends, and the stranger a customer where nobody knows them yet.

    A customer the caller could not see before is theirs to see from now on. Raises WhoAdds, SeveralCustomers,
    IdentityTaken, NobodyPlaced, OneUnit, StaffMemberGone, ChannelIsRetired, OutOfSight, LimitReached, NotFound, Invalid,
    InFuture.
    """
    if command.channel_code is None and (command.staff_id or work.caller.staff_id) is None:
        raise WhoAdds("staff_id")
    await visibility.befriending(work)
    prints = await recognising.fingerprints(work, command.identities, "identities")
    await recognising.hold(work, prints, command.external_refs)
    return await add_held(work, command, prints)


async def add_held(work: Work, command: AddCustomer, prints: Sequence[recognising.Print]) -> Added:
    """`add_customer` where the locks are taken. With nobody named to add the customer, no friendship begins.

    Raises OutOfSight where the customer would be out of the caller's sight: nobody writes what they cannot read.
    """
    since = past(work, command.occurred_at)
    named = await routing.named_taker(work, command)
    await _require_store(work, command)
    known = await recognising.recognise(work, prints, command.external_refs)
    if known is not None and known.family_id is not None:
        known = await _seen(work, known)
    stages = await operations.journey(work)
    taker = await _taker(work, command, named, stages, known)
    created = known is None
    customer = known or await _new_customer(work, command, taker, since)
    await recognising.record(work, customer.id, prints)
    await external_refs.attach(
        work, "Customer", customer.id, await recognising.refs_to_keep(work, customer, command.external_refs)
    )
    relationship = await _befriend(work, customer, taker, since)
    await _keep_details(work, customer, command, taker)
    case = await _first_case(work, customer, command, taker, stages, since) if created else None
    await search.index_customer(work, customer)
    await visibility.refresh_customer(work, customer.id)
    waits = None if taker is None or taker.waits_for is None else await queueing.enqueue(work, customer, taker)
    if not work.caller.sees_everything and not await visibility.is_visible(work, customer.id):
        raise OutOfSight("channel_code" if command.channel_code is not None else "staff_id")
    return Added(customer, relationship, case, created, waits)


async def _seen(work: Work, known: Customer) -> Customer:
    """Of a merged person's ids the one the caller sees, where they see another but not this one; locked."""
    if not await visibility.is_visible(work, known.id):
        for member in await family.members(work, known.id):
            if await visibility.is_visible(work, member):
                return await work.require(Customer, member, "identities", lock=True)
    return known


async def _taker(
    work: Work,
    command: AddCustomer,
    named: UUID | Channel | None,
    stages: Sequence[Stage],
    known: Customer | None,
) -> Taker | None:
    if named is None:
        return None
    if isinstance(named, Channel):
        return await routing.channel_taker(work, named, stages, known_customer=None if known is None else known.id)
    return await routing.staff_taker(work, named, command, stages)


async def _require_store(work: Work, command: AddCustomer) -> None:
    if command.home_store_id is not None and await queries.open_store(work, command.home_store_id) is None:
        raise profiles.no_such_store()


async def _new_customer(work: Work, command: AddCustomer, taker: Taker | None, since: datetime) -> Customer:
    customer = work.add(
        Customer(
            kind=command.kind.value,
            name=command.name,
            home_store_id=command.home_store_id or (taker.store_id if taker else None),
            birthday=command.birthday,
            locale=None if command.locale is None else command.locale.value,
            timezone=command.timezone,
            first_added_at=since,
            updated_at=work.now,
        )
    )
    work.emit(
        CustomerAdded(
            customer_id=customer.id,
            kind=command.kind,
            home_store_id=customer.home_store_id,
            locale=command.locale,
            occurred_at=since,
        )
    )
    await open_account(work, customer.id)
    return customer


async def _befriend(work: Work, customer: Customer, taker: Taker | None, since: datetime) -> Relationship | None:
    """None where nobody adds the customer, or nobody has room yet."""
    if taker is None or taker.staff_id is None:
        return None
    relationship, begun = await relationships.befriend(
        work,
        customer.id,
        taker.staff_id,
        since=since,
        channel_id=None if taker.channel is None else taker.channel.id,
        is_counted=taker.is_counted,
    )
    if begun and taker.unit is not None:
        relationships.give_role(
            work, relationship, taker.unit, store_id=taker.store_id, reason=RoleReason.ADDED, at=since
        )
        await queueing.settle(work, customer.id, taker.unit, taker.staff_id)
    return relationship


async def _keep_details(work: Work, customer: Customer, command: AddCustomer, taker: Taker | None) -> None:
    """Tags, needs and subject, those of the channel included; what is known already is not kept twice."""
    tags = [*command.tags, *(taker.channel.auto_tags if taker and taker.channel else ())]
    await profiles.tag(work, [customer], add=tags, remove=(), field="tags")
    await profiles.keep_needs(work, customer, command.needs)
    if command.subject is not None:
        await profiles.keep_subject(work, customer, command.subject, "subject")


async def _first_case(
    work: Work,
    customer: Customer,
    command: AddCustomer,
    taker: Taker | None,
    stages: Sequence[Stage],
    since: datetime,
) -> Case | None:
    """At the first key node; where the channel says in which role the customer is met, at that role's first one."""
    nodes = [stage for stage in stages if stage.adds]
    if taker is None or not nodes:
        return None
    own = [stage for stage in nodes if operations.owner_of(stage) == taker.unit] if taker.channel else []
    subject = (
        None if command.subject is None else await profiles.keep_subject(work, customer, command.subject, "subject")
    )
    return await begin_case(
        work, customer, (own or nodes)[0], subject_id=None if subject is None else subject.id, at=since
    )
