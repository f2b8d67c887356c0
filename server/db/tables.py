"""How a table is declared, so that its protection is declared with it.

Every tenant table has the primary key (tenant_id, id); its unique keys and foreign keys start with tenant_id. The catalogue
test compares what is declared here with what PostgreSQL really has.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Constraint, DateTime, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from server.ids import new_id

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


class TenantRow(SQLModel):
    """A row of one tenant. `tenant_id` is filled in by the unit of work, from the credential and nothing else."""

    tenant_id: UUID = Field(default=None, primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)

    def __init__(self, **values: Any) -> None:
        """No session watches these rows: told to SQLAlchemy field by field, one took 40 microseconds to make."""
        held = self.__dict__
        for name, required, default, factory in _fields(type(self)):
            if name in values:
                held[name] = values.pop(name)
            elif factory is not None:
                held[name] = factory()
            elif not required:
                held[name] = default
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(values))}.")

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value


@cache
def _fields(model: type[SQLModel]) -> list[tuple[str, bool, Any, Any]]:
    """Each with whether it must be given, its default, and what makes one."""
    return [
        (name, field.is_required(), field.default, field.default_factory) for name, field in model.model_fields.items()
    ]


def tenant_table(
    *constraints: Constraint | Index,
    customer: str | None = None,
    without_customer: str = "false",
    append_only: bool = False,
) -> tuple[Any, ...]:
    """`__table_args__` of a tenant's table.

    `customer` names the column that holds the customer the row is about: the row is then visible only to staff who may
    see that customer. Where that column may be null, `without_customer` is the SQL condition under which such staff see
    the row all the same; `{staff}` in it stands for the id of the staff member who asks. `append_only` rows can be neither
    changed nor deleted, by nobody.
    """
    return (
        *constraints,
        {
            "info": {
                "tenant": True,
                "customer": customer,
                "without_customer": without_customer,
                "append_only": append_only,
            }
        },
    )


def platform_table(*constraints: Constraint | Index, reason: str, worker: str = "") -> tuple[Any, ...]:
    """`__table_args__` of a table that belongs to no tenant; `reason` says why it may exist, `worker` what that role may."""
    return (*constraints, {"schema": "platform", "info": {"tenant": False, "reason": reason, "worker": worker}})


def references(column: str, table: str, *, deferred: bool = False) -> ForeignKeyConstraint:
    """A foreign key inside the tenant: (tenant_id, column) → table."""
    return ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{table}.tenant_id", f"{table}.id"],
        deferrable=deferred or None,
        initially="DEFERRED" if deferred else None,
    )


def one_of(column: str, enumeration: type[StrEnum]) -> CheckConstraint:
    """The column holds a code of the enumeration."""
    codes = ", ".join(f"'{member.value}'" for member in enumeration)
    return CheckConstraint(f"{column} IN ({codes})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    """An invariant of the commands, repeated where nothing can get round it."""
    return CheckConstraint(condition, name=name)


def text(*, default: Any = ..., nullable: bool = False) -> Any:
    return Field(default=default, sa_type=Text, nullable=nullable)


def instant(*, default: datetime | None = None, nullable: bool = False) -> Any:
    """A point in time, kept with its zone. `recorded_at` columns are filled in by the unit of work."""
    return Field(default=default, sa_type=DateTime(timezone=True), nullable=nullable)


def repeats(column: str) -> Any:
    """The owner's instant, repeated in a child's row so that an index has it behind a value of the child's: `table.column`.

    The database fills it in (`platform.repeat_added_at`); it must be one that never changes.
    """
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        nullable=False,
        sa_column_kwargs={"info": {"repeats": column}},
    )


def whole(*, default: int | None = ..., nullable: bool = False) -> Any:  # type: ignore[assignment]  # Ellipsis: no default
    """A bigint: money in minor units, points, counts."""
    return Field(default=default, sa_type=BigInteger, nullable=nullable)


def texts(*, default_factory: Any = list) -> Any:
    """A short closed list that is only ever read whole (never filtered by)."""
    return Field(default_factory=default_factory, sa_type=ARRAY(Text), nullable=False)


def document(*, default_factory: Any = dict, nullable: bool = False) -> Any:
    """A small structured value that is only ever read whole."""
    return Field(default_factory=default_factory, sa_type=JSONB, nullable=nullable)
