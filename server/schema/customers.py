"""Customers: the page a front end opens, the list it searches, and everything that hangs on one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import func

from server.access.permissions import Permission
from server.appointments.tables import Appointment as AppointmentRow
from server.customers import tables
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import FactSource
from server.customers.identity_kinds import IdentityKind
from server.customers.lookup import customer_by_identity
from server.customers.queue_tables import AssignmentQueueEntry as QueueRow
from server.customers.search import terms_of
from server.db.reader import Reader
from server.db.statements import table_of
from server.errors import ErrorCode, RequestError
from server.feedback.tables import Feedback as FeedbackRow
from server.group_chats.tables import GroupMembership as GroupMembershipRow
from server.handoffs.tables import Handoff as HandoffRow
from server.operations.tables import StoreAncestor
from server.orders.tables import Order as OrderRow
from server.planner.declarations import argument, by_id, column, computed, connection, link, links, ref
from server.planner.filters import (
    ChoiceFilter,
    DateFilter,
    DateTimeFilter,
    DateTimeRange,
    IdFilter,
    NumberFilter,
    OrderBy,
    TextFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.nodes import node
from server.planner.searching import Search
from server.promises.tables import Promise as PromiseRow
from server.quotes.tables import Quote as QuoteRow
from server.schema.appointments import APPOINTMENT_FILTER, APPOINTMENT_ORDERS, Appointment
from server.schema.assignment import QUEUE_FILTER, QUEUE_ORDERS, AssignmentQueueEntry
from server.schema.attention import AttentionVerdict, attention_of
from server.schema.cases import (
    CASE_FILTER,
    CASE_ORDERS,
    STAGE_CHANGE_FILTER,
    STAGE_CHANGE_ORDERS,
    Case,
    CaseStageChange,
    Subject,
)
from server.schema.consents import CONSENT_FILTER, CONSENT_ORDERS, Consent, ContactPreference
from server.schema.customer_columns import family_last_touch, family_tags, is_face, stays_with
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.feedback import FEEDBACK_FILTER, FEEDBACK_ORDERS, Feedback
from server.schema.group_chats import GROUP_MEMBERSHIP_FILTER, GROUP_MEMBERSHIP_ORDERS, GroupMembership
from server.schema.handoffs import HANDOFF_FILTER, HANDOFF_ORDERS, Handoff
from server.schema.identities import Contact, Identity
from server.schema.items import Item
from server.schema.nodes import Connection, Node
from server.schema.notes import NOTE_FILTER, NOTE_ORDERS, ServiceNote
from server.schema.orders import ORDER_FILTER, ORDER_ORDERS, Order
from server.schema.promises import PROMISE_FILTER, PROMISE_ORDERS, Promise
from server.schema.quotes import QUOTE_FILTER, QUOTE_ORDERS, Quote
from server.schema.referrals import (
    REFERRAL_CODE_ORDERS,
    REFERRAL_FILTER,
    REFERRAL_ORDERS,
    CustomerCircle,
    Referral,
    ReferralCode,
    circles,
)
from server.schema.relationships import RELATIONSHIP_FILTER, RELATIONSHIP_ORDERS, Relationship, TeamMember, teams
from server.schema.touchpoints import TOUCHPOINT_FILTER, TOUCHPOINT_ORDERS, Touchpoint
from server.schema.trust import TrustAccount
from server.schema.work_items import WORK_ITEM_FILTER, WORK_ITEM_ORDERS, WorkItem
from server.schema.wow_moments import SHARE_FILTER, SHARE_ORDERS, WOW_MOMENT_FILTER, WOW_MOMENT_ORDERS, Share, WowMoment
from server.terms import Locale
from server.touchpoints.tables import Touchpoint as TouchpointRow
from server.trust.policy import HUNDREDTHS
from server.trust.tables import TrustAccount as TrustAccountRow
from server.work_items.tables import WorkItem as WorkItemRow
from server.wow_moments.tables import Referral as ReferralRow
from server.wow_moments.tables import ReferralCode as ReferralCodeRow
from server.wow_moments.tables import Share as ShareRow
from server.wow_moments.tables import WowMoment as WowMomentRow

if TYPE_CHECKING:
    from server.schema.journeys import Stage
    from server.schema.stores import Store

_rows = table_of(tables.Customer).c
_needs, _tags = table_of(tables.CustomerNeed).c, table_of(tables.CustomerTag).c
_friends, _terms = table_of(tables.Relationship).c, table_of(tables.SearchTerm).c
_identities, _contacts = table_of(tables.Identity).c, table_of(tables.Contact).c
_subjects, _cases, _changes = (
    table_of(tables.Subject).c, table_of(tables.Case).c, table_of(tables.CaseStageChange).c
)  # fmt: skip
_notes, _consents = table_of(tables.ServiceNote).c, table_of(tables.Consent).c
_touchpoints, _referrals = table_of(TouchpointRow).c, table_of(ReferralRow).c
_preferences, _trust = table_of(tables.ContactPreference).c, table_of(TrustAccountRow).c


@node(
    tables.CustomerNeed,
    permission=Permission.CUSTOMER_READ,
    description="Something a customer wants 需求: the reason for which a contact is welcome.",
)
class CustomerNeed(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _needs.customer_id, description="Whose need."
    )
    text: str = column(_needs.words, personal=True, description="What is wanted.")
    item: Item | None = link(_needs.item_id, description="The good or service wanted, where it is one of ours.")
    source: FactSource = column(_needs.source, description="How it became known.")
    stated: bool = column(_needs.stated, description="True where the customer said it, false where staff concluded it.")
    occurred_at: datetime = column(_needs.occurred_at, description="When it became known; may be past.")
    recorded_at: datetime = column(_needs.recorded_at, description="When it was recorded.")


@node(
    tables.Customer,
    permission=Permission.CUSTOMER_READ,
    family=_rows.family_id,
    description="One person or company this brand serves 客户, whatever number of staff added them. Staff see the "
    "customers in their data scope. Lists hold what was recorded under every id that was merged, as far as the caller sees it.",
)
class Customer(Node):
    kind: CustomerKind = column(_rows.kind, description="Person or company.")
    name: str = column(_rows.name, personal=True, description="Display name. Empty after erasure.")
    birthday: date | None = column(_rows.birthday, personal=True, description="Day of birth.")
    locale: Locale | None = column(_rows.locale, description="The customer's language; null: the brand's.")
    timezone: str | None = column(
        _rows.timezone,
        personal=True,
        description="The customer's IANA time zone, by which quiet hours and birthdays go; null: the brand's.",
    )
    identities: list[Identity] = links(
        by=_identities.customer_id,
        order=[_identities.recorded_at, _identities.id],
        description="What the customer is recognised by 身份, the oldest first.",
    )
    contacts: list[Contact] = links(
        by=_contacts.customer_id,
        order=[_contacts.recorded_at, _contacts.id],
        description="The people who speak for a company 联系人, the oldest first.",
    )
    tags: list[str] = column(
        family_tags,
        personal=True,
        description="The words the brand sorts its customers by 标签, in alphabetical order.",
    )
    needs: list[CustomerNeed] = links(
        by=_needs.customer_id,
        order=[_needs.occurred_at.desc(), _needs.id.desc()],
        description="What the customer wants, newest first.",
    )
    home_store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.home_store_id, description="The store the customer belongs to 所属门店."
    )
    stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = link(
        _rows.stage_id, description="The stage of the most recently moved open case 环节; null where none is open."
    )
    stage_history: Connection[CaseStageChange] = connection(
        by=_changes.customer_id,
        orders=STAGE_CHANGE_ORDERS,
        filter=STAGE_CHANGE_FILTER,
        description="Every move of every case, newest first.",
    )
    subjects: list[Subject] = links(
        by=_subjects.customer_id,
        order=[_subjects.recorded_at, _subjects.id],
        description="Whom or what is served for the customer 服务对象, the oldest first.",
    )
    cases: Connection[Case] = connection(
        by=_cases.customer_id, orders=CASE_ORDERS, filter=CASE_FILTER, description="Passes through the journey 服务单."
    )
    relationships: Connection[Relationship] = connection(
        by=_friends.customer_id,
        orders=RELATIONSHIP_ORDERS,
        filter=RELATIONSHIP_FILTER,
        description="Friendships with staff 好友关系, past ones too, the oldest first.",
    )
    assignment_queue: Connection[AssignmentQueueEntry] = connection(
        by=table_of(QueueRow).c.customer_id,
        orders=QUEUE_ORDERS,
        filter=QUEUE_FILTER,
        description="For whom the customer waits, or waited, because nobody had room 待分配, the oldest first.",
    )
    team: list[TeamMember] = computed(
        teams,
        needs={"id": _rows.id, "one_id": func.coalesce(_rows.family_id, _rows.id)},
        description="Who serves the customer now and in which capacity 服务团队, in the order in which they came.",
    )
    notes: Connection[ServiceNote] = connection(
        by=_notes.customer_id,
        orders=NOTE_ORDERS,
        filter=NOTE_FILTER,
        permission=Permission.NOTE_READ,
        description="What happened 服务记录, newest first.",
    )
    consents: Connection[Consent] = connection(
        by=_consents.customer_id,
        orders=CONSENT_ORDERS,
        filter=CONSENT_FILTER,
        description="What the customer allowed and withdrew 同意, newest first.",
    )
    preferences: list[ContactPreference] = links(
        by=_preferences.customer_id,
        order=[_preferences.recorded_at, _preferences.id],
        description="What the customer does not want to receive 联系偏好.",
    )
    attention: AttentionVerdict = attention_of(_rows.id)
    touchpoints: Connection[Touchpoint] = connection(
        by=table_of(TouchpointRow).c.customer_id,
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Contacts by and with all staff 触点, newest first.",
    )
    group_chats: Connection[GroupMembership] = connection(
        by=table_of(GroupMembershipRow).c.customer_id,
        orders=GROUP_MEMBERSHIP_ORDERS,
        filter=GROUP_MEMBERSHIP_FILTER,
        description="The group chats the customer is in and was in 所在客户群, joined last first; `leftAt: {isNull: true}` for "
        "those they are in now.",
    )
    feedback: Connection[Feedback] = connection(
        by=table_of(FeedbackRow).c.customer_id,
        orders=FEEDBACK_ORDERS,
        filter=FEEDBACK_FILTER,
        permission=Permission.FEEDBACK_READ,
        description="What the customer told the brand 反馈, newest first.",
    )
    work_items: Connection[WorkItem] = connection(
        by=table_of(WorkItemRow).c.customer_id,
        orders=WORK_ITEM_ORDERS,
        filter=WORK_ITEM_FILTER,
        description="What is to be done for the customer 待办, and what was: the most urgent first.",
    )
    handoffs: Connection[Handoff] = connection(
        by=table_of(HandoffRow).c.customer_id,
        orders=HANDOFF_ORDERS,
        filter=HANDOFF_FILTER,
        description="How the customer was passed on 交接, newest first.",
    )
    wow_moments: Connection[WowMoment] = connection(
        by=table_of(WowMomentRow).c.customer_id,
        orders=WOW_MOMENT_ORDERS,
        filter=WOW_MOMENT_FILTER,
        permission=Permission.WOW_READ,
        description="Surprises that happened to the customer Wow时刻, newest first.",
    )
    shares: Connection[Share] = connection(
        by=table_of(ShareRow).c.customer_id,
        orders=SHARE_ORDERS,
        filter=SHARE_FILTER,
        permission=Permission.WOW_READ,
        description="How the customer told others 分享, newest first.",
    )
    referral_codes: Connection[ReferralCode] = connection(
        by=table_of(ReferralCodeRow).c.customer_id,
        orders=REFERRAL_CODE_ORDERS,
        permission=Permission.WOW_READ,
        description="The codes the customer gives to friends 推荐码, newest first.",
    )
    referrals: Connection[Referral] = connection(
        by=_referrals.referrer_id,
        orders=REFERRAL_ORDERS,
        filter=REFERRAL_FILTER,
        permission=Permission.WOW_READ,
        description="The new customers whom this one brought 转介绍, newest first.",
    )
    brought_by: Referral | None = link(
        by=_referrals.customer_id,
        permission=Permission.WOW_READ,
        description="How the customer came through another one; null where nobody is known to have brought them.",
    )
    circle: CustomerCircle = computed(
        circles,
        needs={"id": _rows.id},
        permission=Permission.WOW_READ,
        arguments=[
            argument("generations", int, "How far to look, from 1 to 5: more is taken for 5, less for 1.", default=3),
            argument("first", int, "How many, from 1 to 50: more is taken for 50, less for 1.", default=20),
        ],
        description="Who came through the customer, and through those who did 宠友圈, as far as the caller sees them.",
    )
    quotes: Connection[Quote] = connection(
        by=table_of(QuoteRow).c.customer_id,
        orders=QUOTE_ORDERS,
        filter=QUOTE_FILTER,
        permission=Permission.QUOTE_READ,
        description="What the customer was quoted, by anybody in the brand 报价, newest first.",
    )
    orders: Connection[Order] = connection(
        by=table_of(OrderRow).c.customer_id,
        orders=ORDER_ORDERS,
        filter=ORDER_FILTER,
        permission=Permission.ORDER_READ,
        description="What the customer bought 订单, newest first.",
    )
    appointments: Connection[Appointment] = connection(
        by=table_of(AppointmentRow).c.customer_id,
        orders=APPOINTMENT_ORDERS,
        filter=APPOINTMENT_FILTER,
        permission=Permission.APPOINTMENT_READ,
        description="When the customer was and is expected 预约, the latest first.",
    )
    promises: Connection[Promise] = connection(
        by=table_of(PromiseRow).c.customer_id,
        orders=PROMISE_ORDERS,
        filter=PROMISE_FILTER,
        permission=Permission.PROMISE_READ,
        description="What the customer was promised 承诺, newest first; not what was promised to everyone.",
    )
    trust: TrustAccount = link(
        by=_trust.customer_id,
        permission=Permission.TRUST_READ,
        description="The customer's trust account 信任账户, open from the day the customer was added.",
    )
    trust_accounts: list[TrustAccount] = links(
        by=_trust.customer_id,
        order=[_trust.opened_at, _trust.id],
        permission=Permission.TRUST_READ,
        description="The accounts of everybody who was merged, the oldest first; `trust` alone for who never was. Points are never "
        "added up: each account keeps its own entries and creases.",
    )
    merged_into: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        stays_with,
        description="Who stays, where this customer was merged into another 已合并至; null for a customer of their own, or where it is not "
        "yours to see.",
    )
    merged_at: datetime | None = column(
        _rows.merged_at,
        description="When they were merged; it can be undone for 30 days. Null for a customer of their own.",
    )
    merged_customers: list[Annotated["Customer", strawberry.lazy("server.schema.customers")]] = links(
        by=_rows.family_id,
        where=_rows.merged_into.isnot(None),
        order=[_rows.merged_at, _rows.id],
        description="Of those who are one with this customer, who was merged 已合并的客户, the earliest first.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Customer")
    added_at: datetime = column(_rows.first_added_at, description="When the brand first came to know the customer.")
    last_touch_at: datetime | None = column(
        family_last_touch,
        permission=Permission.TOUCHPOINT_READ,
        description="When the customer was last in contact with anybody; null: never.",
    )
    erased_at: datetime | None = column(_rows.erased_at, description="When the personal data was erased, if it was.")
    recorded_at: datetime = column(_rows.recorded_at, description="When the customer was recorded.")
    updated_at: datetime = column(
        _rows.updated_at, description="When name, store, birthday, language, tags or stage last changed."
    )
    version: int = column(_rows.version, description="Rises with every change; give it back as `expectedVersion`.")


CUSTOMER_ORDERS = orders(
    "Customer",
    ADDED_AT=_rows.first_added_at,
    UPDATED_AT=_rows.updated_at,
    NAME=_rows.name,
    TRUST_BALANCE=OrderBy(_trust.balance, joined=_trust.customer_id, permission=Permission.TRUST_READ),
)

_LIVE = _friends.ended_at.is_(None)


@strawberry.input(description="Which customers.")
class CustomerFilter:
    kind: ChoiceFilter[CustomerKind] | None = matches(_rows.kind, description="Persons or companies.")
    name: TextFilter | None = matches(_rows.name, description="By the whole name, exactly; `search` finds parts.")
    tag: TextFilter | None = matches(
        _tags.tag, via={_tags.customer_id: _rows.id}, family=_rows.family_id, description="Who has this tag."
    )
    need: IdFilter | None = matches(
        _needs.item_id,
        via={_needs.customer_id: _rows.id},
        family=_rows.family_id,
        id_of="Item",
        description="Who wants this item.",
    )
    home_store: IdFilter | None = matches(_rows.home_store_id, id_of="Store", description="Who belongs to this store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.home_store_id},
        id_of="Store",
        description="Who belongs to this store or at any store below it.",
    )
    stage: IdFilter | None = matches(_rows.stage_id, id_of="Stage", description="Who stands at this stage.")
    staff: IdFilter | None = matches(
        _friends.staff_id,
        via={_friends.customer_id: _rows.id},
        family=_rows.family_id,
        where=_LIVE,
        id_of="StaffMember",
        description="Who is a friend of this staff member now.",
    )
    channel: IdFilter | None = matches(
        _friends.channel_id,
        via={_friends.customer_id: _rows.id},
        family=_rows.family_id,
        id_of="Channel",
        description="Who came through this channel.",
    )
    birthday: DateFilter | None = matches(_rows.birthday, description="Who was born in this period.")
    trust_balance: NumberFilter | None = matches(
        _trust.balance,
        via={_trust.customer_id: _rows.id},
        units=HUNDREDTHS,
        permission=Permission.TRUST_READ,
        description="By the balance of the trust account, in points. Needs TRUST_READ.",
    )
    added_at: DateTimeFilter | None = matches(_rows.first_added_at, description="When they became known.")
    touched_at: DateTimeRange | None = matches(
        _touchpoints.occurred_at,
        via={_touchpoints.customer_id: _rows.id},
        family=_rows.family_id,
        permission=Permission.TOUCHPOINT_READ,
        description="Was in contact with anybody within this time. Needs TOUCHPOINT_READ.",
    )
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When they last changed.")


CUSTOMER_FILTER = filter_type(CustomerFilter)

CUSTOMER_SEARCH = Search(
    terms_of,
    _terms.term,
    _terms.customer_id,
    "Part of a name (the customer's, a contact's, a subject's), or at least four digits: the end of a phone number. "
    "Up to 1,500 hits come in any order; more of them by ADDED_AT, other orders may be refused with TOO_COMPLEX.",
)


async def _by_identity(
    reader: Reader, rows: Sequence[Any], kind: IdentityKind, value: str, namespace: str = ""
) -> list[Any]:
    if reader.call.read_only_transport:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT,
            "customerByIdentity is asked by POST: a URL is no place for a phone number.",
            allow="POST",
        )
    return [ref(await customer_by_identity(reader, kind, namespace, value))]


@strawberry.type
class CustomerQueries:
    customers: Connection[Customer] = connection(
        orders=CUSTOMER_ORDERS,
        filter=CUSTOMER_FILTER,
        search=CUSTOMER_SEARCH,
        where=is_face,
        permission=Permission.CUSTOMER_READ,
        description="The customers 客户 in the caller's data scope, the newest first. Who was merged is listed as whom they were "
        "merged into; by themselves only to who does not see that one.",
    )
    customer: Customer | None = by_id(permission=Permission.CUSTOMER_READ, description="One customer, or null.")
    customer_by_identity: Customer | None = computed(
        _by_identity,
        arguments=[
            argument("kind", IdentityKind, "What kind of number or id."),
            argument("value", str, "The whole of it."),
            argument("namespace", str, "Where the id is valid; empty where it is valid everywhere.", default=""),
        ],
        permission=Permission.CUSTOMER_READ,
        description="The customer recognised by exactly this 身份, or null. By POST only.",
    )
