"""Facts of contacts 触点: how fast conversations were first answered, and how welcome our own contacts were.

A conversation is of one customer and one purpose. It opens with a contact of the customer's on which no earlier one of theirs
is still waiting, and is answered by the next contact of ours on that purpose which a person made to this customer alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from server.db.statements import table_of
from server.operations.metrics import Metric
from server.scorecards.business_time import DAY, Line
from server.scorecards.questions import Facts, Question, code, fact, given_table, there_is
from server.scorecards.windows import CONVERSATION_PAUSE, ENGAGED_WITHIN
from server.touchpoints.media import MEDIA, Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState
from server.touchpoints.tables import Touchpoint, TouchpointOutcome

MANY_AT_ONCE = (Medium.WECOM_MASS_SEND, Medium.WECOM_GROUP_CHAT, Medium.WECOM_MOMENTS, Medium.LIVE_STREAM)
"""Media that speak to many at once: nobody asks there, and nobody is answered."""
ENGAGED = (Outcome.OPENED, Outcome.CLICKED, Outcome.REPLIED)
SHOWING = tuple(medium for medium, traits in MEDIA.items() if traits.observes & set(ENGAGED))
"""Media that can show whether anybody looked."""
DELIVERED = tuple(outcome for outcome in Outcome if outcome.rank >= Outcome.DELIVERED.rank)
_ABOVE = tuple(outcome for outcome in Outcome if outcome.rank > max(one.rank for one in ENGAGED))
"""Outcomes that hide an earlier one, for the highest is shown."""
_MICROSECONDS = 1_000_000

_contacts, _outcomes = table_of(Touchpoint).c, table_of(TouchpointOutcome).c


def engagement(question: Question, metric: Metric) -> Facts:
    """Contacts of ours that were delivered, by media that can show whether anybody looked."""
    looked = there_is(
        table_of(TouchpointOutcome),
        _outcomes.tenant_id == question.tenant_id,
        _outcomes.touchpoint_id == _contacts.id,
        code(_outcomes.outcome, *ENGAGED),
    )
    return select(
        *fact(
            id=_contacts.id,
            at=_contacts.occurred_at,
            customer_id=_contacts.customer_id,
            subject_id=_contacts.id,
            is_hit=or_(code(_contacts.outcome, *ENGAGED), and_(code(_contacts.outcome, *_ABOVE), looked)),
            is_maturing=question.is_open(_contacts.occurred_at, ENGAGED_WITHIN),
            credited_at=_contacts.occurred_at,
            group_id=_contacts.group_id,
            role_id=_contacts.role_id,
            place_id=_contacts.store_id,
            staff_id=_contacts.staff_id,
        )
    ).where(
        _contacts.tenant_id == question.tenant_id,
        question.falls(_contacts.occurred_at),
        _contacts.direction == Direction.OUTBOUND.value,
        _contacts.state == TouchpointState.SENT.value,
        code(_contacts.medium, *SHOWING),
        code(_contacts.outcome, *DELIVERED),
    )


def first_response(question: Question, metric: Metric) -> Facts:
    """Conversations that customers opened; a hit is one that was answered within the target, in business time.

    It is of whoever was asked; where nobody was, of whoever owned the purpose then.
    """
    target = (metric.definition.target_minutes or {})[question.brand.business_type] * 60 * _MICROSECONDS
    opened = _opened(question)
    rows, line = opened.c, question.business_time
    source: FromClause = opened
    if line is None:
        waited = _microseconds(rows.answered_at - rows.occurred_at)
        passed = _microseconds(literal(question.now) - rows.occurred_at)
    else:
        asked, answered = _pieces(line, "asked"), _pieces(line, "answered")
        source = source.outerjoin(asked, _holds(asked, line, rows.occurred_at))
        source = source.outerjoin(answered, _holds(answered, line, rows.answered_at))
        begun = _business_time(asked, rows.occurred_at)
        waited = _business_time(answered, rows.answered_at) - begun
        passed = literal(line.at(question.now), BigInteger) - begun
    owners = _owners(question)
    at = rows.occurred_at
    is_named = or_(rows.group_id.isnot(None), rows.role_id.isnot(None))
    source = source.outerjoin(
        owners,
        and_(
            ~is_named,
            owners.c.purpose == rows.purpose,
            or_(owners.c.since.is_(None), owners.c.since <= at),
            or_(owners.c.until.is_(None), owners.c.until > at),
        ),
    )
    who = rows.staff_id if not question.asks_who else _asked_or_answered(question, rows)
    return select(
        *fact(
            id=rows.id,
            at=at,
            customer_id=rows.customer_id,
            subject_id=rows.id,
            is_hit=func.coalesce(waited <= target, False),
            is_maturing=passed < target,
            measure=waited,
            credited_at=at,
            group_id=case((is_named, rows.group_id), else_=owners.c.group_id),
            role_id=case((is_named, rows.role_id), else_=owners.c.role_id),
            place_id=rows.store_id,
            staff_id=who,
        )
    ).select_from(source)


def _opened(question: Question) -> FromClause:
    """The contacts that opened a conversation in the period, each with the time of its answer, if one came in time to be one.

    Read from the newest back, all of it is one sort: the contact before is the next row, the nearest answer the smallest
    time of an answer among the rows so far.
    """
    is_answer = _contacts.direction == Direction.OUTBOUND.value
    back: dict[str, Any] = {
        "partition_by": [_contacts.customer_id, _contacts.purpose],
        "order_by": [_contacts.occurred_at.desc(), _contacts.id.desc()],
    }
    flow = (
        select(
            *(_contacts[name] for name in _CARRIED),
            is_answer.label("is_answer"),
            func.lead(is_answer).over(**back).label("follows_answer"),
            func.lead(_contacts.occurred_at).over(**back).label("follows_at"),
            func.min(_contacts.occurred_at).filter(is_answer).over(**back, rows=(None, 0)).label("answered_at"),
        )
        .where(
            _contacts.tenant_id == question.tenant_id,
            _contacts.occurred_at >= question.starts - CONVERSATION_PAUSE,
            _contacts.occurred_at < question.ends + CONVERSATION_PAUSE,
            _contacts.state == TouchpointState.SENT.value,
            ~code(_contacts.medium, *MANY_AT_ONCE),
            or_(~is_answer, _contacts.staff_id.isnot(None)),
        )
        .subquery("flow")
        .c
    )
    in_time = flow.answered_at <= flow.occurred_at + CONVERSATION_PAUSE
    return (
        select(*(flow[name] for name in _CARRIED), case((in_time, flow.answered_at)).label("answered_at"))
        .where(
            ~flow.is_answer,
            question.falls(flow.occurred_at),
            or_(
                flow.follows_answer.is_(None),
                flow.follows_answer,
                flow.follows_at < flow.occurred_at - CONVERSATION_PAUSE,
            ),
        )
        .subquery("opened")
    )


_CARRIED = ("id", "customer_id", "purpose", "occurred_at", "staff_id", "role_id", "group_id", "store_id")


def _asked_or_answered(question: Question, rows: Any) -> ColumnElement[Any]:
    """Whoever was asked; where nobody was, whoever answered."""
    answer = table_of(Touchpoint).alias("answer").c
    answered = (
        select(answer.staff_id)
        .where(
            answer.tenant_id == question.tenant_id,
            answer.customer_id == rows.customer_id,
            answer.purpose == rows.purpose,
            answer.occurred_at == rows.answered_at,
            answer.direction == Direction.OUTBOUND.value,
            answer.state == TouchpointState.SENT.value,
            answer.staff_id.isnot(None),
            ~code(answer.medium, *MANY_AT_ONCE),
        )
        .order_by(answer.id)
        .limit(1)
        .correlate(rows.id.table)
        .scalar_subquery()
    )
    return func.coalesce(rows.staff_id, answered)


def _owners(question: Question) -> FromClause:
    """Who owned which purpose, from and up to when."""
    lines = list(question.brand.design.owners_of_purposes())
    return given_table(
        "owners",
        {
            "purpose": (Text(), [purpose for purpose, _ in lines]),
            "group_id": (Uuid(), [tenure.unit.group_id for _, tenure in lines]),
            "role_id": (Uuid(), [tenure.unit.role_id for _, tenure in lines]),
            "since": (DateTime(timezone=True), [tenure.since for _, tenure in lines]),
            "until": (DateTime(timezone=True), [tenure.until for _, tenure in lines]),
        },
    )


def _pieces(line: Line, name: str) -> FromClause:
    return given_table(
        name,
        {
            "day": (Integer(), [piece.day for piece in line.pieces]),
            "starts": (DateTime(timezone=True), [piece.starts for piece in line.pieces]),
            "ends": (DateTime(timezone=True), [piece.ends for piece in line.pieces]),
            "is_open": (Boolean(), [piece.is_open for piece in line.pieces]),
            "before": (BigInteger(), [piece.before for piece in line.pieces]),
        },
    )


def _holds(pieces: FromClause, line: Line, moment: Any) -> ColumnElement[bool]:
    """The moment's piece; equality of the day comes first, so that it can be hashed."""
    seconds = func.extract("epoch", moment - literal(line.begins))
    return and_(
        pieces.c.day == cast(func.floor(seconds / int(DAY.total_seconds())), Integer),
        moment >= pieces.c.starts,
        moment < pieces.c.ends,
    )


def _business_time(pieces: FromClause, moment: Any) -> ColumnElement[Any]:
    """Microseconds of business time from the line's beginning to the moment."""
    within = case((pieces.c.is_open, _microseconds(moment - pieces.c.starts)), else_=0)
    return pieces.c.before + within


def _microseconds(interval: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", interval) * _MICROSECONDS, BigInteger)
