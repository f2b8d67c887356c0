"""What each field of a node means, in plain Python over rows.

By convention a field is the column of its name in snake case, and a link follows the column `<name>_id`. `FIELDS` says
what is different: (type, field) → function of (reading, row, arguments). Adding a field that is no plain column or link:
a line here; adding a node type: its table in `asking.TABLES`. A field nobody can find fails the test of completeness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from server.customers.identity_kinds import IdentityKind
from server.customers.sealing import sealer
from server.operations.channels import qr_svg
from server.operations.purposes import Purpose
from server.terms import Locale
from server.trust.entry_terms import TrustEntryReason
from server.trust.explaining import entry_in_words
from tests.differential.data import Row
from tests.differential.reference import attending, families, groups, serving, surprises, texts, trusting
from tests.differential.reference.asking import Reading, Thing
from tests.differential.reference.lists import is_open_and_overdue, is_open_too_long, is_overdue, is_unanswered

Field = Callable[[Reading, Row, Mapping[str, Any]], Any]


def column(name: str) -> Field:
    return lambda reading, row, given: row[name]


def link(type_name: str, name: str) -> Field:
    return lambda reading, row, given: reading.thing(type_name, row[name])


def unit(prefix: str = "") -> Field:
    """The group or role a row names by two columns."""

    def follow(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        group = row[f"{prefix}group_id"]
        if group is not None:
            return reading.named("OpsGroup", row[f"{prefix}role_id"] or group)
        return reading.named("ServiceRole", row[f"{prefix}role_id"])

    return follow


def children(type_name: str, by: str, *order: str, **equal: Any) -> Field:
    """The rows of a type whose column `by` holds this row's id."""

    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        table = reading.table_of(type_name)
        assert table is not None
        return reading.things(type_name, reading.eyes.where(table, **{by: row["id"]}, **equal), *order)

    return read


def _one_of(type_name: str, by: str) -> Field:
    """The one row of a type whose column `by` holds this row's id, if there is one."""
    of_all = children(type_name, by)

    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        return next(iter(of_all(reading, row, given)), None)

    return read


def external_refs(type_name: str) -> Field:
    return children("ExternalRef", "node_id", "system", "external_id", node_type=type_name)


def worded(stem: str) -> Field:
    """A text kept in both languages."""
    return lambda reading, row, given: row[f"{stem}_{language(reading, given).lower()}"]


def language(reading: Reading, given: Mapping[str, Any]) -> str:
    locale: str = given.get("locale") or reading.asker.locale
    return locale


def money(stem: str, currency_column: str | None = None) -> Field:
    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        minor, currency = row[f"{stem}_minor"], row[currency_column or f"{stem}_currency"]
        return None if minor is None else {"amount": texts.amount_text(minor, currency), "currency": currency}

    return read


def priced(name: str) -> Field:
    """An amount that is always there, in the one currency of its row."""
    return lambda reading, row, given: {
        "amount": texts.amount_text(row[f"{name}_minor"], row["currency"]),
        "currency": row["currency"],
    }


def words_beside(table: str, by: str, text: str) -> Field:
    """Free words that lie beside a fact."""

    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        found = reading.eyes.where(table, **{by: row["id"]})
        return found[0][text] if found else None

    return read


def _time_of_day(name: str) -> Field:
    return lambda reading, row, given: f"{row[name] // 60:02}:{row[name] % 60:02}"


def _team(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "staff": reading.thing("StaffMember", one.staff["id"]),
            "relationship": reading.thing("Relationship", one.friendship["id"]),
            "role": reading.thing("ServiceRole", None if one.held is None else one.held["role_id"]),
            "group": reading.thing("OpsGroup", None if one.held is None else one.held["group_id"]),
            "store": reading.thing("Store", None if one.held is None else one.held["store_id"]),
            "personaName": serving.persona_name(reading, one, reading.asker.locale),
            "since": one.from_at,
            "coveredBy": reading.thing("StaffMember", serving.cover(reading.eyes, one.staff["id"])),
        }
        for one in serving.serving(reading.eyes, row["id"])
        if one.works_here or serving.cover(reading.eyes, one.staff["id"]) is not None
    ]


def _persona_name(reading: Reading, row: Row, given: Mapping[str, Any]) -> str | None:
    own = [one for one in serving.serving(reading.eyes, row["customer_id"]) if one.friendship["id"] == row["id"]]
    return serving.persona_name(reading, own[-1], language(reading, given)) if own else None


