"""Lists that grow, in plain Python: which rows, in which order, from where to where.

Adding a connection: a line in `CONNECTIONS` (which node type, by which column of it, under which condition), one in
`ORDERS` for a node type that had none (its order fields and what they mean where the column is called otherwise), and one
in `FILTERS` for every filter field that is not simply the column of its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from tests.differential.data import Eyes, Row
from tests.differential.reference import families, texts

PAGE, MOST, LONGEST_SEARCH, MOST_CHOICES = 20, 100, 200, 100
NOTHING = UUID(int=0)


class Listing(NamedTuple):
    """A connection: rows of a type; those whose `by` holds the parent's id; those for which `where` holds."""

    of: str
    by: str | None = None
    where: Callable[[Eyes, Row], bool] = lambda eyes, row: True
    searched: bool = False


CONNECTIONS: Mapping[tuple[str, str], Listing] = {
    ("Query", "absences"): Listing("Absence"),
    ("Query", "apiKeys"): Listing("ApiKey"),
    ("Query", "appointments"): Listing("Appointment"),
    ("Query", "attentionOverrides"): Listing("AttentionOverride"),
    ("Query", "boundaryOverrides"): Listing("BoundaryOverride"),
    ("Query", "contactReservations"): Listing("ContactReservation"),
    ("Query", "assignmentQueue"): Listing("AssignmentQueueEntry"),
    ("Query", "campaigns"): Listing("Campaign"),
    ("Query", "cases"): Listing("Case"),
    ("Query", "channels"): Listing("Channel"),
    ("Query", "contents"): Listing("Content"),
    ("Query", "groupChats"): Listing("GroupChat"),
    ("Query", "groupPosts"): Listing("GroupPost"),
    ("Query", "segments"): Listing("Segment"),
    ("Query", "customers"): Listing("Customer", where=families.is_face, searched=True),
    ("Query", "dueWowMoments"): Listing("DueWowMoment"),
    ("Query", "feedback"): Listing("Feedback"),
    ("Query", "handoffs"): Listing("Handoff"),
    ("Query", "improvements"): Listing("Improvement"),
    ("Improvement", "links"): Listing("ImprovementLink", "improvement_id"),
    ("Query", "rewards"): Listing("Reward"),
    ("Query", "items"): Listing("Item"),
    ("Query", "metricTargets"): Listing("MetricTarget"),
    ("Query", "operatingModelChanges"): Listing("OperatingModelChange"),
    ("Query", "operatingModels"): Listing("OperatingModel"),
    ("Query", "quoteConflicts"): Listing("QuoteConflict"),
    ("Query", "quotes"): Listing("Quote"),
    ("Query", "orders"): Listing("Order"),
    ("Query", "promises"): Listing("Promise"),
    ("Query", "referrals"): Listing("Referral"),
    ("Query", "shares"): Listing("Share"),
    ("Query", "staff"): Listing("StaffMember"),
    ("Query", "stores"): Listing("Store"),
    ("Query", "touchpoints"): Listing("Touchpoint"),
    ("Query", "workItems"): Listing("WorkItem"),
    ("Query", "transfers"): Listing("Transfer"),
    ("Query", "trustAccounts"): Listing("TrustAccount"),
    ("Query", "wowMoments"): Listing("WowMoment"),
    ("Query", "wowPlays"): Listing("WowPlay"),
    ("Case", "quotes"): Listing("Quote", "case_id"),
    **{
        (type_name, name): Listing(of, by)
        for type_name, by in (
            ("Case", "case_id"),
            ("Customer", "customer_id"),
            ("StaffMember", "staff_id"),
            ("Store", "store_id"),
        )
        for name, of in (("appointments", "Appointment"), ("orders", "Order"), ("promises", "Promise"))
    },
    ("Campaign", "posts"): Listing("GroupPost", "campaign_id"),
    ("Campaign", "touchpoints"): Listing("Touchpoint", "campaign_id"),
    ("Content", "touchpoints"): Listing("Touchpoint", "content_id"),
    ("GroupChat", "members"): Listing("GroupMembership", "group_chat_id"),
    ("GroupChat", "posts"): Listing("GroupPost", "group_chat_id"),
    ("GroupPost", "touchpoints"): Listing("Touchpoint", "group_post_id"),
    ("Case", "handoffs"): Listing("Handoff", "case_id"),
    ("Case", "stageHistory"): Listing("CaseStageChange", "case_id"),
    ("Customer", "assignmentQueue"): Listing("AssignmentQueueEntry", "customer_id"),
    ("Customer", "cases"): Listing("Case", "customer_id"),
    ("Customer", "consents"): Listing("Consent", "customer_id"),
    ("Customer", "feedback"): Listing("Feedback", "customer_id"),
    ("Customer", "groupChats"): Listing("GroupMembership", "customer_id"),
    ("Customer", "handoffs"): Listing("Handoff", "customer_id"),
    ("Customer", "notes"): Listing("ServiceNote", "customer_id"),
    ("Customer", "quotes"): Listing("Quote", "customer_id"),
    ("Customer", "referralCodes"): Listing("ReferralCode", "customer_id"),
    ("Customer", "referrals"): Listing("Referral", "referrer_id"),
    ("Customer", "relationships"): Listing("Relationship", "customer_id"),
    ("Customer", "shares"): Listing("Share", "customer_id"),
    ("Customer", "stageHistory"): Listing("CaseStageChange", "customer_id"),
    ("Customer", "touchpoints"): Listing("Touchpoint", "customer_id"),
    ("Customer", "workItems"): Listing("WorkItem", "customer_id"),
    ("Customer", "wowMoments"): Listing("WowMoment", "customer_id"),
    ("Item", "quoteLines"): Listing("QuoteLine", "item_id"),
    ("Order", "refunds"): Listing("OrderRefund", "order_id"),
    ("OpsGroup", "placements"): Listing("Placement", "group_id"),
    ("Quote", "conflicts"): Listing("QuoteConflict", "quote_id"),
    ("ServiceRole", "placements"): Listing("Placement", "role_id"),
    ("StaffMember", "handoffs"): Listing("Handoff", "to_staff_id"),
    ("StaffMember", "absences"): Listing("Absence", "staff_id"),
    ("StaffMember", "placements"): Listing("Placement", "staff_id"),
    ("Store", "children"): Listing("Store", "parent_id"),
    ("Store", "placements"): Listing("Placement", "store_id"),
    ("Touchpoint", "outcomes"): Listing("TouchpointOutcome", "touchpoint_id"),
    ("TrustAccount", "entries"): Listing("TrustEntry", "account_id"),
    ("Share", "referrals"): Listing("Referral", "share_id"),
    ("WowMoment", "referrals"): Listing("Referral", "wow_moment_id"),
    ("WowMoment", "shares"): Listing("Share", "wow_moment_id"),
    ("WowPlay", "moments"): Listing("WowMoment", "play_id"),
}

