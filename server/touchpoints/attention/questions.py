"""What is known of customers that bears on contacting them: parts of SQL, and the facts their rows tell.

The parts stand beside a table `given` of contacts that are asked about, so that one statement answers for one contact, for
a hundred, and for a page of customers. What a contact does not need is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from server.customers.consent_scopes import ConsentScope
from server.customers.customer_kinds import CustomerKind
from server.customers.relationship_terms import RelationshipState
from server.customers.tables import Consent, ContactPreference, Customer, CustomerNeed, CustomerTag, Relationship
from server.db.statements import table_of
from server.operations.purposes import Purpose, PurposeClass
from server.tenants.tables import ClosedDay, Tenant
from server.touchpoints.attention.facts import Facts, Spend
from server.touchpoints.attention.policies import PolicyInForce, read_policy
from server.touchpoints.attention.quiet_hours import LOOK_AHEAD_DAYS, zone_of
from server.touchpoints.attention.rules import VISIT_PURPOSES
from server.touchpoints.attention.tables import AttentionPolicyRow, AttentionTurn, ContactReservation
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState
from server.touchpoints.tables import Touchpoint

MEMORY_DAYS = 180
"""How far back the default policies look."""

MARKETING = tuple(purpose for purpose in Purpose if purpose.purpose_class is PurposeClass.MARKETING)

_appointments = table(
    "appointments",
    column("tenant_id", Uuid),
    column("customer_id", Uuid),
    column("starts_at", DateTime(timezone=True)),
    column("settled_at", DateTime(timezone=True)),
)
"""Of the room of appointments, which stands above: when customers are expected who have not come yet."""

_CONTACT = ("id", "occurred_at", "purpose", "medium", "attention_units", "outcome", "staff_id", "contact_id")
_HELD = ("id", "reserved_at", "purpose", "medium", "units", "staff_id", "contact_id", "expires_at")


class Weighing(NamedTuple):
    """FROM clauses beside `given`, and the columns that `facts_of` reads.

    `given` has `customer_id`, `at`, `purpose`, `medium`, `item_id`, `tag`, and two flags: `weighs`, whether what was spent
    is asked for; `asks`, whether everything else is.
    """

    given: FromClause
    policy: FromClause
    brand: FromClause
    customer: FromClause
    told: FromClause
    held: FromClause

    def beside(self, joined: FromClause) -> FromClause:
        """`joined` holds `given`."""
        for part in (self.policy, self.brand, self.customer, self.told, self.held):
            joined = joined.outerjoin(part, true())
        return joined


def weighing(given: FromClause, tenant: Any) -> Weighing:
    policy = _policy(tenant)
    return Weighing(
        given,
        policy,
        _brand(tenant),
        _customer(given, tenant),
        _told(given, policy, tenant),
        _held(given, tenant),
    )


def columns(parts: Weighing, tenant: Any) -> list[ColumnElement[Any]]:
    given, asks = parts.given, parts.given.c.asks
    markets = and_(asks, given.c.purpose.in_([literal_column(f"'{purpose.value}'") for purpose in MARKETING]))
    visits = and_(asks, given.c.purpose.in_([literal_column(f"'{one.value}'") for one in sorted(VISIT_PURPOSES)]))
    return [
        parts.policy.c.version.label("policy_version"),
        parts.policy.c.preset.label("policy_preset"),
        parts.policy.c.document.label("policy_document"),
        parts.brand.c.business_type,
        parts.brand.c.timezone.label("own_zone"),
        parts.customer.c.timezone.label("zone"),
        parts.customer.c.kind.label("customer_kind"),
        parts.customer.c.erased_at,
        *(parts.told.c[f"told_{name}"] for name in _CONTACT),
        parts.told.c.heard_at,
        parts.told.c.enquired_at,
        *(parts.held.c[f"held_{name}"] for name in _HELD),
        case((given.c.weighs, _turn(given, tenant))).label("turn"),
        (func.coalesce(_turn(given, tenant), 0) + literal_column("1")).label("next_turn"),
        calm(parts, tenant).label("calm"),
        case((asks, _opted_out(given, tenant))).label("opted_out"),
        case((asks, _blocked(given, tenant))).label("blocked"),
        case((asks, _closed(tenant))).label("closed"),
        case((markets, _consent(given, tenant, ConsentScope.MARKETING))).label("has_consent"),
        case((markets, _consent(given, tenant, ConsentScope.PERSONALISED_MARKETING))).label("personalised"),
        case((markets, _needs(given, tenant, stated=True))).label("needs_stated"),
        case((markets, _needs(given, tenant, stated=False))).label("needs_any"),
        case((markets, _tagged(given, tenant))).label("tagged"),
        case((visits, _visit(given, tenant))).label("visit_at"),
    ]


def calm(parts: Weighing, tenant: Any) -> ColumnElement[bool]:
    """Nothing stands against a contact of service, and it costs its units: a narrow, sufficient condition of the verdict.

    No contact of the class weighs any more and none is held, the customer did not ask, refuses nothing, and the policy
    leaves the class its own budget of at least a call.
    """
    given, told, held, policy = parts.given, parts.told.c, parts.held.c, parts.policy.c
    service = array([_code(one) for one in Purpose if one.purpose_class is PurposeClass.SERVICE])
    of_class = policy.kept["by_class"]["SERVICE"]["max"].astext
    roomy = or_(
        policy.version.is_(None),
        and_(
            cast(of_class, Integer) >= literal_column("2"),
            policy.kept["by_purpose"][given.c.purpose].is_(None),
            policy.kept["outside_total"].contains(literal_column("'[\"SERVICE\"]'::jsonb", JSONB)),
        ),
    )
    return and_(
        given.c.asks,
        not_(func.coalesce(told.told_purpose.overlap(service), literal_column("false"))),
        not_(func.coalesce(held.held_purpose.overlap(service), literal_column("false"))),
        not_(func.coalesce(_code(Outcome.BLOCKED) == func.any(told.told_outcome), literal_column("false"))),
        told.enquired_at.is_(None),
        parts.customer.c.erased_at.is_(None),
        not_(func.coalesce(_blocked(given, tenant), literal_column("false"))),
        not_(_opted_out(given, tenant)),
        func.coalesce(roomy, literal_column("false")),
    )


def policy_of(record: Mapping[str, Any]) -> PolicyInForce:
    return read_policy(
        record["business_type"], record["policy_version"], record["policy_preset"], record["policy_document"]
    )


def facts_of(record: Mapping[str, Any], *, is_owner: bool = True, out_of_boundary: bool = False) -> Facts:
    """From a row with `columns` and the time as `now`. `is_owner`: whoever asks owns the purpose."""
    policy = policy_of(record)
    visit, hours = record["visit_at"], policy.common.appointment_exempt_hours
    contacts, heard_at = _contacts(record), record["heard_at"]
    shut_out = any(one.outcome is Outcome.BLOCKED and (heard_at is None or one.at > heard_at) for one in contacts)
    return Facts(
        policy=policy,
        zone=zone_of(record["zone"], record["own_zone"]),
        is_company=record["customer_kind"] == CustomerKind.COMPANY,
        opted_out=bool(record["opted_out"]),
        has_consent=bool(record["has_consent"]),
        erased_or_blocked=record["erased_at"] is not None or bool(record["blocked"]) or shut_out,
        out_of_boundary=out_of_boundary,
        # Who refuses to be sorted by their traits is spoken to of what they said they need, and of nothing else.
        is_relevant=bool(
            record["needs_stated"] if record["personalised"] is False else record["needs_any"] or record["tagged"]
        ),
        enquired_at=record["enquired_at"],
        heard_at=heard_at,
        visit_due=is_owner and visit is not None and visit - record["now"] <= timedelta(hours=hours),
        spends=(*contacts, *_reservations(record)),
        closed=frozenset(record["closed"] or ()),
    )


def _contacts(record: Mapping[str, Any]) -> list[Spend]:
    if record["told_id"] is None:
        return []
    spends = []
    for id, at, purpose, medium, units, outcome, staff_id, person_id in zip(
        *(record[f"told_{name}"] for name in _CONTACT), strict=True
    ):
        through = Medium(medium)
        counts = through.traits.unit if units is None else units
        if counts > 0:
            spends.append(
                Spend(at, Purpose(purpose), through, counts, Outcome(outcome), staff_id, person_id, touchpoint_id=id)
            )
    return spends


def _reservations(record: Mapping[str, Any]) -> list[Spend]:
    if record["held_id"] is None:
        return []
    return [
        Spend(
            at,
            Purpose(purpose),
            Medium(medium),
            units,
            staff_id=staff_id,
            person_id=person_id,
            reservation_id=id,
            until=until,
        )
        for id, at, purpose, medium, units, staff_id, person_id, until in zip(
            *(record[f"held_{name}"] for name in _HELD), strict=True
        )
    ]


def _listed(of: Any) -> Any:
    return func.array_agg(of, type_=ARRAY(of.type))


def _code(of: Any) -> ColumnElement[Any]:
    """A constant, so that a partial index is seen to hold what is asked for."""
    return literal_column(f"'{of.value}'", Text)


def _policy(tenant: Any) -> FromClause:
    rows = table_of(AttentionPolicyRow).c
    newest = select(
        rows.version,
        rows.preset,
        cast(rows.document, Text).label("document"),
        rows.document.label("kept"),
        rows.memory_days,
    )
    return newest.where(rows.tenant_id == tenant).order_by(rows.version.desc()).limit(1).lateral("attention_policy")


def _brand(tenant: Any) -> FromClause:
    rows = table_of(Tenant).c
    return select(rows.business_type, rows.timezone).where(rows.tenant_id == tenant).lateral("brand")


def _customer(given: FromClause, tenant: Any) -> FromClause:
    rows = table_of(Customer).c
    found = select(rows.timezone, rows.kind, rows.erased_at)
    return (
        found.where(rows.tenant_id == tenant, rows.id == given.c.customer_id, given.c.asks)
        .correlate(given)
        .lateral("contacted")
    )


def _told(given: FromClause, policy: FromClause, tenant: Any) -> FromClause:
    """The contacts that may still weigh, and when the customer was heard of, in one look."""
    rows = table_of(Touchpoint).c
    counted = and_(
        rows.direction == _code(Direction.OUTBOUND),
        or_(
            rows.attention_units > 0, and_(rows.attention_units.is_(None), rows.purpose != _code(Purpose.SAFETY_NOTICE))
        ),
    )
    inbound = rows.direction == _code(Direction.INBOUND)
    at = func.coalesce(given.c.at, func.now())
    memory = func.make_interval(0, 0, 0, cast(func.coalesce(policy.c.memory_days, MEMORY_DAYS), Integer))
    return (
        select(
            *(_listed(rows[name]).filter(counted).label(f"told_{name}") for name in _CONTACT),
            func.max(rows.occurred_at).filter(inbound).label("heard_at"),
            func.max(rows.occurred_at)
            .filter(inbound, rows.purpose == given.c.purpose, rows.occurred_at <= at)
            .label("enquired_at"),
        )
        .where(
            rows.tenant_id == tenant,
            rows.customer_id == given.c.customer_id,
            rows.occurred_at > at - memory,
            given.c.weighs,
        )
        .correlate(given, policy)
        .lateral("told")
    )


def _held(given: FromClause, tenant: Any) -> FromClause:
    """Reservations that are open: one whose time is over holds nothing, whether or not anybody has looked since."""
    rows = table_of(ContactReservation).c
    return (
        select(*(_listed(rows[name]).label(f"held_{name}") for name in _HELD))
        .where(
            rows.tenant_id == tenant,
            rows.customer_id == given.c.customer_id,
            rows.state == _code(TouchpointState.RESERVED),
            rows.expires_at > func.now(),
            rows.units > 0,
            given.c.weighs,
        )
        .correlate(given)
        .lateral("held")
    )


def _of(rows: Any, given: FromClause, tenant: Any) -> tuple[ColumnElement[bool], ...]:
    return rows.tenant_id == tenant, rows.customer_id == given.c.customer_id


def _turn(given: FromClause, tenant: Any) -> Any:
    rows = table_of(AttentionTurn).c
    return _one(select(rows.turn).where(rows.tenant_id == tenant, rows.id == given.c.customer_id), given)


def _opted_out(given: FromClause, tenant: Any) -> ColumnElement[bool]:
    """The customer did not want this at that time."""
    rows = table_of(ContactPreference).c
    return exists().where(
        *_of(rows, given, tenant),
        or_(rows.purpose.is_(None), rows.purpose == given.c.purpose),
        or_(rows.medium.is_(None), rows.medium == given.c.medium),
        rows.recorded_at <= func.coalesce(given.c.at, func.now()),
    )


def _blocked(given: FromClause, tenant: Any) -> Any:
    """A customer who removed us, and is nobody's friend any more."""
    rows = table_of(Relationship).c
    removed = func.bool_or(rows.state == _code(RelationshipState.REMOVED_BY_CUSTOMER))
    return _one(select(and_(removed, func.bool_and(rows.ended_at.isnot(None)))).where(*_of(rows, given, tenant)), given)


