"""Merging: two customers turned out to be one person, and for thirty days the brand may think better of it.

Who is merged keeps row, id and history; only the identities pass to who stays, since they say whom a number belongs to.
Nobody sees more than before: what a colleague may not see of one of them, the merge does not show.

Merges of one brand go one after the other, so who is one with whom never changes under one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, func, literal, null, select, union_all, update

from server.customers import errors, family, queries, search, visibility
from server.customers.commands import MergeCustomers, UnmergeCustomers
from server.customers.events import CustomerMerged, CustomerUnmerged
from server.customers.identity_kinds import IdentityKind
from server.customers.service import cases, profiles
from server.customers.tables import Contact, ContactPreference, Customer, CustomerNeed, Identity, Subject
from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import Conflict, LimitReached

UNDONE_WITHIN = timedelta(days=30)
ROWS_AT_MOST = 500
"""Rows of one closed list (identities, contacts, needs, subjects, preferences) that are ever read of one customer."""

_customers, _identities = table_of(Customer), table_of(Identity)


@dataclass(frozen=True, slots=True)
class Merged:
    """Who stays, and who is no customer of their own any more because of this act, in the order named."""

    customer: Customer
    removed_ids: tuple[UUID, ...]


async def merge_customers(work: Work, command: MergeCustomers) -> Merged:
    """Make the duplicates one with the customer, who stays. A merged customer named stands for whom they were merged into.

    Who was merged into the very same before stays so, without event. All of them are merged, or none.

    Raises NotFound, IsTheSameCustomer, KindsDiffer, CustomerErased, IdentitiesContradict, LimitReached, Conflict.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    for index, duplicate_id in enumerate(command.duplicate_ids):
        await visibility.require_visible(work, duplicate_id, "duplicate_ids", index)
    await _one_at_a_time(work)
    heads = await family.heads(work, (command.customer_id, *command.duplicate_ids))
    people = await _locked(work, heads.values())
    customer = await _head(work, people, heads[command.customer_id], "customer_id")
    if command.expected_version is not None and command.expected_version != customer.version:
        raise Conflict("expected_version", version=customer.version)
    removed = []
    for index, duplicate_id in enumerate(command.duplicate_ids):
        duplicate = await _head(work, people, heads[duplicate_id], "duplicate_ids", index)
        if duplicate.id == customer.id and duplicate_id not in (customer.id, command.customer_id):
            continue  # merged into the same one before, perhaps by an earlier one of these
        await _require_one_person(work, customer, duplicate, "duplicate_ids", index)
        await _merge(work, customer, duplicate)
        heads = {named: customer.id if head == duplicate.id else head for named, head in heads.items()}
        removed.append(duplicate.id)
    if removed:
        await profiles.touch(work, customer, {"family_id": customer.id})
        await cases.follow(work, customer)
    return Merged(customer, tuple(removed))


async def unmerge_customers(work: Work, command: UnmergeCustomers) -> list[Customer]:
    """These are customers of their own again, with the identities they had. Who was merged into them before stays so.

    What was recorded meanwhile stays under the id it was recorded for.

    Raises NotFound, NotMerged, MergedTooLongAgo.
    """
    for index, customer_id in enumerate(command.customer_ids):
        await visibility.require_visible(work, customer_id, "customer_ids", index)
    await _one_at_a_time(work)
    restored = []
    for index, customer_id in enumerate(command.customer_ids):
        heads = await family.heads(work, [customer_id])
        people = await _locked(work, heads.values())
        customer = people[customer_id]
        if customer.merged_into is None or customer.merged_at is None:
            raise errors.NotMerged("customer_ids", index)
        if work.now - customer.merged_at > UNDONE_WITHIN:
            raise errors.MergedTooLongAgo("customer_ids", index, days=UNDONE_WITHIN.days)
        await _unmerge(work, customer, people)
        restored.append(customer)
    return restored


async def _one_at_a_time(work: Work) -> None:
    await queries.lock_words(work, ["customers are merged"])


async def _locked(work: Work, heads: Iterable[UUID]) -> dict[UUID, Customer]:
    """Everybody who is one with one of these, locked in the order of ids."""
    wanted = list(dict.fromkeys(heads))
    rows = await work.rows(Customer, among(_customers.c.id, wanted) | among(_customers.c.family_id, wanted), lock=True)
    return {row.id: row for row in rows}


async def _head(work: Work, people: dict[UUID, Customer], id: UUID, *field: str | int) -> Customer:
    """Who speaks for the one named: the caller must see them, and not only whom they were merged from."""
    await visibility.require_visible(work, id, *field)
    return people[id]


