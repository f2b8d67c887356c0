"""What contents, posts and campaigns came to: contacts and what became of them, friendships begun, orders; as the caller sees it.

Counted anew from the facts every time. A contact counts once for each step it has reached: what came of it is a list, and
whoever clicked has opened. An order counts for a campaign where it was placed in the campaign's period, by a customer whom the
campaign had reached by then: who had a contact of it, or came through one of its channels in the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from server.campaigns.tables import Campaign, CampaignPart
from server.customers.tables import Customer, Relationship
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations.tables import Channel
from server.orders.tables import Order
from server.touchpoints.outcomes import Direction, Outcome
from server.touchpoints.tables import Touchpoint, TouchpointOutcome

_contacts, _outcomes = table_of(Touchpoint), table_of(TouchpointOutcome)
_campaigns, _parts = table_of(Campaign), table_of(CampaignPart)
_friends, _channels = table_of(Relationship), table_of(Channel)
_orders, _customers = table_of(Order), table_of(Customer)

CLICKED = (Outcome.CLICKED,)
REPLIED = (Outcome.REPLIED,)
OPENED = (Outcome.OPENED, *CLICKED, Outcome.MISLED)
DELIVERED = (Outcome.DELIVERED, Outcome.IGNORED, *OPENED, *REPLIED, Outcome.COMPLAINED, Outcome.OPTED_OUT)
"""What shows that a contact has come so far: each step holds what presupposes it."""

STEPS: Mapping[str, tuple[Outcome, ...]] = {
    "delivered": DELIVERED,
    "opened": OPENED,
    "clicked": CLICKED,
    "replied": REPLIED,
}


@dataclass(slots=True)
class ContactFigures:
    """Contacts by the brand, and how many of them have come so far."""

    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0


@dataclass(slots=True)
class CampaignFigures(ContactFigures):
    """And what else came of a campaign. `turnover` is less what was given back, by currency, in minor units."""

    adds: int = 0
    orders: int = 0
    turnover: dict[str, int] = field(default_factory=dict)


class Audience(NamedTuple):
    """A segment: what holds of its customers, over the table of customers, and the values of its parameters."""

    conditions: Sequence[ColumnElement[bool]]
    values: Mapping[str, Any]


By = str | None
"""Figures of each `store_id` or `staff_id` apart, or all together."""

Found = dict[tuple[UUID, UUID | None], CampaignFigures]
"""By campaign, and by store or staff member where they are apart."""


async def contacts_of(reader: Reader, column: str, ids: Iterable[UUID]) -> dict[UUID, ContactFigures]:
    """The contacts that name each content, or each post, in `column`."""
    found: dict[UUID, ContactFigures] = {}
    statement = _contacts_sent(reader.tenant_id, _contacts.c[column], ids, None)
    for id, _, *figures in await reader.fetch(statement):
        found[id] = ContactFigures(*figures)
    return found


async def of_campaigns(
    reader: Reader, ids: Sequence[UUID], *, by: By = None, audience: Audience | None = None
) -> Found:
    """Everything that came of these campaigns; only from customers of the audience, where one is given."""
    found: Found = {}
    values = {} if audience is None else audience.values

    def of(campaign_id: UUID, part: UUID | None) -> CampaignFigures:
        return found.setdefault((campaign_id, part), CampaignFigures())

    def among_them(customer_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        return [] if audience is None else [_belongs(reader.tenant_id, audience, customer_id)]

    sent = _contacts_sent(reader.tenant_id, _contacts.c.campaign_id, ids, by, *among_them(_contacts.c.customer_id))
    for campaign_id, part, *figures in await reader.fetch(sent, **values):
        one = of(campaign_id, part)
        one.sent, one.delivered, one.opened, one.clicked, one.replied = figures
    added = _added(reader.tenant_id, ids).where(*among_them(_friends.c.customer_id)).subquery("added")
    counted = select(added.c.campaign_id, _part(added, by), func.count())
    counted = counted.group_by(added.c.campaign_id, *_apart(added, by))
    for campaign_id, part, count in await reader.fetch(counted, **values):
        of(campaign_id, part).adds = count
    bought = _bought(reader.tenant_id, ids, by, among_them(_orders.c.customer_id))
    for campaign_id, part, currency, count, minor in await reader.fetch(bought, **values):
        one = of(campaign_id, part)
        one.orders += count
        one.turnover[currency] = minor
    return found


def _contacts_sent(
    tenant_id: UUID, column: ColumnElement[Any], ids: Iterable[UUID], by: By, *where: ColumnElement[bool]
) -> Select[Any]:
    """By what the column names and by part: how many contacts, and how many of them have reached each step."""
    reached = (
        select(*(func.bool_or(among(_outcomes.c.outcome, outcomes)).label(step) for step, outcomes in STEPS.items()))
        .where(_outcomes.c.tenant_id == _contacts.c.tenant_id, _outcomes.c.touchpoint_id == _contacts.c.id)
        .lateral("reached")
    )
    counted = [func.count().filter(reached.c[step]) for step in STEPS]
    return (
        select(column, _part(_contacts, by), func.count(), *counted)
        .select_from(_contacts.join(reached, true()))
        .where(
            _contacts.c.tenant_id == tenant_id,
            among(column, ids),
            _contacts.c.direction == literal(Direction.OUTBOUND.value),
            *where,
        )
        .group_by(column, *_apart(_contacts, by))
    )


def _added(tenant_id: UUID, ids: Iterable[UUID]) -> Select[Any]:
    """Friendships that began through a channel of the campaign in its period; they count for the channel's store."""
    return (
        select(
            _campaigns.c.id.label("campaign_id"),
            _friends.c.customer_id,
            _friends.c.staff_id,
            _channels.c.store_id,
            _friends.c.since.label("at"),
        )
        .select_from(_campaigns)
        .join(_parts, and_(_parts.c.tenant_id == _campaigns.c.tenant_id, _parts.c.campaign_id == _campaigns.c.id))
        .join(_channels, and_(_channels.c.tenant_id == _parts.c.tenant_id, _channels.c.id == _parts.c.channel_id))
        .join(_friends, and_(_friends.c.tenant_id == _parts.c.tenant_id, _friends.c.channel_id == _parts.c.channel_id))
        .where(_campaigns.c.tenant_id == tenant_id, among(_campaigns.c.id, ids), *_within(_friends.c.since))
    )