def _closed(tenant: Any) -> Any:
    rows = table_of(ClosedDay).c
    ahead = rows.day.between(
        literal_column("current_date - 1"), literal_column(f"current_date + {LOOK_AHEAD_DAYS + 1}")
    )
    return select(func.array_agg(rows.day)).where(rows.tenant_id == tenant, ahead).scalar_subquery()


def _consent(given: FromClause, tenant: Any, scope: ConsentScope) -> Any:
    """What was said last; NULL where nothing was."""
    rows = table_of(Consent).c
    newest = select(rows.granted).where(*_of(rows, given, tenant), rows.scope == _code(scope))
    return _one(newest.order_by(rows.occurred_at.desc(), rows.id.desc()).limit(1), given)


def _needs(given: FromClause, tenant: Any, *, stated: bool) -> ColumnElement[bool]:
    """The customer needs the item that is named; where nothing is named, anything at all."""
    rows = table_of(CustomerNeed).c
    named = or_(rows.item_id == given.c.item_id, and_(given.c.item_id.is_(None), given.c.tag.is_(None)))
    return exists().where(*_of(rows, given, tenant), named, *([rows.stated] if stated else []))


def _tagged(given: FromClause, tenant: Any) -> ColumnElement[bool]:
    rows = table_of(CustomerTag).c
    named = or_(rows.tag == given.c.tag, and_(given.c.item_id.is_(None), given.c.tag.is_(None)))
    return exists().where(*_of(rows, given, tenant), named)


def _visit(given: FromClause, tenant: Any) -> Any:
    rows = _appointments.c
    soonest = select(func.min(rows.starts_at)).where(*_of(rows, given, tenant), rows.settled_at.is_(None))
    return _one(soonest.where(rows.starts_at > func.now()), given)


def _one(statement: Select[Any], given: FromClause) -> Any:
    return statement.correlate(given).scalar_subquery()
