"""What can be asked of this room."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from server.commands import Command, Key, LongText, Moment, Name, ShortText
from server.items.prices import Amount
from server.tenants.commands import ExternalRefs
from server.wow_moments.surprise_terms import ShareMedium, WowOccasion, WowTrigger

Code = Annotated[str, StringConstraints(min_length=1, max_length=32, strip_whitespace=True), AfterValidator(str.upper)]
"""A referral code as people type it: capitals or not."""


class DefineWowPlay(Command):
    """The whole definition: without a cost or a performer the play has none."""

    key: Key
    name: Name
    script: LongText
    trigger: WowTrigger
    cost: Amount | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    occasion: WowOccasion | None = None
    stage_id: UUID | None = None
    lead_days: int | None = Field(default=None, ge=0, le=30)
    within_hours: int | None = Field(default=None, ge=1, le=720)
    expected_version: int | None = None
    external_refs: ExternalRefs = ()


class RetireWowPlay(Command):
    wow_play_id: UUID
    expected_version: int | None = None


class RecordWowMoment(Command):
    """A surprise that happened. Without `staff_id` it was the calling staff member's; without a time it is now."""

    customer_id: UUID
    play_id: UUID | None = None
    due_wow_moment_id: UUID | None = None
    """What is done by it; without it, what waits of this play for the customer, if anything does."""
    staff_id: UUID | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    cost: Amount | None = None
    """Without it, what the play says it costs."""
    story: LongText | None = None
    evidence: ShortText | None = None
    boundary_override: ShortText | None = None
    """Why somebody surprises in whose boundary surprising does not lie; needs a permission of its own."""
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class RecordShare(Command):
    customer_id: UUID
    wow_moment_id: UUID | None = None
    medium: ShareMedium
    prompted: bool = False
    rewarded: bool = False
    evidence: ShortText | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class CreateReferralCode(Command):
    """For a share where the code goes with one; without a time it was given out now."""

    customer_id: UUID
    share_id: UUID | None = None
    rewarded: bool = False
    occurred_at: Moment | None = None


class AttributeReferral(Command):
    """Exactly one of `referrer_id` and `code` says who brought the customer."""

    customer_id: UUID
    referrer_id: UUID | None = None
    code: Code | None = None
    share_id: UUID | None = None
    """Without it, the referrer's newest share inside the window; of a code that goes with a share, that one."""
    rewarded: bool | None = None
    """Without it, what the code says."""
