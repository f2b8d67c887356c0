"""Counts what the fit is judged by. It reads the contacts of the period by index, and of friendships only the live ones.

An enquiry begins with a contact of the customer's that no earlier one of the same purpose still waits for. Its answer is
our next contact of that purpose that is no broadcast, with the person who gave it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Float,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from server.customers.tables import CaseStageChange, Relationship, RelationshipRole, ServiceNote
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.feedback.kinds import FeedbackKind
from server.feedback.tables import Feedback
from server.lifecycles.fit_rules import RATED_WITHIN, REPEATED_WITHIN, SATISFIED_FROM, Counts, Period
from server.operations.purposes import Purpose, PurposeClass
from server.operations.tables import OpsGroup, Placement, ServiceRole, Stage
from server.quotes.tables import Quote, QuoteConflict
from server.tenants.tables import StaffMember
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, TouchpointState
from server.touchpoints.tables import Touchpoint

CARE = tuple(purpose for purpose in Purpose if purpose.purpose_class is PurposeClass.CARE or purpose.sensitive_possible)
"""Purposes whose questions only those who know the case answer well."""
BROADCAST = (Medium.WECOM_MASS_SEND, Medium.WECOM_GROUP_CHAT, Medium.WECOM_MOMENTS, Medium.LIVE_STREAM)
"""Media that speak to many at once: nobody's question is answered there, and nobody asks."""

_contacts = table_of(Touchpoint).c
_friends, _held = table_of(Relationship).c, table_of(RelationshipRole).c
_staff, _roles, _groups = table_of(StaffMember).c, table_of(ServiceRole).c, table_of(OpsGroup).c
_notes, _placed = table_of(ServiceNote).c, table_of(Placement).c
_issued, _conflicts = table_of(Quote).c, table_of(QuoteConflict).c
_moves, _stages, _feedback = table_of(CaseStageChange).c, table_of(Stage).c, table_of(Feedback).c


async def counts(reader: Reader, period: Period) -> Counts:
    """What was recorded in the period, of the customers the caller sees."""
    asked = await reader.fetch_one(_answers(reader, period))
    held = await reader.fetch_one(_friendships(reader))
    quoted = await reader.fetch_one(_quotes(reader, period))
    assert asked is not None
    assert held is not None
    assert quoted is not None
    return Counts(
        answered=asked["answered"],
        answered_care=asked["answered_care"],
        contextless=asked["contextless"],
        repeated=asked["repeated"],
        median_seconds=None if asked["median"] is None else round(asked["median"]),
        rated_with=(asked["pleased_with"], asked["rated_with"]),
        rated_without=(asked["pleased_without"], asked["rated_without"]),
        relationships=held["live"],
        redundant=held["redundant"],
        quotes=quoted["quotes"],
        conflicts=quoted["conflicts"],
    )


def _quotes(reader: Reader, period: Period) -> Select[Any]:
    """The quotes issued in the period, and how often one of them contradicts a live one that somebody answered for."""
    issued = and_(
        _issued.tenant_id == reader.tenant_id, _issued.issued_at >= period.begins, _issued.issued_at < period.ends
    )
    quotes = select(func.count()).where(issued).scalar_subquery()
    conflicts = (
        select(func.count())
        .select_from(table_of(QuoteConflict).join(table_of(Quote), _same_quote()))
        .where(issued)
        .scalar_subquery()
    )
    return select(quotes.label("quotes"), conflicts.label("conflicts"))


def _same_quote() -> ColumnElement[bool]:
    return and_(_issued.tenant_id == _conflicts.tenant_id, _issued.id == _conflicts.quote_id)


def _answers(reader: Reader, period: Period) -> Select[Any]:
    care = _in_context(reader, _answered(reader, period))
    rated = _rated(reader, care, period)
    figures = select(
        func.count().label("answered"),
        func.count().filter(care.c.is_care).label("answered_care"),
        func.count().filter(and_(care.c.is_care, ~care.c.in_context)).label("contextless"),
        func.count().filter(care.c.is_repeated).label("repeated"),
        func.percentile_cont(0.5).within_group(cast(care.c.waited, Float)).label("median"),
    ).subquery("figures")
    pleased = rated.c.score >= SATISFIED_FROM
    ratings = select(
        func.count().filter(and_(rated.c.in_context, pleased)).label("pleased_with"),
        func.count().filter(rated.c.in_context).label("rated_with"),
        func.count().filter(and_(~rated.c.in_context, pleased)).label("pleased_without"),
        func.count().filter(~rated.c.in_context).label("rated_without"),
    ).subquery("ratings")
    return select(figures, ratings).select_from(figures.join(ratings, literal(True)))


