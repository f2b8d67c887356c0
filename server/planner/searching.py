"""Finding rows by pieces of words: equality of terms, which an index answers under row-level security."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, FromClause, Text, and_, any_, bindparam, func, literal_column, select

from server.db.statements import plain

_TERMS_COMPARED = 8
"""Terms of a search that are compared by how many rows have them."""


@dataclass(frozen=True, slots=True)
class Search:
    """Full words are found by equality of their n-grams: `terms(text)` gives them, `column` holds them.

    `owner` is the column of the same table that equals the id of the row searched for.
    """

    terms: Callable[[str], list[str]]
    column: Any
    owner: Any
    description: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", plain(self.column))
        object.__setattr__(self, "owner", plain(self.owner))

    def condition(self, source: FromClause, name: str) -> Any:
        """Every term must be there. One grouped subquery, so that the text does not vary with the number of terms."""
        child = self.column.table.alias()
        terms = bindparam(name, type_=ARRAY(Text))
        owner, term = child.c[self.owner.name], child.c[self.column.name]
        found = (
            select(owner)
            .where(child.c.tenant_id == source.c.tenant_id, term == any_(terms))
            .group_by(owner)
            .having(func.count(term.distinct()) == func.cardinality(terms))
            .correlate(source)
        )
        return and_(func.cardinality(terms) > 0, source.c.id.in_(found))

    def holds(self, source: FromClause, name: str) -> Any:
        """The same of one row: its own terms are read, not all rows that have them."""
        child = self.column.table.alias()
        terms = bindparam(name, type_=ARRAY(Text))
        term = child.c[self.column.name]
        found = select(func.count(term.distinct())).where(
            child.c.tenant_id == source.c.tenant_id, child.c[self.owner.name] == source.c.id, term == any_(terms)
        )
        return found.correlate(source).scalar_subquery() == func.nullif(func.cardinality(terms), literal_column("0"))

    def rarest(self, tenant: Any, name: str, most: int) -> Any:
        """The term, of the first few, that the fewest rows have; counted no further than `most`."""
        child = self.column.table.alias()
        terms = bindparam(name, type_=ARRAY(Text))
        one = select(func.unnest(terms).label("term")).limit(literal_column(str(_TERMS_COMPARED))).subquery()
        having = (
            select(literal_column("1"))
            .where(child.c.tenant_id == tenant, child.c[self.column.name] == one.c.term)
            .limit(literal_column(str(most)))
            .correlate(one)
            .subquery()
        )
        count = select(func.count()).select_from(having).correlate(one).scalar_subquery()
        return select(one.c.term).order_by(count, one.c.term).limit(literal_column("1")).scalar_subquery()
