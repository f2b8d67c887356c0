"""Why a staff member sees a customer. Kept per reason, so that ending one does not end another."""

from __future__ import annotations

from enum import StrEnum


class AccessReason(StrEnum):
    """The column `via` of customer_access."""

    RELATIONSHIP = "RELATIONSHIP"
    """An own friendship: always, whatever the data scope."""
    GROUP = "GROUP"
    """A friendship of somebody in the same ops group, for the scope OWN_GROUP."""
    STORE = "STORE"
    """The customer belongs to a store of the person's, or to one below it, for the scope OWN_STORE."""
    HANDOFF = "HANDOFF"
    """Somebody hands the customer over to this person, or did, whatever the data scope."""
    COVER = "COVER"
    """A friendship of somebody who is off or has left, for whom the person stands in."""