def _answered(reader: Reader, period: Period) -> Subquery:
    """The enquiries that were answered, each with who answered and when.

    Counted from the newest back, an answer has the same number as the contacts it answers and stands before them: so all
    of this is one sort and three walks in its order.
    """
    is_answer = _contacts.direction == Direction.OUTBOUND.value
    back: dict[str, Any] = {
        "partition_by": [_contacts.customer_id, _contacts.purpose],
        "order_by": [_contacts.occurred_at.desc(), _contacts.id.desc()],
    }
    flow = (
        select(
            _contacts.customer_id,
            _contacts.purpose,
            _contacts.staff_id,
            _contacts.occurred_at,
            _contacts.id,
            is_answer.label("is_answer"),
            func.count().filter(is_answer).over(**back).label("place"),
            func.lead(is_answer).over(**back).label("follows_answer"),
        )
        .where(
            _contacts.tenant_id == reader.tenant_id,
            _contacts.occurred_at >= period.begins,
            _contacts.occurred_at < period.ends,
            _contacts.state == TouchpointState.SENT.value,
            ~among(_contacts.medium, [medium.value for medium in BROADCAST]),
        )
        .subquery("flow")
        .c
    )
    exchange: dict[str, Any] = {
        "partition_by": [flow.customer_id, flow.purpose, flow.place],
        "order_by": [flow.occurred_at.desc(), flow.id.desc()],
    }
    told = (
        select(
            flow.customer_id,
            flow.purpose,
            flow.place,
            flow.occurred_at,
            and_(~flow.is_answer, or_(flow.follows_answer, flow.follows_answer.is_(None))).label("is_beginning"),
            func.first_value(flow.staff_id).over(**exchange).label("staff_id"),
            func.first_value(flow.occurred_at).over(**exchange).label("answered_at"),
        )
        .subquery("told")
        .c
    )
    later = func.lag(told.occurred_at).over(partition_by=[told.customer_id, told.purpose], order_by=[told.place])
    begun = (
        select(
            told.customer_id,
            told.purpose,
            told.place,
            told.staff_id,
            told.occurred_at,
            told.answered_at,
            later.label("again_at"),
        )
        .where(told.is_beginning)
        .subquery("begun")
        .c
    )
    return (
        select(
            begun.customer_id,
            begun.staff_id,
            begun.answered_at,
            func.extract("epoch", begun.answered_at - begun.occurred_at).label("waited"),
            func.coalesce(begun.again_at <= begun.occurred_at + REPEATED_WITHIN, False).label("is_repeated"),
            among(begun.purpose, [purpose.value for purpose in CARE]).label("is_care"),
        )
        .where(begun.place > 0)
        .subquery("answered")
    )


def _in_context(reader: Reader, answered: Subquery) -> CTE:
    """The same with whether the answerer knew the case: through a role that served it, or a note they may read."""
    knew = or_(_served_the_case(reader, answered), _had_a_note(reader, answered))
    in_context = case((answered.c.is_care, knew), else_=literal(None, Boolean))
    return select(answered, in_context.label("in_context")).cte("care")


def _served_the_case(reader: Reader, answered: Subquery) -> ColumnElement[bool]:
    """A friend of the customer's then, in a role that owns a stage at which a case of the customer's has stood."""
    return exists(
        select(literal(1))
        .select_from(table_of(Relationship))
        .join(
            table_of(RelationshipRole),
            and_(_held.tenant_id == _friends.tenant_id, _held.relationship_id == _friends.id),
        )
        .join(
            table_of(CaseStageChange),
            and_(_moves.tenant_id == _friends.tenant_id, _moves.customer_id == _friends.customer_id),
        )
        .join(table_of(Stage), and_(_stages.tenant_id == _moves.tenant_id, _stages.id == _moves.to_stage_id))
        .where(
            _friends.tenant_id == reader.tenant_id,
            _friends.customer_id == answered.c.customer_id,
            _friends.staff_id == answered.c.staff_id,
            _held.from_at <= answered.c.answered_at,
            or_(_held.until_at.is_(None), _held.until_at > answered.c.answered_at),
            _moves.occurred_at <= answered.c.answered_at,
            _stages.owner_role_id == _held.role_id,
        )
        .correlate(answered)
    )


