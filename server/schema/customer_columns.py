"""What is read of a customer and of everybody merged with them, as SQL over the customer's row.

Written so that who was never merged costs no look at anybody else: the second half starts from `family_id`, which is null.
"""

from typing import Any

from sqlalchemy import ARRAY, Select, Text, and_, case, exists, func, literal_column, null, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from server.customers import tables
from server.db.statements import table_of
from server.touchpoints.tables import Touchpoint

_customers = table_of(tables.Customer)
_tags, _touchpoints = table_of(tables.CustomerTag), table_of(Touchpoint)


def _others() -> Any:
    """The other customers that are one with the row."""
    return _customers.alias("one_of_them")


def _is_other(other: Any) -> Any:
    rows = _customers.c
    return and_(
        other.c.tenant_id == rows.tenant_id,
        other.c.family_id == rows.family_id,
        other.c.family_id.isnot(None),
        other.c.id != rows.id,
    )


def _all_tags() -> Select[Any]:
    other, own, theirs = _others(), _tags.alias(), _tags.alias()
    found = union_all(
        select(own.c.tag)
        .where(own.c.tenant_id == _customers.c.tenant_id, own.c.customer_id == _customers.c.id)
        .correlate(_customers),
        select(theirs.c.tag)
        .where(_is_other(other), theirs.c.tenant_id == other.c.tenant_id, theirs.c.customer_id == other.c.id)
        .correlate(_customers),
    ).subquery()
    tags = func.array_agg(aggregate_order_by(found.c.tag.distinct(), found.c.tag))
    return select(func.coalesce(tags, literal_column("'{}'", ARRAY(Text)))).select_from(found).correlate(_customers)


def _last_touch() -> Any:
    other, own, theirs = _others(), _touchpoints.alias(), _touchpoints.alias()
    last = (
        select(func.max(own.c.occurred_at))
        .where(own.c.tenant_id == _customers.c.tenant_id, own.c.customer_id == _customers.c.id)
        .correlate(_customers)
        .scalar_subquery()
    )
    last_of_theirs = (
        select(func.max(theirs.c.occurred_at))
        .where(_is_other(other), theirs.c.tenant_id == other.c.tenant_id, theirs.c.customer_id == other.c.id)
        .correlate(_customers)
        .scalar_subquery()
    )
    return func.greatest(last, last_of_theirs, type_=_touchpoints.c.occurred_at.type)


def _is_face() -> Any:
    """The customer is nobody's other id, or the caller does not see whose: under the policies, what is not seen is not there."""
    seen = _customers.alias("who_stays")
    whose = exists().where(
        seen.c.tenant_id == _customers.c.tenant_id,
        or_(seen.c.id == _customers.c.family_id, seen.c.id == _customers.c.merged_into),
    )
    return or_(_customers.c.merged_into.is_(None), ~whose.correlate(_customers))


family_tags = _all_tags().scalar_subquery()
family_last_touch = _last_touch()
is_face = _is_face()
stays_with = case((_customers.c.merged_into.isnot(None), _customers.c.family_id), else_=null())
