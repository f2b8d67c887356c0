"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.wow_moments.surprise_terms import DueState, ShareMedium, WowOccasion, WowTrigger


@event(
    "wow_play.defined",
    subject="WowPlay",
    subject_field="wow_play_id",
    description="A designed surprise 惊喜方案 was made, changed, or brought back to use.",
)
@dataclass(frozen=True, kw_only=True)
class WowPlayDefined(Event):
    wow_play_id: UUID = points_to("WowPlay", "The play.")
    role_id: UUID | None = points_to("ServiceRole", "The role that performs it, where one does.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that performs it, where one does.")
    trigger: WowTrigger = fact("What sets it off.")
    occasion: WowOccasion | None = fact("What it is proposed for, where it is for something.")
    cost_minor: int | None = fact("What it is meant to cost, in minor units of its currency.")
    play_version: int = fact("The play's version from now on.")


@event("wow_play.retired", subject="WowPlay", subject_field="wow_play_id", description="A play is no longer performed.")
@dataclass(frozen=True, kw_only=True)
class WowPlayRetired(Event):
    wow_play_id: UUID = points_to("WowPlay", "The play.")
    play_version: int = fact("The play's version from now on.")


@event(
    "wow_moment.recorded",
    subject="WowMoment",
    subject_field="wow_moment_id",
    description="A surprise Wow时刻 happened to a customer.",
)
@dataclass(frozen=True, kw_only=True)
class WowMomentRecorded(Event):
    wow_moment_id: UUID = points_to("WowMoment", "The moment.")
    customer_id: UUID = points_to("Customer", "To whom.")
    play_id: UUID | None = points_to("WowPlay", "By which play; null if it was nobody's plan.")
    staff_id: UUID | None = points_to("StaffMember", "Who surprised the customer.")
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    store_id: UUID | None = points_to("Store", "Where, if in or for a store.")
    role_id: UUID | None = points_to("ServiceRole", "The role it was done in, where it was done in one.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group it was done for, where it was done for one.")
    cost_minor: int | None = fact("What it cost, in minor units of its currency.")


@event("share.recorded", subject="Share", subject_field="share_id", description="A customer told others 分享.")
@dataclass(frozen=True, kw_only=True)
class ShareRecorded(Event):
    share_id: UUID = points_to("Share", "The share.")
    customer_id: UUID = points_to("Customer", "Who told others.")
    wow_moment_id: UUID | None = points_to("WowMoment", "What they told of, where it was a recorded moment.")
    medium: ShareMedium = fact("Where.")
    prompted: bool = fact("Whether somebody of the brand asked for it.")
    rewarded: bool = fact("Whether something was given for it.")
    spontaneous: bool = fact("Neither asked for nor rewarded 忍不住.")


@event(
    "referral_code.created",
    subject="ReferralCode",
    subject_field="referral_code_id",
    description="A customer got a code 推荐码 to give to friends.",
)
@dataclass(frozen=True, kw_only=True)
class ReferralCodeCreated(Event):
    referral_code_id: UUID = points_to("ReferralCode", "The code.")
    customer_id: UUID = points_to("Customer", "Whose.")
    share_id: UUID | None = points_to("Share", "The share it goes with, where it goes with one.")
    rewarded: bool = fact("Whether something is given for whoever comes by it.")


@event(
    "referral.attributed",
    subject="Referral",
    subject_field="referral_id",
    description="A new customer is known to have come through another one 转介绍.",
)
@dataclass(frozen=True, kw_only=True)
class ReferralAttributed(Event):
    referral_id: UUID = points_to("Referral", "The referral.")
    customer_id: UUID = points_to("Customer", "The new customer.")
    referrer_id: UUID = points_to("Customer", "Who brought them.")
    share_id: UUID | None = points_to("Share", "The share it is credited to, where it is to one.")
    wow_moment_id: UUID | None = points_to("WowMoment", "The moment that was told of, where one was.")
    play_id: UUID | None = points_to("WowPlay", "The play of that moment.")
    rewarded: bool = fact("Whether something was given for it.")


@event(
    "wow_moment.proposed",
    subject="DueWowMoment",
    subject_field="due_wow_moment_id",
    description="Something happened because of which a customer is to be surprised 待制造惊喜.",
)
@dataclass(frozen=True, kw_only=True)
class WowMomentProposed(Event):
    due_wow_moment_id: UUID = points_to("DueWowMoment", "What is to be made.")
    customer_id: UUID = points_to("Customer", "Whom.")
    play_id: UUID = points_to("WowPlay", "By which play.")
    occasion: WowOccasion = fact("What it is for.")
    due_at: datetime = fact("By when.")


@event(
    "due_wow_moment.settled",
    subject="DueWowMoment",
    subject_field="due_wow_moment_id",
    description="A moment that fell due was made, has lapsed, or was withdrawn.",
)
@dataclass(frozen=True, kw_only=True)
class DueWowMomentSettled(Event):
    due_wow_moment_id: UUID = points_to("DueWowMoment", "Which one.")
    customer_id: UUID = points_to("Customer", "Whom it was for.")
    play_id: UUID = points_to("WowPlay", "The play.")
    state: DueState = fact("What became of it.")
    wow_moment_id: UUID | None = points_to("WowMoment", "The moment as it was made, where it was.")