DOWN, UP = "DESC", "ASC"


class Ordering(NamedTuple):
    """The order where none is asked for, and the columns of order fields that are called otherwise."""

    default: str
    direction: str = DOWN
    renamed: Mapping[str, str] = {}


ORDERS: Mapping[str, Ordering] = {
    "Absence": Ordering("SINCE", renamed={"SINCE": "from_at"}),
    "AssignmentQueueEntry": Ordering("SINCE", UP),
    "ApiKey": Ordering("CREATED_AT", renamed={"CREATED_AT": "recorded_at"}),
    "Appointment": Ordering("STARTS_AT"),
    "AttentionOverride": Ordering("OCCURRED_AT"),
    "BoundaryOverride": Ordering("OCCURRED_AT"),
    "ContactReservation": Ordering("RESERVED_AT"),
    "Campaign": Ordering("STARTS_AT"),
    "Case": Ordering("OPENED_AT"),
    "CaseStageChange": Ordering("OCCURRED_AT"),
    "Channel": Ordering("RECORDED_AT"),
    "Consent": Ordering("OCCURRED_AT"),
    "Content": Ordering("PUBLISHED_AT", renamed={"PUBLISHED_AT": "occurred_at"}),
    "GroupChat": Ordering("CREATED_AT", renamed={"CREATED_AT": "occurred_at"}),
    "GroupMembership": Ordering("JOINED_AT"),
    "GroupPost": Ordering("OCCURRED_AT"),
    "Segment": Ordering("RECORDED_AT"),
    "Customer": Ordering("ADDED_AT", renamed={"ADDED_AT": "first_added_at"}),
    "DueWowMoment": Ordering("DUE_AT", UP),
    "Feedback": Ordering("RAISED_AT", renamed={"RAISED_AT": "occurred_at"}),
    "Handoff": Ordering("REQUESTED_AT"),
    "Improvement": Ordering("OPENED_AT", renamed={"OPENED_AT": "recorded_at"}),
    "ImprovementLink": Ordering("LINKED_AT", renamed={"LINKED_AT": "recorded_at"}),
    "Item": Ordering("RECORDED_AT"),
    "MetricTarget": Ordering("SINCE"),
    "OperatingModel": Ordering("VERSION", renamed={"VERSION": "number"}),
    "Order": Ordering("PLACED_AT", renamed={"PLACED_AT": "occurred_at"}),
    "OrderRefund": Ordering("OCCURRED_AT"),
    "Promise": Ordering("MADE_AT", renamed={"MADE_AT": "occurred_at"}),
    "OperatingModelChange": Ordering("RECORDED_AT"),
    "Placement": Ordering("SINCE", renamed={"SINCE": "from_at"}),
    "Quote": Ordering("DRAFTED_AT"),
    "QuoteConflict": Ordering("RESOLVED_AT"),
    "QuoteLine": Ordering("RECORDED_AT"),
    "Referral": Ordering("OCCURRED_AT"),
    "ReferralCode": Ordering("OCCURRED_AT"),
    "Relationship": Ordering("SINCE", UP),
    "Reward": Ordering("PROPOSED_AT"),
    "ServiceNote": Ordering("OCCURRED_AT"),
    "Share": Ordering("OCCURRED_AT"),
    "StaffMember": Ordering("JOINED_AT"),
    "Store": Ordering("RECORDED_AT", UP),
    "Touchpoint": Ordering("OCCURRED_AT"),
    "TouchpointOutcome": Ordering("OCCURRED_AT", UP),
    "Transfer": Ordering("STARTED_AT"),
    "TrustAccount": Ordering("BALANCE", UP),
    "TrustEntry": Ordering("SEQ"),
    "WorkItem": Ordering("DUE_AT", UP),
    "WowMoment": Ordering("OCCURRED_AT"),
    "WowPlay": Ordering("RECORDED_AT"),
}


