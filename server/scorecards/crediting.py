"""Whose each fact is: the role or group that answers for it, who of it, where, and through which channel the customer came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Text,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    true,
)

from server.access.permissions import Permission
from server.customers.tables import Customer, Relationship, RelationshipRole
from server.db.statements import table_of
from server.operations.metrics import Metric
from server.operations.tables import Channel
from server.scorecards import bond_facts, contact_facts, conversion_facts, service_facts
from server.scorecards.questions import COLUMNS, Facts, Question, given_table
from server.scorecards.score_terms import ScorecardDimension, ShownBeside

_customers, _channels = table_of(Customer), table_of(Channel)
_friends, _held = table_of(Relationship), table_of(RelationshipRole)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of a metric come from."""

    facts: Callable[[Question, Metric], Facts]
    node: str
    """The type of the node that shows a fact."""
    permission: Permission
    """Needed to be told the figure."""
    owned: bool = True
    """Whoever answers for the metric has all of its facts; else the facts say whose they are."""
    shown_beside: ShownBeside | None = None


_CONVERSION = Source(conversion_facts.conversions, "Case", Permission.CUSTOMER_READ)

SOURCES: Mapping[Metric, Source] = MappingProxyType(
    {
        **{metric: _CONVERSION for metric in Metric if metric.is_stage_conversion},
        Metric.ATTENDANCE_RATE: Source(service_facts.attendance, "Appointment", Permission.APPOINTMENT_READ),
        Metric.SATISFACTION: Source(
            service_facts.satisfaction,
            "Feedback",
            Permission.FEEDBACK_READ,
            owned=False,
            shown_beside=ShownBeside.MEAN_SCORE,
        ),
        Metric.NO_COMPLAINT_RATE: Source(service_facts.no_complaint, "Case", Permission.FEEDBACK_READ),
        Metric.ON_TIME_RATE: Source(service_facts.on_time, "Promise", Permission.PROMISE_READ, owned=False),
        Metric.PROMISE_KEPT_RATE: Source(service_facts.promise_kept, "Promise", Permission.PROMISE_READ, owned=False),
        Metric.FIRST_RESPONSE_RATE: Source(
            contact_facts.first_response,
            "Touchpoint",
            Permission.TOUCHPOINT_READ,
            owned=False,
            shown_beside=ShownBeside.MEDIAN_MINUTES,
        ),
        Metric.CLOSED_LOOP_RATE: Source(service_facts.closed_loop, "Feedback", Permission.FEEDBACK_READ, owned=False),
        Metric.RETENTION_RATE: Source(bond_facts.retention, "Relationship", Permission.CUSTOMER_READ, owned=False),
        Metric.ENGAGEMENT_RATE: Source(contact_facts.engagement, "Touchpoint", Permission.TOUCHPOINT_READ, owned=False),
        Metric.REFERRAL_RATE: Source(bond_facts.referrals, "Customer", Permission.WOW_READ),
        Metric.SPONTANEOUS_SHARE_RATE: Source(
            bond_facts.spontaneous_shares, "WowMoment", Permission.WOW_READ, owned=False
        ),
    }
)
"""Every metric that can be counted from what is recorded."""

DIMENSION_COLUMNS: Mapping[ScorecardDimension, tuple[str, Any]] = MappingProxyType(
    {
        ScorecardDimension.STORE: ("store_id", Uuid()),
        ScorecardDimension.STAFF: ("holder_id", Uuid()),
        ScorecardDimension.CHANNEL: ("through_id", Uuid()),
        ScorecardDimension.CAMPAIGN: ("campaign", Text()),
    }
)


def credited(question: Question, metric: Metric) -> FromClause:
    """The facts with what the question wants to know of each, as one table."""
    return dimensioned(question, _owned(question, metric))


