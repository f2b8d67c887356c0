"""A service unit 服务主体: an ops group or a service role, whichever serves. Pure.

Stages, purposes, placements, channels and targets belong to a unit. In rows a unit is two columns of which exactly one
is set, so that foreign keys hold; in code it is this value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Unit:
    """Exactly one of the two is set."""

    group_id: UUID | None = None
    role_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.group_id is None) == (self.role_id is None):
            raise ValueError("A unit is an ops group or a service role.")

    @property
    def id(self) -> UUID:
        return self.group_id or self.role_id  # type: ignore[return-value]  # one of the two is set

    @property
    def is_group(self) -> bool:
        return self.group_id is not None

    @property
    def field(self) -> str:
        """The field of an input that names it."""
        return "group_id" if self.is_group else "role_id"

    @property
    def node_type(self) -> str:
        """The name of its type in events and global ids."""
        return "OpsGroup" if self.is_group else "ServiceRole"


class OfUnit(Protocol):
    """A row, or a command, that names a unit by the two ids."""

    @property
    def group_id(self) -> UUID | None: ...
    @property
    def role_id(self) -> UUID | None: ...


def unit_of(row: OfUnit) -> Unit | None:
    """The unit a row names; None where it names none."""
    return None if row.group_id is None and row.role_id is None else Unit(row.group_id, row.role_id)