def ordered_by(eyes: Eyes, of: str, order: str, row: Row) -> Any:
    """The row's value in an order of its type."""
    if (of, order) == ("Customer", "TRUST_BALANCE"):
        (account,) = eyes.where("trust_accounts", customer_id=row["id"])
        return account["balance"]
    return row[ORDERS[of].renamed.get(order, order.lower())]


def kind_of_order(of: str, order: str) -> type:
    """What a cursor of this order holds."""
    if order in ("NAME", "KEY"):
        return str
    return int if order in ("TRUST_BALANCE", "BALANCE", "CEILING", "SEQ", "VERSION") else datetime


# -------------------------------------------------------------------------------------------------------------- filters

Candidates = Callable[[Eyes, Row], Sequence[Any]]
"""The values of a row a filter field speaks of; the row matches if one of them passes all operators."""


def _column(name: str) -> Candidates:
    return lambda eyes, row: [row[name]]


def _stores_above(column: str) -> Candidates:
    """The store in the column and every store above it."""
    return lambda eyes, row: [
        one["ancestor_id"] for one in eyes.all("store_ancestors") if one["store_id"] == row[column]
    ]


def _friends(column: str, customer: str, *, now: bool) -> Candidates:
    return lambda eyes, row: [
        one[column] for one in families.friendships(eyes, row, customer) if not now or one["ended_at"] is None
    ]


def _children(table: str, by: str, column: str) -> Candidates:
    return lambda eyes, row: [one[column] for one in eyes.where(table, **{by: row["id"]})]


def _placed_now(column: str) -> Candidates:
    return lambda eyes, row: [
        one[column] for one in eyes.where("placements", staff_id=row["id"]) if one["until_at"] is None
    ]


def _home(eyes: Eyes, row: Row) -> list[Any]:
    customer = eyes.find("customers", row["customer_id"])
    return [] if customer is None else [customer["home_store_id"]]


def _homes(eyes: Eyes, row: Row) -> list[Any]:
    (home,) = _home(eyes, row) or [None]
    return [one["ancestor_id"] for one in eyes.all("store_ancestors") if one["store_id"] == home]


def _told_others(eyes: Eyes, row: Row) -> list[bool]:
    return [any(share["spontaneous"] for share in eyes.where("shares", wow_moment_id=row["id"]))]


def _overdue(eyes: Eyes, row: Row) -> list[bool]:
    return [is_overdue(row)]


def _open_and_overdue(eyes: Eyes, row: Row) -> list[bool]:
    return [is_open_and_overdue(row)]


def is_open_and_overdue(promise: Row) -> bool:
    due = promise["due_at"]
    return promise["status"] == "OPEN" and due is not None and bool(due < datetime.now(due.tzinfo))