def dimensioned(question: Question, facts: FromClause, *kept: str) -> FromClause:
    """The facts, beside each the columns of `DIMENSION_COLUMNS` that are wanted; of its other columns those `kept`."""
    source, more = facts, []
    if question.wants(ScorecardDimension.STORE):
        home = _home_store(question, facts)
        source = source.outerjoin(home, true())
        more.append(func.coalesce(facts.c.place_id, home.c.home_store_id).label("store_id"))
    if question.wants(ScorecardDimension.STAFF):
        holder = _holder(question, facts)
        source = source.outerjoin(holder, true())
        more.append(func.coalesce(facts.c.staff_id, holder.c.staff_id).label("holder_id"))
    if question.wants(ScorecardDimension.CHANNEL) or question.wants(ScorecardDimension.CAMPAIGN):
        through = _through(question, facts)
        source = source.outerjoin(through, true())
        channel_id = func.coalesce(facts.c.channel_id, through.c.channel_id)
        more.append(channel_id.label("through_id"))
        if question.wants(ScorecardDimension.CAMPAIGN):
            channel = _channels.alias("channel")
            source = source.outerjoin(
                channel, and_(channel.c.tenant_id == question.tenant_id, channel.c.id == channel_id)
            )
            more.append(channel.c.campaign.label("campaign"))
    if not more:
        return facts
    return select(*(facts.c[name] for name in (*COLUMNS, *kept)), *more).select_from(source).subquery("dimensioned")


def _owned(question: Question, metric: Metric) -> FromClause:
    """The facts, each of its role or group; once for each of several that answer for the metric."""
    source = SOURCES[metric]
    facts = source.facts(question, metric).subquery("facts")
    if not source.owned or not question.by_unit:
        return facts
    owners, at = _owners(question, metric), facts.c.at
    columns = {**{name: facts.c[name] for name in COLUMNS}, "group_id": owners.c.group_id, "role_id": owners.c.role_id}
    in_time = and_(
        or_(owners.c.since.is_(None), owners.c.since <= at), or_(owners.c.until.is_(None), owners.c.until > at)
    )
    return (
        select(*(one.label(name) for name, one in columns.items()))
        .select_from(facts.join(owners, in_time))
        .subquery("owned")
    )


def _owners(question: Question, metric: Metric) -> FromClause:
    tenures = question.brand.design.tenures_of(metric)
    columns: dict[str, tuple[Any, list[Any]]] = {
        "group_id": (Uuid(), [one.unit.group_id for one in tenures]),
        "role_id": (Uuid(), [one.unit.role_id for one in tenures]),
        "since": (DateTime(timezone=True), [one.since for one in tenures]),
        "until": (DateTime(timezone=True), [one.until for one in tenures]),
    }
    return given_table("owners", columns)


def of_unit(facts: FromClause, group_id: Any, role_id: Any) -> ColumnElement[bool]:
    """The facts of a group or role."""
    return or_(facts.c.group_id == group_id, facts.c.role_id == role_id)


def _home_store(question: Question, facts: FromClause) -> FromClause:
    return (
        select(_customers.c.home_store_id)
        .where(_customers.c.tenant_id == question.tenant_id, _customers.c.id == facts.c.customer_id)
        .correlate(facts)
        .lateral("home")
    )


def _holder(question: Question, facts: FromClause) -> FromClause:
    """Who held the role or group for the customer at the moment the fact is credited for; of several the first."""
    if not question.by_unit:
        return select(literal(None, Uuid).label("staff_id")).lateral("holder")
    at = facts.c.credited_at
    return (
        select(_friends.c.staff_id)
        .select_from(
            _held.join(
                _friends, and_(_friends.c.tenant_id == _held.c.tenant_id, _friends.c.id == _held.c.relationship_id)
            )
        )
        .where(
            _held.c.tenant_id == question.tenant_id,
            _held.c.customer_id == facts.c.customer_id,
            or_(_held.c.role_id == facts.c.role_id, _held.c.group_id == facts.c.group_id),
            _held.c.from_at <= at,
            or_(_held.c.until_at.is_(None), _held.c.until_at > at),
        )
        .order_by(_held.c.from_at, _held.c.id)
        .limit(1)
        .correlate(facts)
        .lateral("holder")
    )


def _through(question: Question, facts: FromClause) -> FromClause:
    """The channel of the customer's first friendship that came through one."""
    return (
        select(_friends.c.channel_id)
        .where(
            _friends.c.tenant_id == question.tenant_id,
            _friends.c.customer_id == facts.c.customer_id,
            _friends.c.channel_id.isnot(None),
        )
        .order_by(_friends.c.since, _friends.c.id)
        .limit(1)
        .correlate(facts)
        .lateral("through")
    )