def _had_a_note(reader: Reader, answered: Subquery) -> ColumnElement[bool]:
    """A note about the customer by then: the answerer's own, one that is not sensitive, or of a kind they are cleared for."""
    cleared = exists(
        select(literal(1))
        .select_from(table_of(Placement))
        .outerjoin(table_of(ServiceRole), and_(_roles.tenant_id == _placed.tenant_id, _roles.id == _placed.role_id))
        .outerjoin(table_of(OpsGroup), and_(_groups.tenant_id == _placed.tenant_id, _groups.id == _placed.group_id))
        .where(
            _placed.tenant_id == reader.tenant_id,
            _placed.staff_id == answered.c.staff_id,
            _placed.from_at <= answered.c.answered_at,
            or_(_placed.until_at.is_(None), _placed.until_at > answered.c.answered_at),
            _notes.kind == func.any(func.coalesce(_roles.cleared_for, _groups.cleared_for)),
        )
        .correlate(answered, table_of(ServiceNote))
    )
    return exists(
        select(literal(1))
        .select_from(table_of(ServiceNote))
        .where(
            _notes.tenant_id == reader.tenant_id,
            _notes.customer_id == answered.c.customer_id,
            _notes.occurred_at <= answered.c.answered_at,
            or_(~_notes.sensitive, _notes.staff_id == answered.c.staff_id, cleared),
        )
        .correlate(answered)
    )


def _rated(reader: Reader, care: CTE, period: Period) -> CTE:
    """Each rating of the period with the last answer to a question of care in the week before it."""
    return (
        select(_feedback.score, care.c.in_context)
        .join(
            care,
            and_(
                care.c.customer_id == _feedback.customer_id,
                care.c.is_care,
                care.c.answered_at <= _feedback.occurred_at,
                care.c.answered_at > _feedback.occurred_at - RATED_WITHIN,
            ),
        )
        .where(
            _feedback.tenant_id == reader.tenant_id,
            _feedback.kind == FeedbackKind.RATING.value,
            _feedback.occurred_at >= period.begins,
            _feedback.occurred_at < period.ends,
        )
        .ext(distinct_on(_feedback.id))
        .order_by(_feedback.id, care.c.answered_at.desc())
        .cte("rated")
    )


def _friendships(reader: Reader) -> Select[Any]:
    """How many are live, and how many of those are redundant: of people who work here, without the first hold of a role.

    The same as `customers.standing`, for all friendships at once. A friendship that ends ends its roles, so roles that
    last are those of live ones: they are read from their index alone, in the order of customers.
    """
    left = (
        select(_friends.id)
        .join(table_of(StaffMember), _of_staff())
        .where(_friends.tenant_id == reader.tenant_id, _friends.ended_at.is_(None), _staff.left_at.isnot(None))
    )
    unit = func.coalesce(_held.role_id, _held.group_id)
    adding = union_all(
        select(_roles.id).where(
            _roles.tenant_id == reader.tenant_id, _roles.adds, ~_roles.dormant, _roles.retired_at.is_(None)
        ),
        select(_groups.id).where(_groups.tenant_id == reader.tenant_id, _groups.adds, _groups.retired_at.is_(None)),
    )
    place = func.row_number().over(
        partition_by=[_held.customer_id, unit], order_by=[_held.from_at, _held.relationship_id]
    )
    first = (
        select(_held.relationship_id, unit.label("unit"), place.label("place"))
        .where(_held.tenant_id == reader.tenant_id, _held.until_at.is_(None), _held.relationship_id.not_in(left))
        .subquery("first")
    )
    legitimate = (
        select(first.c.relationship_id)
        .where(first.c.place == 1, first.c.unit.in_(adding))
        .group_by(first.c.relationship_id)
        .subquery("legitimate")
    )
    live = (
        select(func.count().label("live"), func.count().filter(_staff.left_at.is_(None)).label("here"))
        .select_from(table_of(Relationship))
        .join(table_of(StaffMember), _of_staff())
        .where(_friends.tenant_id == reader.tenant_id, _friends.ended_at.is_(None))
        .subquery("live")
    )
    held = select(func.count()).select_from(legitimate).scalar_subquery()
    return select(live.c.live, (live.c.here - held).label("redundant"))


def _of_staff() -> ColumnElement[bool]:
    return and_(_staff.tenant_id == _friends.tenant_id, _staff.id == _friends.staff_id)