def _covered_by(reading: Reading, row: Row, given: Mapping[str, Any]) -> Thing | None:
    if row["ended_at"] is not None:
        return None
    return reading.thing("StaffMember", serving.cover(reading.eyes, row["staff_id"]))


def _note_text(reading: Reading, row: Row, given: Mapping[str, Any]) -> str | None:
    return None if serving.is_withheld(reading, row) else row["words"]


def _ask_whom(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[Thing | None]:
    return [reading.thing("StaffMember", id) for id in serving.whom_to_ask(reading, row)]


def _identity_value(reading: Reading, row: Row, given: Mapping[str, Any]) -> str:
    return sealer().open(row["tenant_id"], IdentityKind(row["kind"]), row["sealed"])


def _varying(type_column: str, id_column: str) -> Field:
    def follow(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        return None if row[type_column] is None else reading.named(row[type_column], row[id_column])

    return follow


def _boundary_in_force(column_: str) -> Field:
    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        force = {one["id"] for one in reading.eyes.where("operating_models", in_force=True)}
        lines = [
            one
            for one in reading.eyes.where("role_purposes", **{column_: row["id"]})
            if one["operating_model_id"] in force
        ]
        return reading.things("BoundaryPurpose", lines, "-mode", "purpose")

    return read


def _listed(table: str, column_: str, type_name: str) -> Field:
    """What a version of the operating model lists, in its order."""

    def read(reading: Reading, row: Row, given: Mapping[str, Any]) -> Any:
        listed = reading.eyes.where(table, operating_model_id=row["id"])
        of_type = [one for one in listed if one[column_] is not None]
        ordered = sorted(of_type, key=lambda one: (one["position"], one[column_]))
        return [reading.thing(type_name, one[column_]) for one in ordered]

    return read


def _not_used(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[str]:
    lines = reading.eyes.where("role_purposes", operating_model_id=row["id"], mode="OWNS")
    owned = {one["purpose"] for one in lines}
    return [purpose.value for purpose in Purpose if not purpose.shared and purpose.value not in owned]


def _in_force(reading: Reading, row: Row, given: Mapping[str, Any]) -> Thing | None:
    found = reading.eyes.where("operating_models", in_force=True)
    return Thing("OperatingModel", found[0]) if found else None


def _spontaneous(reading: Reading, row: Row, given: Mapping[str, Any]) -> bool:
    return any(one["spontaneous"] for one in reading.eyes.where("shares", wow_moment_id=row["id"]))


def _quantity(reading: Reading, row: Row, given: Mapping[str, Any]) -> str:
    whole, thousandths = divmod(row["quantity_milli"], 1000)
    return f"{whole}.{thousandths:03}".rstrip("0").rstrip(".")


def _unsettled(reading: Reading, row: Row, given: Mapping[str, Any]) -> bool:
    return row["settled_at"] is None and bool(row["ends_at"] < datetime.now(row["ends_at"].tzinfo))


def _handoff_context(reading: Reading, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    about = {"customer_id": row["customer_id"]}
    waiting = reading.eyes.where("feedback", clock_result="RUNNING", **about)
    to_keep = reading.things("Promise", reading.eyes.where("promises", status="OPEN", **about))
    last = datetime.max.replace(tzinfo=UTC)
    live = [
        one
        for one in reading.eyes.where("quotes", **about)
        if one["status"] in ("ISSUED", "PRESENTED", "ACCEPTED") and one["valid_until"] > datetime.now(UTC)
    ]
    notes = reading.things("ServiceNote", reading.eyes.where("service_notes", **about), "-occurred_at", "-id")
    return {
        "openFeedback": reading.things("Feedback", waiting, "due_at")[:20],
        "openPromises": sorted(to_keep, key=lambda one: one.row["due_at"] or last)[:20],
        "liveQuotes": reading.things("Quote", live, "-issued_at", "-id")[:20],
        "lastNotes": notes[:5],
    }


def _of_unit(type_name: str, by: str) -> dict[tuple[str, str], Field]:
    """The fields a group and a role have alike."""
    return {
        (type_name, "assignmentRule"): _one_of("AssignmentRule", by),
        (type_name, "label"): worded("label"),
        (type_name, "personas"): children("Persona", by, "recorded_at", retired_at=None),
        (type_name, "boundary"): _boundary_in_force(by),
        (type_name, "stages"): children("Stage", f"owner_{by}", "position", retired_at=None),
        (type_name, "targets"): children("MetricTarget", by, "metric", "since", until=None),
    }


FIELDS: Mapping[tuple[str, str], Field] = {
    **attending.FIELDS,
    **_of_unit("OpsGroup", "group_id"),
    **_of_unit("ServiceRole", "role_id"),
    **{
        (name, "externalRefs"): external_refs(name)
        for name in (
            "Appointment", "Campaign", "Case", "Channel", "Content", "GroupChat", "Segment", "Feedback", "Item",
            "Order", "OrderRefund", "Promise", "Quote", "ServiceNote", "Share", "StaffMember", "Store", "Touchpoint",
            "WowMoment", "WowPlay",
        )
    },
    **{("Order", name): priced(name) for name in ("discount", "total", "paid", "refunded")},
    **{("OrderLine", name): priced(name) for name in ("amount", "discount", "total", "refunded")},
    ("ApiKey", "createdAt"): column("recorded_at"),
    ("Appointment", "bookedAt"): column("occurred_at"),
    ("Appointment", "times"): children("AppointmentTime", "appointment_id", "number"),
    ("Appointment", "timesAgreed"): column("times"),
    ("Appointment", "unsettled"): _unsettled,
    ("BoundaryOverride", "fact"): _varying("fact_type", "fact_id"),
    ("BoundaryPurpose", "label"): lambda reading, row, given: _term(Purpose(row["purpose"]), reading, given),
    ("BoundaryPurpose", "purposeClass"): lambda reading, row, given: Purpose(row["purpose"]).purpose_class.value,
    ("BoundaryPurpose", "unit"): unit(),
    ("Absence", "since"): column("from_at"),
    ("Absence", "until"): column("until_at"),
    **{
        (name, field): _time_of_day(field)
        for name in ("BusinessHours", "ChannelHours", "WorkShift")
        for field in ("opens", "closes")
    },
    **groups.FIELDS,
    ("CaseStageChange", "fromStage"): link("Stage", "from_stage_id"),
    ("CaseStageChange", "reason"): words_beside("fact_words", "fact_id", "words"),
    ("Channel", "code"): column("state"),
    ("Channel", "hours"): children("ChannelHours", "channel_id", "weekday", "opens"),
    ("Channel", "qrSvg"): lambda reading, row, given: qr_svg(row["state"]),
    ("Consent", "evidence"): words_beside("fact_words", "fact_id", "words"),
    ("Contact", "identities"): children("Identity", "contact_id", "recorded_at"),
    ("Customer", "addedAt"): column("first_added_at"),
    ("Customer", "broughtBy"): _one_of("Referral", "customer_id"),
    ("Customer", "circle"): surprises.circle,
    ("Customer", "contacts"): families.rows("Contact", "recorded_at"),
    ("Customer", "identities"): families.rows("Identity", "recorded_at"),
    ("Customer", "lastTouchAt"): families.last_touch,
    ("Customer", "externalRefs"): families.rows("ExternalRef", "system", "external_id", by="node_id", node_type="Customer"),
    ("Customer", "mergedCustomers"): families.merged,
    ("Customer", "mergedInto"): lambda reading, row, given: reading.thing(
        "Customer", None if row["merged_into"] is None else row["family_id"]
    ),
    ("Customer", "needs"): families.rows("CustomerNeed", "-occurred_at", "-id"),
    ("Customer", "preferences"): families.rows("ContactPreference", "recorded_at"),
    ("Customer", "subjects"): families.rows("Subject", "recorded_at"),
    ("Customer", "tags"): families.tags,
    ("Customer", "team"): _team,
    ("Customer", "trust"): trusting.of_customer,
    ("Customer", "trustAccounts"): families.rows("TrustAccount", "opened_at"),
    ("CustomerNeed", "text"): column("words"),
    ("ExternalRef", "id"): column("external_id"),
    ("Feedback", "clocks"): children("FeedbackClock", "feedback_id", "number"),
    ("Feedback", "duplicateOf"): link("Feedback", "duplicate_of"),
    ("Feedback", "moves"): children("FeedbackMove", "feedback_id", "recorded_at"),
    ("Feedback", "overdue"): lambda reading, row, given: is_overdue(row),
    ("Feedback", "raisedAt"): column("occurred_at"),
    ("Feedback", "rated"): _varying("rated_type", "rated_id"),
    ("Handoff", "context"): _handoff_context,
    ("Handoff", "overdue"): lambda reading, row, given: is_unanswered(row),
    ("Identity", "value"): _identity_value,
    ("Improvement", "voiceCount"): column("voices"),
    ("Improvement", "toldCount"): column("told"),
    ("Improvement", "openedAt"): column("recorded_at"),
    ("ImprovementLink", "linkedAt"): column("recorded_at"),
    ("Reward", "amount"): money("amount", "currency"),
    ("Item", "listPrice"): money("list_price"),
    ("ListedStage", "owner"): unit(),
    ("MetricTarget", "unit"): unit(),
    ("OperatingModel", "boundary"): children("BoundaryPurpose", "operating_model_id", "purpose", "-mode"),
    ("OperatingModel", "conversions"): children("MetricParameter", "operating_model_id", "metric"),
    ("OperatingModel", "groups"): _listed("model_units", "group_id", "OpsGroup"),
    ("OperatingModel", "journey"): _listed("model_stages", "stage_id", "Stage"),
    ("OperatingModel", "listedStages"): children("ListedStage", "operating_model_id", "position"),
    ("OperatingModel", "notUsed"): _not_used,
    ("OperatingModel", "revision"): column("version"),
    ("OperatingModel", "roles"): _listed("model_units", "role_id", "ServiceRole"),
    ("OperatingModel", "version"): column("number"),
    ("OpsGroup", "dormant"): lambda reading, row, given: False,
    ("Order", "lines"): children("OrderLine", "order_id", "number"),
    ("Order", "linesTotal"): priced("lines"),
    ("Order", "placedAt"): column("occurred_at"),
    ("OrderLine", "text"): column("words"),
    ("OrderRefund", "amount"): priced("amount"),
    ("OrderRefund", "line"): link("OrderLine", "order_line_id"),
    ("OrderRefund", "reason"): words_beside("fact_words", "fact_id", "words"),
    ("Persona", "name"): worded("name"),
    ("Persona", "position"): worded("position"),
    ("Persona", "promise"): worded("promise"),
    ("Persona", "unit"): unit(),
    ("Placement", "since"): column("from_at"),
    ("Placement", "until"): column("until_at"),
    ("Promise", "madeAt"): column("occurred_at"),
    ("Promise", "overdue"): lambda reading, row, given: is_open_and_overdue(row),
    ("Quote", "guarantees"): children("QuoteGuarantee", "quote_id", "position"),
    ("Quote", "lines"): children("QuoteLine", "quote_id", "position"),
    ("Quote", "revisions"): children("Quote", "revises_id", "drafted_at", "id"),
    ("Quote", "total"): money("total", "currency"),
    ("QuoteLine", "amount"): money("amount", "currency"),
    ("QuoteLine", "guarantees"): children("QuoteGuarantee", "line_id", "position"),
    ("QuoteLine", "quantity"): _quantity,
    ("QuoteLine", "unitPrice"): money("unit", "currency"),
    ("Relationship", "coveredBy"): _covered_by,
    ("Relationship", "personaName"): _persona_name,
    ("Relationship", "roles"): children("RelationshipRole", "relationship_id", "from_at"),
    ("Relationship", "standing"): lambda reading, row, given: serving.standing(reading.eyes, row),
    ("RelationshipRole", "since"): column("from_at"),
    ("RelationshipRole", "until"): column("until_at"),
    ("ServiceNote", "askWhom"): _ask_whom,
    ("ServiceNote", "author"): link("StaffMember", "staff_id"),
    ("ServiceNote", "text"): _note_text,
    ("ServiceNote", "withheld"): lambda reading, row, given: serving.is_withheld(reading, row),
    ("StaffMember", "shifts"): children("WorkShift", "staff_id", "weekday", "opens"),
    ("StaffMember", "workload"): _one_of("Workload", "staff_id"),
    ("Stage", "label"): worded("label"),
    ("Stage", "owner"): unit("owner_"),
    ("Touchpoint", "boundaryOverride"): _one_of("BoundaryOverride", "fact_id"),
    ("Tenant", "businessHours"): children("BusinessHours", "tenant_id", "weekday", "opens"),
    ("Tenant", "closedDays"): children("ClosedDay", "tenant_id", "day"),
    ("Tenant", "onboardedAt"): column("recorded_at"),
    ("Tenant", "operatingModel"): _in_force,
    **trusting.FIELDS,
    ("TrustAccount", "explanation"): lambda reading, row, given: trusting.account_explained(
        reading, row, Locale(language(reading, given))
    ),
    ("TrustEntry", "evidence"): words_beside("trust_notes", "entry_id", "evidence"),
    ("TrustEntry", "explanation"): lambda reading, row, given: entry_in_words(row, Locale(language(reading, given))),
    ("TrustEntry", "cause"): _varying("cause_type", "cause_id"),
    ("TrustEntry", "label"): lambda reading, row, given: _term(TrustEntryReason(row["reason"]), reading, given),
    ("TrustEntry", "note"): words_beside("trust_notes", "entry_id", "text"),
    ("TrustEntry", "reverses"): link("TrustEntry", "reverses_entry_id"),
    ("WorkItem", "overdue"): lambda reading, row, given: is_open_too_long(row),
    ("WorkItem", "subject"): _varying("subject_type", "subject_id"),
    ("WowMoment", "cost"): money("cost"),
    ("WowMoment", "hasSpontaneousShare"): _spontaneous,
    ("WowMoment", "mayBeShown"): surprises.may_be_shown,
    ("WowPlay", "cost"): money("cost"),
}  # fmt: skip


def _term(term: Any, reading: Reading, given: Mapping[str, Any]) -> str:
    text: str = term.zh if language(reading, given) == "ZH" else term.en
    return text


# --------------------------------------------------------------------------------------------------------------- events

POINTS_TO: Mapping[str, str] = {
    "intoCustomerId": "Customer",
    "fromCustomerId": "Customer",
    "answeredById": "StaffMember", "ownerId": "StaffMember", "escalatedToId": "StaffMember", "toStaffId": "StaffMember",
    "assigneeId": "StaffMember", "accountId": "TrustAccount", "backupGroupId": "OpsGroup", "coverId": "StaffMember",
    "fromStaffId": "StaffMember", "queueEntryId": "AssignmentQueueEntry", "reservationId": "ContactReservation",
    "duplicateOfId": "Feedback", "ratedCaseId": "Case", "ratedFeedbackId": "Feedback",
    "clockId": "FeedbackClock", "entryId": "TrustEntry", "fromStageId": "Stage",
    "groupId": "OpsGroup", "homeStoreId": "Store", "moveId": "FeedbackMove", "ownerGroupId": "OpsGroup",
    "ownerRoleId": "ServiceRole", "parentId": "Store", "playId": "WowPlay", "departmentId": "Store",
    "otherQuoteId": "Quote", "preferenceId": "ContactPreference", "replacedId": "MetricTarget", "revisesId": "Quote",
    "revisionId": "Quote", "reversesEntryId": "TrustEntry", "roleId": "ServiceRole", "servedSubjectId": "Subject",
    "settledById": "StaffMember", "staffId": "StaffMember", "timeId": "AppointmentTime",
    "stageChangeId": "CaseStageChange", "toStageId": "Stage", "needId": "CustomerNeed", "noteId": "ServiceNote", "referrerId": "Customer",
}  # fmt: skip
"""The type of what an event's field points to, where it is not the field's own name."""


def _actor(reading: Reading, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    type_name = "StaffMember" if row["actor_kind"] == "STAFF" else "ApiKey"
    id = row["actor_id"]
    return {"kind": row["actor_kind"], "id": None if id is None else texts.global_id(type_name, id)}


EVERY_EVENT: Mapping[str, Field] = {
    "actor": _actor,
    "cursor": lambda reading, row, given: texts.log_cursor(row["seq"], row["tenant_id"], reading.epoch),
    "customer": link("Customer", "customer_id"),
    "customerId": lambda reading, row, given: (
        None if row["customer_id"] is None else texts.global_id("Customer", row["customer_id"])
    ),
    "subject": _varying("subject_type", "subject_id"),
    "type": lambda reading, row, given: row["type"].upper().replace(".", "_"),
    "version": column("version"),
    "occurredAt": column("occurred_at"),
    "recordedAt": column("recorded_at"),
}


def points_to(event: str, field: str) -> str:
    if (event, field) in {
        ("OperatingModelInstalled", "replacedId"),
        ("ModelChangeStarted", "fromModelId"),
        ("ModelChangeStarted", "toModelId"),
    }:
        return "OperatingModel"
    stem = field.removesuffix("Id")
    return POINTS_TO.get(field, stem[0].upper() + stem[1:])


def thin_field(event: str, row: Row, field: str, *, is_id: bool) -> Any:
    """A field of one type of event, from the event's body."""
    held = row["body"].get(texts.snake(field))
    return texts.global_id(points_to(event, field), UUID(held)) if is_id and held is not None else held