async def _require_one_person(work: Work, customer: Customer, duplicate: Customer, *field: str | int) -> None:
    if duplicate.id == customer.id:
        raise errors.IsTheSameCustomer(*field)
    if duplicate.kind != customer.kind:
        raise errors.KindsDiffer(*field)
    for one, named in ((customer, ("customer_id",)), (duplicate, field)):
        if one.erased_at is not None:
            raise errors.CustomerErased(*named)
    both = [await family.members(work, one.id) for one in (customer, duplicate)]
    kinds = _contradictions(*[await _own_identities(work, ids) for ids in both])
    if kinds:
        raise errors.IdentitiesContradict(*field, kinds=tuple(kinds), listed=", ".join(kinds))
    if await _longest_list(work, [id for ids in both for id in ids]) > ROWS_AT_MOST:
        raise LimitReached(*field, limit=ROWS_AT_MOST)


def _contradictions(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> list[IdentityKind]:
    """Kinds both have in one namespace: of equal ones there is only one in the brand, so theirs are different."""
    return sorted({IdentityKind(kind) for kind, _ in one & other if IdentityKind(kind).alone})


async def _own_identities(work: Work, customer_ids: Sequence[UUID]) -> set[tuple[str, str]]:
    """(kind, namespace) of what they themselves are recognised by; a company's contacts are people of their own."""
    rows = await work.rows(Identity, among(_identities.c.customer_id, customer_ids), _identities.c.contact_id.is_(None))
    return {(row.kind, row.namespace) for row in rows}


async def _longest_list(work: Work, customer_ids: Sequence[UUID]) -> int:
    """How many rows the longest of the lists has that are read whole."""
    tables = [table_of(model) for model in (Identity, Contact, CustomerNeed, Subject, ContactPreference)]
    counts = union_all(
        *(
            select(func.count().label("n")).where(
                table.c.tenant_id == work.tenant_id, among(table.c.customer_id, customer_ids)
            )
            for table in tables
        )
    ).subquery()
    return int(await work.scalar(select(func.max(counts.c.n))))


async def _merge(work: Work, customer: Customer, duplicate: Customer) -> None:
    passed = await work.execute(
        update(_identities)
        .where(_identities.c.tenant_id == work.tenant_id, _identities.c.customer_id == duplicate.id)
        .values(customer_id=customer.id, merged_from=func.coalesce(_identities.c.merged_from, literal(duplicate.id)))
    )
    await _join(work, [id for id in await family.members(work, duplicate.id) if id != duplicate.id], customer.id)
    await work.change(
        duplicate, merged_into=customer.id, merged_at=work.now, family_id=customer.id, updated_at=work.now
    )
    work.emit(
        CustomerMerged(
            customer_id=duplicate.id,
            into_customer_id=customer.id,
            identities=passed,
            customer_version=duplicate.version,
        )
    )
    await work.execute(  # who stays is marked as soon as somebody is one with them: what follows finds both
        update(_customers)
        .where(_customers.c.tenant_id == work.tenant_id, _customers.c.id == customer.id)
        .values(family_id=customer.id)
    )
    await search.index_customer(work, duplicate)


async def _unmerge(work: Work, customer: Customer, people: dict[UUID, Customer]) -> None:
    assert customer.family_id is not None, "Who is merged is one with somebody."
    head = people[customer.family_id]
    own = _behind(customer.id, people.values())
    back = await work.execute(
        update(_identities)
        .where(
            _identities.c.tenant_id == work.tenant_id,
            _identities.c.customer_id == head.id,
            among(_identities.c.merged_from, own),
        )
        .values(
            customer_id=customer.id,
            merged_from=case((_identities.c.merged_from == customer.id, null()), else_=_identities.c.merged_from),
        )
    )
    await _join(work, own - {customer.id}, customer.id)
    await work.change(
        customer,
        merged_into=None,
        merged_at=None,
        family_id=customer.id if len(own) > 1 else None,
        updated_at=work.now,
    )
    work.emit(
        CustomerUnmerged(
            customer_id=customer.id,
            from_customer_id=head.id,
            identities=back,
            customer_version=customer.version,
        )
    )
    alone = len(people) - len(own) == 1
    await profiles.touch(work, head, {"family_id": None if alone else head.id})
    for one in (customer, head):
        await cases.follow(work, one)
        await search.index_customer(work, one)


def _behind(id: UUID, people: Iterable[Customer]) -> set[UUID]:
    """The customer and whoever was merged into them, and into those. Pure."""
    found, known = {id}, list(people)
    while more := {one.id for one in known if one.merged_into in found and one.id not in found}:
        found |= more
    return found


async def _join(work: Work, customer_ids: Collection[UUID], head_id: UUID) -> None:
    """These are one with the head from now on. Nothing else about them changes, so neither does their version."""
    await work.execute(
        update(_customers)
        .where(_customers.c.tenant_id == work.tenant_id, among(_customers.c.id, customer_ids))
        .values(family_id=head_id)
    )