def _bought(tenant_id: UUID, ids: Iterable[UUID], by: By, where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Orders in the period by customers whom the campaign had reached by then, by currency."""
    ids = list(ids)
    contacted = select(_contacts.c.campaign_id, _contacts.c.customer_id, _contacts.c.occurred_at.label("at")).where(
        _contacts.c.tenant_id == tenant_id,
        among(_contacts.c.campaign_id, ids),
        _contacts.c.direction == literal(Direction.OUTBOUND.value),
    )
    added = _added(tenant_id, ids).subquery()
    either = union_all(contacted, select(added.c.campaign_id, added.c.customer_id, added.c.at)).subquery("either")
    reached = (
        select(either.c.campaign_id, either.c.customer_id, func.min(either.c.at).label("at"))
        .group_by(either.c.campaign_id, either.c.customer_id)
        .subquery("reached")
    )
    return (
        select(
            reached.c.campaign_id,
            _part(_orders, by),
            _orders.c.currency,
            func.count(),
            cast(func.sum(_orders.c.total_minor - _orders.c.refunded_minor), BigInteger),
        )
        .select_from(reached)
        .join(_campaigns, and_(_campaigns.c.tenant_id == literal(tenant_id), _campaigns.c.id == reached.c.campaign_id))
        .join(
            _orders,
            and_(
                _orders.c.tenant_id == _campaigns.c.tenant_id,
                _orders.c.customer_id == reached.c.customer_id,
                _orders.c.occurred_at >= reached.c.at,
            ),
        )
        .where(*_within(_orders.c.occurred_at), *where)
        .group_by(reached.c.campaign_id, *_apart(_orders, by), _orders.c.currency)
    )


def _within(at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    return [at >= _campaigns.c.starts_at, or_(_campaigns.c.ends_at.is_(None), at < _campaigns.c.ends_at)]


def _belongs(tenant_id: UUID, audience: Audience, customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
    own = select(_customers.c.id).where(
        _customers.c.tenant_id == tenant_id, _customers.c.merged_into.is_(None), *audience.conditions
    )
    return customer_id.in_(own)


def _part(rows: FromClause, by: By) -> Any:
    return null().label("part") if by is None else rows.c[by].label("part")


def _apart(rows: FromClause, by: By) -> list[ColumnElement[Any]]:
    return [] if by is None else [rows.c[by]]