def is_overdue(feedback: Row) -> bool:
    running: bool = feedback["clock_result"] == "RUNNING"
    return running and bool(feedback["due_at"] < datetime.now(feedback["due_at"].tzinfo))


def _unanswered(eyes: Eyes, row: Row) -> list[bool]:
    return [is_unanswered(row)]


def is_unanswered(handoff: Row) -> bool:
    late: bool = handoff["due_at"] < datetime.now(handoff["due_at"].tzinfo)
    return bool(handoff["status"] == "REQUESTED" and late)


def _open_too_long(eyes: Eyes, row: Row) -> list[bool]:
    return [is_open_too_long(row)]


def is_open_too_long(item: Row) -> bool:
    return bool(item["state"] == "OPEN" and item["due_at"] < datetime.now(item["due_at"].tzinfo))


_BALANCE = _children("trust_accounts", "customer_id", "balance")
FILTERS: Mapping[tuple[str, str], Candidates] = {
    ("AppointmentFilter", "withinStore"): _stores_above("store_id"),
    ("AbsenceFilter", "since"): _column("from_at"),
    ("AbsenceFilter", "until"): _column("until_at"),
    ("CampaignFilter", "store"): _children("campaign_parts", "campaign_id", "store_id"),
    ("CampaignFilter", "segment"): _children("campaign_parts", "campaign_id", "segment_id"),
    ("CampaignFilter", "channel"): _children("campaign_parts", "campaign_id", "channel_id"),
    ("CampaignFilter", "content"): _children("campaign_parts", "campaign_id", "content_id"),
    ("ContentFilter", "item"): _children("content_items", "content_id", "item_id"),
    ("ContentFilter", "tag"): _children("content_tags", "content_id", "tag"),
    ("ContentFilter", "campaign"): _children("campaign_parts", "content_id", "campaign_id"),
    ("ContentFilter", "publishedAt"): _column("occurred_at"),
    ("GroupChatFilter", "createdAt"): _column("occurred_at"),
    ("GroupChatFilter", "customer"): lambda eyes, row: [
        one["customer_id"] for one in eyes.where("group_memberships", group_chat_id=row["id"], left_at=None)
    ],
    ("GroupChatFilter", "withinStore"): _stores_above("store_id"),
    ("CaseFilter", "staff"): _friends("staff_id", "customer_id", now=True),
    ("CaseFilter", "channel"): _friends("channel_id", "customer_id", now=False),
    ("CaseFilter", "store"): _home,
    ("CaseFilter", "withinStore"): _homes,
    ("ChannelFilter", "campaign"): _column("campaign"),
    ("ChannelFilter", "code"): _column("state"),
    ("CustomerFilter", "tag"): families.candidates("customer_tags", "tag"),
    ("CustomerFilter", "need"): families.candidates("customer_needs", "item_id"),
    ("CustomerFilter", "withinStore"): _stores_above("home_store_id"),
    ("CustomerFilter", "staff"): _friends("staff_id", "id", now=True),
    ("CustomerFilter", "channel"): _friends("channel_id", "id", now=False),
    ("CustomerFilter", "trustBalance"): lambda eyes, row: [one / 100 for one in _BALANCE(eyes, row)],
    ("TrustAccountFilter", "balance"): lambda eyes, row: [row["balance"] / 100],
    ("TrustAccountFilter", "ceiling"): lambda eyes, row: [row["ceiling"] / 100],
    ("CustomerFilter", "addedAt"): _column("first_added_at"),
    ("CustomerFilter", "touchedAt"): families.candidates("touchpoints", "occurred_at"),
    ("FeedbackFilter", "withinStore"): _stores_above("store_id"),
    ("FeedbackFilter", "overdue"): _overdue,
    ("FeedbackFilter", "raisedAt"): _column("occurred_at"),
    ("ImprovementFilter", "openedAt"): _column("recorded_at"),
    ("OrderFilter", "item"): _children("order_lines", "order_id", "item_id"),
    ("OrderFilter", "placedAt"): _column("occurred_at"),
    ("OrderFilter", "withinStore"): _stores_above("store_id"),
    ("PromiseFilter", "madeAt"): _column("occurred_at"),
    ("PromiseFilter", "overdue"): _open_and_overdue,
    ("PromiseFilter", "withinStore"): _stores_above("store_id"),
    ("HandoffFilter", "overdue"): _unanswered,
    ("HandoffFilter", "withinStore"): _stores_above("store_id"),
    ("PlacementFilter", "until"): _column("until_at"),
    ("QuoteFilter", "item"): _children("quote_lines", "quote_id", "item_id"),
    ("QuoteFilter", "withinStore"): _stores_above("department_id"),
    ("ServiceNoteFilter", "author"): _column("staff_id"),
    ("StaffFilter", "store"): _placed_now("store_id"),
    ("StaffFilter", "group"): _placed_now("group_id"),
    ("StaffFilter", "role"): _placed_now("role_id"),
    ("StoreFilter", "below"): _stores_above("id"),
    ("TouchpointFilter", "withinStore"): _stores_above("store_id"),
    ("WorkItemFilter", "kinds"): _column("kind"),
    ("WorkItemFilter", "overdue"): _open_too_long,
    ("WorkItemFilter", "withinStore"): _stores_above("store_id"),
    ("WowMomentFilter", "hasSpontaneousShare"): _told_others,
    ("WowMomentFilter", "withinStore"): _stores_above("store_id"),
}

