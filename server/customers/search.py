"""Finding customers by name and by the last digits of a number.

Names are cut into single characters and pairs of neighbours, folded so that width and case do not matter; a customer
matches when every piece of the query is there. That finds Chinese names without a dictionary, by equality alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import insert

from server.customers import duplicates, family
from server.customers.identity_kinds import IdentityKind
from server.customers.search_kinds import SearchKind
from server.customers.tables import Contact, Customer, Identity, SearchTerm, Subject
from server.db.statements import among, table_of
from server.db.work import Work

DIGITS = 4
"""A query of digits only, at least this many, is the end of a number."""
_LONGEST_QUERY = 100
_WORD = re.compile(r"[^\W_]+")
_DIGITS_ONLY = re.compile(r"[\d\s+()-]+")

_terms, _customers, _contacts = table_of(SearchTerm), table_of(Customer), table_of(Contact)
_identities, _subjects = table_of(Identity), table_of(Subject)


def terms_of(text: str) -> list[str]:
    """The pieces a customer must have to match the query; none where nothing can match."""
    query = folded(text)[:_LONGEST_QUERY]
    if _DIGITS_ONLY.fullmatch(query):
        digits = re.sub(r"\D", "", query)
        if len(digits) >= DIGITS:
            return [digits[-DIGITS:]]
    pieces: set[str] = set()
    for word in _WORD.findall(query):
        pieces |= {word} if len(word) == 1 else _pairs(word)
    return sorted(pieces)


def pieces_of(names: Iterable[str]) -> set[str]:
    """Every single character and every pair of neighbours in the names: what `terms_of` asks for is among them."""
    words = {word for name in names for word in _WORD.findall(folded(name))}
    return {letter for word in words for letter in word} | {pair for word in words for pair in _pairs(word)}


async def index_customer(work: Work, customer: Customer) -> None:
    """Bring what the customer is found by, and what suggests duplicates, in line with names and identities as they are now.

    Who has others merged into them is found by the names of all of them. Of who is merged, so is who they were merged into:
    that customer's terms follow as well.
    """
    await _index(
        work, customer, await family.members(work, customer.id) if customer.merged_into is None else [customer.id]
    )
    if customer.merged_into is not None and customer.family_id is not None:
        head = await work.get(Customer, customer.family_id)
        if head is not None:
            await _index(work, head, await family.members(work, head.id))


async def _index(work: Work, customer: Customer, ids: list[UUID]) -> None:
    own = select(literal(True).label("own"), _customers.c.name, _customers.c.birthday).where(
        _customers.c.tenant_id == work.tenant_id, among(_customers.c.id, ids)
    )
    others = (
        select(literal(False), table.c.name, cast(null(), Date)).where(
            table.c.tenant_id == work.tenant_id, among(table.c.customer_id, ids)
        )
        for table in (_contacts, _subjects)
    )
    named = await work.fetch(union_all(own, *others))
    numbers = await work.fetch(
        select(_identities.c.kind, _identities.c.tail).where(
            _identities.c.tenant_id == work.tenant_id, among(_identities.c.customer_id, ids)
        )
    )
    wanted = {(SearchKind.NAME, piece) for piece in pieces_of(row["name"] for row in named)}
    wanted |= {(SearchKind.TAIL, folded(row["tail"])) for row in numbers if len(row["tail"]) == DIGITS}
    await _replace(work, customer, wanted)
    keys = duplicates.keys_of(
        {(folded(row["name"]), row["birthday"]) for row in named if row["own"]},
        {(IdentityKind(row["kind"]), row["tail"]) for row in numbers},
    )
    await duplicates.index_keys(work, customer.id, {} if customer.merged_into is not None else keys)


async def _replace(work: Work, customer: Customer, wanted: set[tuple[SearchKind, str]]) -> None:
    own = (_terms.c.tenant_id == work.tenant_id, _terms.c.customer_id == customer.id)
    have = {
        (SearchKind(row["kind"]), row["term"])
        for row in await work.fetch(select(_terms.c.kind, _terms.c.term).where(*own))
    }
    for kind in SearchKind:
        gone = [term for old, term in have - wanted if old is kind]
        if gone:
            await work.execute(
                _terms.delete().where(*own, _terms.c.kind == kind.value, _terms.c.term == func.any(_array(gone)))
            )
        new = sorted(term for one, term in wanted - have if one is kind)
        if new:
            term = func.unnest(_array(new)).column_valued("new_term")
            rows = select(
                literal(work.tenant_id), func.gen_random_uuid(), literal(customer.id), literal(kind.value), term
            )
            await work.execute(
                insert(_terms)
                .from_select(["tenant_id", "id", "customer_id", "kind", "term"], rows, include_defaults=False)
                .on_conflict_do_nothing()
            )


def _array(values: list[str]) -> object:
    return bindparam(None, values, type_=ARRAY(Text))


def folded(text: str) -> str:
    """As names are compared: without width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _pairs(word: str) -> set[str]:
    return {word[i : i + 2] for i in range(len(word) - 1)}
