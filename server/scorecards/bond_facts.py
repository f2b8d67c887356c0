"""Facts of the bond: friendships that last 好友留存, surprises customers cannot help telling of 忍不住, friends they bring 转介绍."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, false, func, or_, select, true, union

from server.customers.case_terms import CaseStatus
from server.customers.relationship_terms import RelationshipState
from server.customers.tables import Case, Relationship, RelationshipRole
from server.db.statements import table_of
from server.operations.metrics import Metric
from server.orders.tables import Order
from server.scorecards.questions import Facts, Question, fact, owner_of_stage, there_is
from server.scorecards.windows import REFERRED_WITHIN, RETAINED_FOR, SHARED_WITHIN
from server.wow_moments.tables import Referral, Share, WowMoment, WowPlay

_friends, _held = table_of(Relationship), table_of(RelationshipRole)
_cases, _orders, _referrals = table_of(Case), table_of(Order), table_of(Referral)
_moments, _plays, _shares = table_of(WowMoment), table_of(WowPlay), table_of(Share)


def retention(question: Question, metric: Metric) -> Facts:
    """Friendships that began, but for requests nobody accepted yet; each of the role or group it was first held in.

    One that a colleague took over did not end, and theirs did not begin: it began at that very moment.
    """
    row, other = _friends.c, _friends.alias("other").c
    is_taken_over = there_is(
        other.id.table,
        other.tenant_id == question.tenant_id,
        other.customer_id == row.customer_id,
        other.state == RelationshipState.TRANSFERRED.value,
        other.ended_at == row.since,
        other.id != row.id,
    )
    first = (
        select(_held.c.group_id, _held.c.role_id, _held.c.store_id)
        .where(_held.c.tenant_id == question.tenant_id, _held.c.relationship_id == row.id)
        .order_by(_held.c.from_at, _held.c.id)
        .limit(1)
        .correlate(_friends)
        .lateral("first")
    )
    lasted = or_(
        row.ended_at.is_(None),
        row.ended_at > row.since + RETAINED_FOR,
        row.state == RelationshipState.TRANSFERRED.value,
    )
    return (
        select(
            *fact(
                id=row.id,
                at=row.since,
                customer_id=row.customer_id,
                subject_id=row.id,
                is_hit=lasted,
                is_maturing=question.is_open(row.since, RETAINED_FOR),
                credited_at=row.since,
                group_id=first.c.group_id,
                role_id=first.c.role_id,
                place_id=first.c.store_id,
                staff_id=row.staff_id,
                channel_id=row.channel_id,
            )
        )
        .select_from(_friends.outerjoin(first, true()))
        .where(
            row.tenant_id == question.tenant_id,
            question.falls(row.since),
            row.state != RelationshipState.PENDING.value,
            ~is_taken_over,
        )
    )


def spontaneous_shares(question: Question, metric: Metric) -> Facts:
    """Wow moments: whether the customer told others unasked and unpaid within fourteen days.

    Each is of the capacity in which it was done; where that is not known, of the group or role that performs its play; where
    the play names none, of the owner of the stage where the customer's case stood.
    """
    row, play = _moments.c, _plays.c
    told = there_is(
        _shares,
        _shares.c.tenant_id == question.tenant_id,
        _shares.c.wow_moment_id == row.id,
        _shares.c.spontaneous,
        _shares.c.occurred_at < row.occurred_at + SHARED_WITHIN,
    )
    owner = owner_of_stage(question, row.occurred_at, _moments, case_id=row.case_id, customer_id=row.customer_id)
    whose = (row, play, owner.c)
    named = [or_(one.group_id.isnot(None), one.role_id.isnot(None)) for one in whose]
    source = _moments.outerjoin(_plays, and_(play.tenant_id == row.tenant_id, play.id == row.play_id)).outerjoin(
        owner, true() if question.by_unit else false()
    )
    return (
        select(
            *fact(
                id=row.id,
                at=row.occurred_at,
                customer_id=row.customer_id,
                subject_id=row.id,
                is_hit=told,
                is_maturing=question.is_open(row.occurred_at, SHARED_WITHIN),
                credited_at=row.occurred_at,
                group_id=case(*((is_named, one.group_id) for is_named, one in zip(named, whose, strict=True))),
                role_id=case(*((is_named, one.role_id) for is_named, one in zip(named, whose, strict=True))),
                place_id=row.store_id,
                staff_id=row.staff_id,
            )
        )
        .select_from(source)
        .where(row.tenant_id == question.tenant_id, question.falls(row.occurred_at))
    )


def referrals(question: Question, metric: Metric) -> Facts:
    """Customers who became buyers: by their first order, or the first case won. A hit brought somebody new within 180 days."""
    first = _first_purchases(question).c
    brought = (
        select(func.min(_referrals.c.occurred_at).label("at"))
        .where(
            _referrals.c.tenant_id == question.tenant_id,
            _referrals.c.referrer_id == first.customer_id,
            _referrals.c.occurred_at >= first.at,
            _referrals.c.occurred_at <= first.at + REFERRED_WITHIN,
        )
        .correlate(first.at.table)
        .lateral("brought")
    )
    is_hit = brought.c.at.isnot(None)
    return (
        select(
            *fact(
                id=first.customer_id,
                at=first.at,
                customer_id=first.customer_id,
                subject_id=first.customer_id,
                is_hit=is_hit,
                is_maturing=question.is_open(first.at, REFERRED_WITHIN),
                credited_at=case((is_hit, brought.c.at), else_=question.still(first.at + REFERRED_WITHIN)),
            )
        )
        .select_from(first.at.table.join(brought, true()))
        .where(question.falls(first.at))
    )


def _first_purchases(question: Question) -> Any:
    """Of each customer who bought something in the period: when they bought for the first time, which may lie before it."""
    orders, cases = _orders.alias("ordered").c, _cases.alias("won").c
    is_won = cases.status == CaseStatus.WON.value
    inside = union(
        select(orders.customer_id).where(orders.tenant_id == question.tenant_id, question.falls(orders.occurred_at)),
        select(cases.customer_id).where(cases.tenant_id == question.tenant_id, question.falls(cases.closed_at), is_won),
    ).subquery("inside")
    ordered = (
        select(func.min(_orders.c.occurred_at).label("at"))
        .where(_orders.c.tenant_id == question.tenant_id, _orders.c.customer_id == inside.c.customer_id)
        .correlate(inside)
        .lateral("first_order")
    )
    won = (
        select(func.min(_cases.c.closed_at).label("at"))
        .where(
            _cases.c.tenant_id == question.tenant_id,
            _cases.c.customer_id == inside.c.customer_id,
            _cases.c.status == CaseStatus.WON.value,
        )
        .correlate(inside)
        .lateral("first_won")
    )
    return (
        select(inside.c.customer_id, func.least(ordered.c.at, won.c.at).label("at"))
        .select_from(inside.join(ordered, true()).join(won, true()))
        .subquery("buyers")
    )