ID_TYPES: Mapping[str, str] = {
    "campaign": "Campaign", "content": "Content", "groupChat": "GroupChat", "owner": "StaffMember", "segment": "Segment",
    "assignee": "StaffMember", "author": "StaffMember", "below": "Store", "case": "Case", "channel": "Channel",
    "cover": "StaffMember", "customer": "Customer", "department": "Store", "fromStaff": "StaffMember", "otherQuote": "Quote",
    "quote": "Quote", "group": "OpsGroup", "homeStore": "Store", "item": "Item", "need": "Item", "parent": "Store", "play": "WowPlay",
    "role": "ServiceRole", "share": "Share", "staff": "StaffMember", "stage": "Stage", "store": "Store", "subject": "Subject",
    "feedback": "Feedback", "toStaff": "StaffMember", "toStage": "Stage", "withinStore": "Store", "wowMoment": "WowMoment",
}  # fmt: skip
"""Of which type the ids in a filter field are."""


_WORDS = frozenset({("ChannelFilter", "campaign")})
"""Fields called like one that holds an id, and that hold a word."""


def passes(eyes: Eyes, filter_type: str, given: Mapping[str, Any] | None, row: Row) -> bool:
    for name, operators in (given or {}).items():
        if not operators:
            continue  # null, or nothing asked of the field: no condition
        values = candidates_of(filter_type, name)(eyes, row)
        id_type = None if (filter_type, name) in _WORDS else ID_TYPES.get(name)
        if not any(holds(operators, value, id_type) for value in values):
            return False
    return True


def candidates_of(filter_type: str, name: str) -> Candidates:
    found = FILTERS.get((filter_type, name))
    return found or _column(texts.snake(name) + ("_id" if name in ID_TYPES else ""))


def holds(operators: Mapping[str, Any], value: Any, id_type: str | None = None) -> bool:
    """Whether a value passes all operators; `id_type` is the type of the ids they name."""
    return all(_one_holds(operator, wanted, value, id_type) for operator, wanted in operators.items())


def _one_holds(operator: str, wanted: Any, value: Any, id_type: str | None) -> bool:
    if operator == "isNull":
        return (value is None) == bool(wanted)
    if value is None:
        return False
    if operator == "eq":
        return bool(value == _meant(wanted, id_type))
    if operator == "in":
        return value in [_meant(one, id_type) for one in wanted]
    if operator == "from":
        return bool(value >= wanted)
    assert operator == "to"
    return bool(value <= wanted if isinstance(value, int | float) else value < wanted)


def _meant(wanted: Any, id_type: str | None) -> Any:
    if id_type is None:
        return wanted
    parsed = texts.read_global_id(wanted)
    return parsed[1] if parsed is not None and parsed[0] == id_type else NOTHING


# --------------------------------------------------------------------------------------------------------------- search


def pieces(text: str) -> list[str]:
    """What a customer must have to be found: pairs of neighbours in every word, or the last four of a run of digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()[:100]
    digits = [letter for letter in folded if unicodedata.category(letter) == "Nd"]
    if len(digits) >= 4 and re.fullmatch(r"[\d\s+()-]+", folded):
        return ["".join(digits[-4:])]
    found = set()
    for word in re.findall(r"[^\W_]+", folded):
        found |= {word} if len(word) == 1 else {word[at : at + 2] for at in range(len(word) - 1)}
    return sorted(found)


def is_found(eyes: Eyes, wanted: Sequence[str], row: Row) -> bool:
    terms = {one["term"] for one in eyes.where("search_terms", customer_id=row["id"])}
    return bool(wanted) and terms.issuperset(wanted)
