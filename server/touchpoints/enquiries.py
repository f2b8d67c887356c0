"""Unanswered enquiries 待回复咨询: a customer who asks waits until somebody contacts them on that matter.

An enquiry is an inbound contact of a purpose customers ask about, by a medium on which nobody answered while it was made.
The customer waits once per matter, whatever number of messages they send. What comes in late, about an enquiry long ago or
answered since, makes nobody wait. A contact about appointments also ends the waiting of somebody who missed a visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.db.work import Work
from server.operations.purposes import Purpose
from server.operations.units import Unit
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

ANSWER_WITHIN = timedelta(hours=2)
WORTH_ANSWERING = timedelta(days=7)
"""An enquiry recorded later than this after it was made is history."""

NOBODY_WAITS = frozenset(
    {Medium.PHONE, Medium.VIDEO_CALL, Medium.IN_PERSON, Medium.PARCEL, Medium.LIVE_STREAM, Medium.WECOM_MOMENTS}
)
"""Media on which an answer is given on the spot, or none is expected."""

_Matter = tuple[UUID, str]


class Enquiries:
    """Keeps the inbox in line with the contacts of one act, in the order in which they are told of."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._asked: set[_Matter] = set()
        self._told: dict[_Matter, datetime] = {}

    async def follow(self, contact: Touchpoint, found: Mapping[str, Any]) -> None:
        """`found`: what `queries.known` said of the contact before it was recorded."""
        purpose, matter = Purpose(contact.purpose), (contact.customer_id, contact.purpose)
        waiting = found["waiting"] or matter in self._asked
        if contact.direction == Direction.OUTBOUND:
            told = self._told.get(matter)
            self._told[matter] = contact.occurred_at if told is None else max(told, contact.occurred_at)
            if waiting or found["missed"]:
                await inbox.contacted(self._work, found["kin"] or [contact.customer_id], purpose, contact.occurred_at)
        elif purpose.is_enquiry and not waiting and self._is_awaited(contact, matter, found):
            self._open(contact, purpose, found)
            self._asked.add(matter)

    def _is_awaited(self, contact: Touchpoint, matter: _Matter, found: Mapping[str, Any]) -> bool:
        told = self._told.get(matter)
        return (
            Medium(contact.medium) not in NOBODY_WAITS
            and self._work.now - contact.occurred_at <= WORTH_ANSWERING
            and not found["answered"]
            and (told is None or told < contact.occurred_at)
        )

    def _open(self, contact: Touchpoint, purpose: Purpose, found: Mapping[str, Any]) -> None:
        """For whoever was asked, in what they act; where nobody was, for whoever owns the matter. Of somebody who has left it is
        for whoever is in their role or group."""
        group_id, role_id = contact.group_id, contact.role_id
        if contact.staff_id is None or (found["has_left"] and not (group_id or role_id)):
            group_id, role_id = found["owner_group_id"], found["owner_role_id"]
        unit = Unit(group_id, role_id) if group_id or role_id else None
        inbox.add_item(
            self._work,
            WorkItemKind.UNANSWERED_ENQUIRY,
            contact.id,
            Whose(None if found["has_left"] else contact.staff_id, unit, contact.store_id),
            due_at=contact.occurred_at + ANSWER_WITHIN,
            customer_id=contact.customer_id,
            purpose=purpose,
            opened_at=contact.occurred_at,
        )
