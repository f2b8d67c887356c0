"""The two columns that name a service unit, held together by a check."""

from sqlalchemy import CheckConstraint

from server.db.tables import check


def one_unit() -> CheckConstraint:
    """The row names an ops group or a service role, never both."""
    return check("unit", "num_nonnulls(group_id, role_id) = 1")


def at_most_one_unit() -> CheckConstraint:
    """The row may name an ops group or a service role, never both."""
    return check("unit", "num_nonnulls(group_id, role_id) <= 1")
