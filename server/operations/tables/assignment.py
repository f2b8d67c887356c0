"""How customers are spread over people: rules of groups and roles, what a person takes, when they work, when they are off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.operations.assignment_terms import AssignmentMethod
from server.operations.tables.unit_columns import one_unit


class AssignmentRule(TenantRow, table=True):
    """How the people of a group or role take turns, and who helps out. The limits are of whoever has none of their own."""

    __tablename__ = "assignment_rules"
    __table_args__ = tenant_table(
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        references("backup_group_id", "ops_groups"),
        Index(None, "tenant_id", "group_id", "role_id", unique=True, postgresql_nulls_not_distinct=True),
        Index(None, "tenant_id", "role_id"),
        one_of("method", AssignmentMethod),
        check("capacity", "capacity > 0"),
        check("daily_limit", "daily_limit > 0"),
        check("backup", "backup_group_id <> group_id"),
        one_unit(),
    )

    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    method: str = text(default=AssignmentMethod.LEAST_LOADED.value)
    capacity: int | None = whole(default=None, nullable=True)
    daily_limit: int | None = whole(default=None, nullable=True)
    backup_group_id: UUID | None = Field(default=None)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class Workload(TenantRow, table=True):
    """What a person may take, and what they have: counted in every act that begins or ends one of their friendships.

    `version` counts changes of the limits, not of the counts. `taken` counts turns and never falls.
    """

    __tablename__ = "workloads"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        UniqueConstraint("tenant_id", "staff_id"),
        check("capacity", "capacity > 0"),
        check("daily_limit", "daily_limit > 0"),
        check("weight", "weight BETWEEN 1 AND 100"),
        check("added", "(added_on IS NULL) = (added = 0)"),
    )

    staff_id: UUID
    capacity: int | None = whole(default=None, nullable=True)
    daily_limit: int | None = whole(default=None, nullable=True)
    weight: int = whole(default=1)
    friends: int = whole(default=0)
    taken: int = whole(default=0)
    added_on: date | None = None
    added: int = whole(default=0)
    last_turn_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class WorkShift(TenantRow, table=True):
    """One interval of a weekday in which a person works, in the time zone of their store, or else of the tenant."""

    __tablename__ = "work_shifts"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        UniqueConstraint("tenant_id", "staff_id", "weekday", "opens"),
        check("weekday", "weekday BETWEEN 1 AND 7"),
        check("interval", "opens >= 0 AND opens < closes AND closes <= 1440"),
    )

    staff_id: UUID
    weekday: int = whole()
    opens: int = whole()
    closes: int = whole()


class ChannelHours(TenantRow, table=True):
    """One interval of a weekday in which a channel is served, likewise."""

    __tablename__ = "channel_hours"
    __table_args__ = tenant_table(
        references("channel_id", "channels"),
        UniqueConstraint("tenant_id", "channel_id", "weekday", "opens"),
        check("weekday", "weekday BETWEEN 1 AND 7"),
        check("interval", "opens >= 0 AND opens < closes AND closes <= 1440"),
    )

    channel_id: UUID
    weekday: int = whole()
    opens: int = whole()
    closes: int = whole()


class Absence(TenantRow, table=True):
    """A person is off from–to, and who stands in. Without an end, until further notice; so for whoever left."""

    __tablename__ = "absences"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        references("cover_id", "staff_members"),
        Index(None, "tenant_id", "staff_id", "from_at", "id"),
        Index(None, "tenant_id", "cover_id", "from_at", "id"),
        Index(None, "tenant_id", "from_at", "id"),
        check("dates", "until_at > from_at"),
        check("cover", "cover_id <> staff_id"),
    )

    staff_id: UUID
    cover_id: UUID | None = None
    from_at: datetime = instant()
    until_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
