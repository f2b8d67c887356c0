"""Who takes how many customers and when: rules, workloads, shifts, absences, and the queue of who waits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Integer, Text, cast, func, literal_column

from server.access.permissions import Permission
from server.customers.queue_moves import QueueAct, refusal
from server.customers.queue_tables import AssignmentQueueEntry as QueueRow
from server.db.statements import table_of
from server.operations import tables
from server.operations.assignment_terms import AssignmentMethod, QueueReason, QueueState
from server.planner.call import Call
from server.planner.declarations import column, computed, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.available_actions import AvailableAction, Judged, available_actions
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import WorkSubject

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.customers import Customer
    from server.schema.relationships import Relationship
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rules, _loads, _shifts = (
    table_of(tables.AssignmentRule).c,
    table_of(tables.Workload).c,
    table_of(tables.WorkShift).c,
)
_hours, _absences, _queue = table_of(tables.ChannelHours).c, table_of(tables.Absence).c, table_of(QueueRow).c
_HOUR, _TWO = literal_column("60", BigInteger), literal_column("2", Integer)


def time_of_day(minutes: Any) -> Any:
    """Minutes after midnight as `HH:MM`."""
    hour, minute = (func.lpad(cast(part, Text), _TWO, fixed("0")) for part in (minutes // _HOUR, minutes % _HOUR))
    return hour.op("||")(fixed(":")).op("||")(minute)


@node(
    tables.AssignmentRule,
    permission=Permission.TENANT_READ,
    description="How the people of an ops group or a service role take turns 分配规则. Without one: fewest friends first.",
)
class AssignmentRule(Node):
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rules.group_id, description="The ops group it is of; null where it is of a role."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rules.role_id, description="The service role it is of; null where it is of a group."
    )
    method: AssignmentMethod = column(_rules.method, description="By which rule they take turns.")
    capacity: int | None = column(
        _rules.capacity,
        description="How many friends a person has at most who has no capacity of their own; null: any.",
    )
    daily_limit: int | None = column(
        _rules.daily_limit, description="Likewise, how many are added in a day of the brand; null: any number."
    )
    backup_group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rules.backup_group_id, description="Who helps out when nobody of its own has room 后备小组."
    )
    version: int = column(_rules.version, description="Rises with every change.")


@node(
    tables.WorkShift,
    permission=Permission.TENANT_READ,
    description="One interval of a weekday in which a person works 班次, in the time zone of their store, or of the brand.",
)
class WorkShift(Node):
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _shifts.staff_id, description="Whose."
    )
    weekday: int = column(_shifts.weekday, description="Monday is 1, Sunday 7.")
    opens: str = column(time_of_day(_shifts.opens), description="From when, `HH:MM`.")
    closes: str = column(time_of_day(_shifts.closes), description="Until when, `HH:MM`; `24:00` is the day's end.")


@node(
    tables.ChannelHours,
    permission=Permission.TENANT_READ,
    description="One interval of a weekday in which a channel is served 渠道服务时段, in the time zone of its store, or of "
    "the brand.",
)
class ChannelHours(Node):
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = link(
        _hours.channel_id, description="The channel."
    )
    weekday: int = column(_hours.weekday, description="Monday is 1, Sunday 7.")
    opens: str = column(time_of_day(_hours.opens), description="From when, `HH:MM`.")
    closes: str = column(time_of_day(_hours.closes), description="Until when, `HH:MM`; `24:00` is the day's end.")


@node(
    tables.Workload,
    permission=Permission.TENANT_READ,
    description="What a person takes, and has 承接量. Counted in the very act that begins or ends a friendship.",
)
class Workload(Node):
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _loads.staff_id, description="Whose."
    )
    capacity: int | None = column(
        _loads.capacity, description="Friends at most; null: as many as the rule of their group or role says."
    )
    daily_limit: int | None = column(
        _loads.daily_limit, description="Adds at most in a day of the brand; null: as many as the rule says."
    )
    weight: int = column(_loads.weight, description="The share of customers beside others, 1 to 100, for WEIGHTED.")
    friends: int = column(_loads.friends, description="How many customers are friends of the person now.")
    added_on: date | None = column(_loads.added_on, description="The day of the brand of the last add; null: never.")
    added: int = column(_loads.added, description="How many were added on that day.")
    taken: int = column(_loads.taken, description="How many turns the person has taken, ever.")
    last_turn_at: datetime | None = column(_loads.last_turn_at, description="When the last turn was; null: none yet.")
    version: int = column(_loads.version, description="Rises with every change of the limits.")


ABSENCE_ORDERS = orders("Absence", SINCE=_absences.from_at)


@strawberry.input(description="Which absences.")
class AbsenceFilter:
    since: DateTimeFilter | None = matches(_absences.from_at, description="When they begin.")
    until: DateTimeFilter | None = matches(
        _absences.until_at, description="When they end; `isNull: true`: until further notice."
    )
    cover: IdFilter | None = matches(_absences.cover_id, id_of="StaffMember", description="Who stands in.")


ABSENCE_FILTER = filter_type(AbsenceFilter)


@node(
    tables.Absence,
    permission=Permission.TENANT_READ,
    description="A person is off from–to 休假, and who stands in 代班. Also of whoever left, until the customers are handed over.",
)
class Absence(Node):
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _absences.staff_id, description="Who is off."
    )
    cover: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _absences.cover_id,
        description="Who stands in, and sees the person's customers meanwhile; null: nobody in particular.",
    )
    since: datetime = column(_absences.from_at, description="From when.")
    until: datetime | None = column(_absences.until_at, description="Until when; null: until further notice.")
    recorded_at: datetime = column(_absences.recorded_at, description="When it was recorded.")


QUEUE_ORDERS = orders("AssignmentQueueEntry", SINCE=_queue.since, newest_first=False)


@strawberry.input(description="Which places in the queue.")
class AssignmentQueueEntryFilter:
    state: ChoiceFilter[QueueState] | None = matches(_queue.state, description="Where they stand.")
    reason: ChoiceFilter[QueueReason] | None = matches(_queue.reason, description="Why nobody had room.")
    group: IdFilter | None = matches(_queue.group_id, id_of="OpsGroup", description="Waiting for which ops group.")
    role: IdFilter | None = matches(_queue.role_id, id_of="ServiceRole", description="Waiting for which role.")
    store: IdFilter | None = matches(_queue.store_id, id_of="Store", description="At which store; null: at none.")
    channel: IdFilter | None = matches(_queue.channel_id, id_of="Channel", description="Through which channel.")
    staff: IdFilter | None = matches(_queue.staff_id, id_of="StaffMember", description="Who took them.")
    since: DateTimeFilter | None = matches(_queue.since, description="Since when.")


QUEUE_FILTER = filter_type(AssignmentQueueEntryFilter)


def _available_actions(call: Call, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    judged: list[list[Judged]] = [[(act, refusal(QueueState(row.state))) for act in QueueAct] for row in rows]
    return available_actions(call, Permission.CUSTOMER_WRITE, judged)


@node(
    QueueRow,
    permission=Permission.CUSTOMER_READ,
    description="A customer waits for somebody of a group or role 待分配, because nobody had room. Assigned as soon as somebody "
    "has: the longest waiting first.",
)
class AssignmentQueueEntry(WorkSubject):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _queue.customer_id, description="Who waits."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _queue.group_id, description="The ops group; null where it is a role."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _queue.role_id, description="The service role; null where it is a group."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _queue.store_id, description="At which store; null: at none in particular."
    )
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = link(
        _queue.channel_id, description="The channel the customer came through, if any."
    )
    relationship: Annotated["Relationship", strawberry.lazy("server.schema.relationships")] | None = link(
        _queue.relationship_id, description="The friendship to be taken over, where one is; it lasts until then."
    )
    reason: QueueReason = column(_queue.reason, description="Why nobody takes them, as of the last look.")
    state: QueueState = column(_queue.state, description="Where it stands.")
    since: datetime = column(_queue.since, description="Since when.")
    settled_at: datetime | None = column(_queue.settled_at, description="When the waiting ended; null while it lasts.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _queue.staff_id, description="Who took the customer; null unless ASSIGNED."
    )
    available_actions: list[AvailableAction] = computed(
        _available_actions,
        needs={"state": _queue.state},
        pure=True,
        description="Every act on this place, whether it would be refused to you now, and why.",
    )
    recorded_at: datetime = column(_queue.recorded_at, description="When it was recorded.")
    version: int = column(_queue.version, description="Rises with every change.")


@strawberry.type
class AssignmentQueries:
    assignment_queue: Connection[AssignmentQueueEntry] = connection(
        orders=QUEUE_ORDERS,
        filter=QUEUE_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Who waits for somebody with room, and who did 待分配队列, the longest waiting first.",
    )
    absences: Connection[Absence] = connection(
        orders=ABSENCE_ORDERS,
        filter=ABSENCE_FILTER,
        permission=Permission.TENANT_READ,
        description="Who is off when, and who stands in 休假与代班, the latest first.",
    )
