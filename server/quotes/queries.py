"""Every SELECT this room's acts need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert

from server.customers.family import heads, one_with
from server.customers.tables import Relationship, RelationshipRole
from server.db.statements import among, table_of
from server.db.work import Work
from server.operations.tables import Placement, Store
from server.operations.units import Unit
from server.quotes.conflicts import Guarantee, Offer, OfferedItem
from server.quotes.quote_terms import LIVE, ConflictPolicy
from server.quotes.tables import Quote, QuoteConflict, QuoteGuarantee, QuoteLine, QuotePolicy
from server.tenants.tables import StaffMember

_quotes, _lines, _guarantees = table_of(Quote).c, table_of(QuoteLine).c, table_of(QuoteGuarantee).c
_conflicts, _policies = table_of(QuoteConflict).c, table_of(QuotePolicy)


async def hold_customer(work: Work, customer_id: UUID) -> None:
    """Quotes of one customer change one act after the other: whoever comes second sees what the first one did."""
    people = await heads(work, [customer_id])
    word = f"quotes|{work.tenant_id}|{people.get(customer_id, customer_id)}"
    await work.fetch(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0))))


async def live_quotes(work: Work, customer_id: UUID) -> list[Quote]:
    """What the brand stands by towards this customer, whoever made it. Past validity is the rule's to see."""
    return await work.rows(
        Quote,
        one_with(_quotes.customer_id, customer_id, work.tenant_id),
        among(_quotes.status, [status.value for status in LIVE]),
        order_by=(_quotes.issued_at, _quotes.id),
    )


async def offers_of(work: Work, quotes: Sequence[Quote]) -> list[Offer]:
    """What these quotes say, for comparing; each has its `valid_from`."""
    ids = [quote.id for quote in quotes]
    lines = await work.rows(
        QuoteLine, among(_lines.quote_id, ids), _lines.item_id.isnot(None), order_by=(_lines.quote_id, _lines.position)
    )
    terms = await work.rows(
        QuoteGuarantee, among(_guarantees.quote_id, ids), order_by=(_guarantees.quote_id, _guarantees.position)
    )
    return [_offer(quote, lines, terms) for quote in quotes]


def _offer(quote: Quote, lines: Iterable[QuoteLine], terms: Sequence[QuoteGuarantee]) -> Offer:
    assert quote.valid_from is not None  # it has been issued, or is just being
    return Offer(
        quote_id=quote.id,
        valid_from=quote.valid_from,
        valid_until=quote.valid_until,
        items=tuple(
            OfferedItem(line.item_id, line.unit_minor, _of_line(terms, line.id))
            for line in lines
            if line.quote_id == quote.id and line.item_id is not None
        ),
        guarantees=tuple(_term(one) for one in terms if one.quote_id == quote.id and one.line_id is None),
    )


def _of_line(terms: Iterable[QuoteGuarantee], line_id: UUID) -> tuple[Guarantee, ...]:
    return tuple(_term(one) for one in terms if one.line_id == line_id)


def _term(row: QuoteGuarantee) -> Guarantee:
    return Guarantee(row.scope, row.months, row.conditions)


async def conflicts_of(work: Work, quote_id: UUID) -> list[QuoteConflict]:
    """The conflicts of this draft that somebody has answered for."""
    return await work.rows(QuoteConflict, _conflicts.quote_id == quote_id, order_by=(_conflicts.id,))


async def conflict_of(work: Work, quote_id: UUID, other_quote_id: UUID) -> QuoteConflict | None:
    found = await work.rows(QuoteConflict, _conflicts.quote_id == quote_id, _conflicts.other_quote_id == other_quote_id)
    return found[0] if found else None


async def conflicts_about(work: Work, quote_id: UUID) -> list[QuoteConflict]:
    """The recorded conflicts the quote has a part in, on whichever side."""
    return await work.rows(
        QuoteConflict,
        (_conflicts.quote_id == quote_id) | (_conflicts.other_quote_id == quote_id),
        order_by=(_conflicts.id,),
    )


async def presented(work: Work, quote_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these quotes that the customer has seen."""
    found = select(_quotes.id).where(
        _quotes.tenant_id == work.tenant_id, among(_quotes.id, quote_ids), _quotes.presented_at.isnot(None)
    )
    return {record["id"] for record in await work.fetch(found)}


async def policy(work: Work, *, lock: bool = False) -> QuotePolicy | None:
    """What the brand has said; None where it never did."""
    found = await work.rows(QuotePolicy, lock=lock)
    return found[0] if found else None


async def on_conflict(work: Work) -> ConflictPolicy:
    """What happens to a quote that contradicts a live one."""
    said = await policy(work)
    return ConflictPolicy.BLOCK if said is None else ConflictPolicy(said.on_conflict)


async def inserted(work: Work, said: QuotePolicy) -> bool:
    """Insert the brand's one row unless there is one; waits for whoever is inserting it just now."""
    said.tenant_id, said.recorded_at = work.tenant_id, work.now
    values = {name: getattr(said, name) for name in QuotePolicy.model_fields}
    statement = insert(_policies).values(values).on_conflict_do_nothing(index_elements=["tenant_id"])
    return await work.execute(statement) == 1


async def capacities(work: Work, staff_id: UUID, customer_id: UUID) -> list[tuple[Unit, UUID | None]]:
    """In what the person can act for this customer now, and at which store: friendships first, then placements, newest first."""
    friends, roles, places = table_of(Relationship).c, table_of(RelationshipRole).c, table_of(Placement).c
    friendship = select(
        literal(0).label("rank"), roles.role_id, roles.group_id, roles.store_id, roles.from_at, roles.id
    ).where(
        friends.tenant_id == work.tenant_id,
        one_with(friends.customer_id, customer_id, work.tenant_id),
        friends.staff_id == staff_id,
        friends.ended_at.is_(None),
        roles.tenant_id == friends.tenant_id,
        roles.relationship_id == friends.id,
        roles.until_at.is_(None),
    )
    placement = select(literal(1), places.role_id, places.group_id, places.store_id, places.from_at, places.id).where(
        places.tenant_id == work.tenant_id, places.staff_id == staff_id, places.until_at.is_(None)
    )
    either = union_all(friendship, placement).subquery("either")
    ordered = select(either.c.role_id, either.c.group_id, either.c.store_id).order_by(
        either.c.rank, either.c.from_at.desc(), either.c.id.desc()
    )
    return [(Unit(record["group_id"], record["role_id"]), record["store_id"]) for record in await work.fetch(ordered)]


async def names_of(work: Work, staff_ids: Iterable[UUID], store_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What these people and places are called."""
    people, places = table_of(StaffMember).c, table_of(Store).c
    either = union_all(
        select(people.id, people.name).where(people.tenant_id == work.tenant_id, among(people.id, staff_ids)),
        select(places.id, places.name).where(places.tenant_id == work.tenant_id, among(places.id, store_ids)),
    )
    return {record["id"]: record["name"] for record in await work.fetch(either)}
