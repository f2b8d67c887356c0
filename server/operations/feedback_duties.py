"""Who answers what customers say: the purpose whose owner answers each kind of feedback.

Pure data, keyed by the code of the feedback kind: feedback itself is a domain above this one. A role has the duty to
answer a kind because it owns the kind's purpose; nothing else gives or takes that duty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from server.operations.purposes import Purpose

ANSWERED_BY_OWNER_OF: Mapping[str, Purpose] = MappingProxyType(
    {
        "PRODUCT_REQUEST": Purpose.FEEDBACK_REPLY,
        "COMPLAINT": Purpose.COMPLAINT,
        "SUGGESTION": Purpose.FEEDBACK_REPLY,
        "PRAISE": Purpose.FEEDBACK_REPLY,
        "RATING": Purpose.SATISFACTION_SURVEY,
    }
)


def duties_of(owned: Collection[Purpose]) -> tuple[str, ...]:
    """The feedback kinds that fall to a role which owns these purposes."""
    return tuple(kind for kind, purpose in ANSWERED_BY_OWNER_OF.items() if purpose in owned)
