"""Through what a contact reaches the customer: the closed list of media, and what each costs and can show.

Pure data. The limits of a platform are tenant data with these defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.terms import Term
from server.touchpoints.outcomes import Outcome


class Medium(Term):
    """The way of contact."""

    WECOM_CHAT = "WECOM_CHAT", "WeCom one-to-one chat", "企微单聊"
    WECOM_MASS_SEND = (
        "WECOM_MASS_SEND",
        "WeCom mass send",
        "企微群发",
        "The platform creates a task that staff must confirm.",
    )
    WECOM_GROUP_CHAT = "WECOM_GROUP_CHAT", "Customer group chat", "客户群"
    WECOM_MOMENTS = "WECOM_MOMENTS", "Customer moments", "客户朋友圈"
    OFFICIAL_ACCOUNT = "OFFICIAL_ACCOUNT", "Official account", "公众号"
    MINI_PROGRAM = "MINI_PROGRAM", "Mini-program message", "小程序消息"
    APP_PUSH = "APP_PUSH", "App push", "App推送"
    SMS = "SMS", "Text message", "短信"
    EMAIL = "EMAIL", "E-mail", "邮件"
    PHONE = "PHONE", "Phone call", "电话"
    VIDEO_CALL = "VIDEO_CALL", "Video call", "视频通话"
    IN_PERSON = "IN_PERSON", "In person", "当面"
    PARCEL = "PARCEL", "Parcel insert", "包裹附件"
    LIVE_STREAM = "LIVE_STREAM", "Live stream", "直播"
    OTHER = "OTHER", "Other", "其他"

    @property
    def traits(self) -> MediumTraits:
        return MEDIA[self]


class SharedBudget(StrEnum):
    """Whose budget a contact spends where it costs the single customer nothing."""

    GROUP = "GROUP"
    MOMENTS = "MOMENTS"


class CapHolder(StrEnum):
    """Per whom a platform counts."""

    CUSTOMER = "CUSTOMER"


class CapSize(StrEnum):
    """How many a platform allows in the window."""

    DAYS_OF_MONTH = "DAYS_OF_MONTH"
    """As many as the calendar month has days."""


class CapWindow(StrEnum):
    """The time over which a platform counts."""

    CALENDAR_MONTH = "CALENDAR_MONTH"


@dataclass(frozen=True)
class PlatformCap:
    """A limit the platform sets, over everything the company and its staff send."""

    per: CapHolder
    max: CapSize
    window: CapWindow


@dataclass(frozen=True)
class MediumTraits:
    """What one act on a medium means."""

    broadcast: bool
    """One act reaches many receivers."""
    unit: int
    """Attention units per proactive contact and receiver."""
    observes: frozenset[Outcome]
    """The outcomes this medium can show."""
    budget_of: SharedBudget | None = None
    platform_cap: PlatformCap | None = None
    needs_staff_confirmation: bool = False


def _one_to_one(unit: int, *observes: Outcome) -> MediumTraits:
    return MediumTraits(broadcast=False, unit=unit, observes=frozenset(observes))


def _broadcast(unit: int, *observes: Outcome, budget_of: SharedBudget | None = None) -> MediumTraits:
    return MediumTraits(broadcast=True, unit=unit, observes=frozenset(observes), budget_of=budget_of)


_DELIVERED, _FAILED, _OPENED, _CLICKED = Outcome.DELIVERED, Outcome.FAILED, Outcome.OPENED, Outcome.CLICKED
_REPLIED, _IGNORED, _OPTED_OUT, _BLOCKED = Outcome.REPLIED, Outcome.IGNORED, Outcome.OPTED_OUT, Outcome.BLOCKED

MEDIA: Mapping[Medium, MediumTraits] = MappingProxyType(
    {
        Medium.WECOM_CHAT: _one_to_one(1, _DELIVERED, _REPLIED, _BLOCKED),
        Medium.WECOM_MASS_SEND: MediumTraits(
            broadcast=True,
            unit=1,
            observes=frozenset({_DELIVERED, _FAILED, _CLICKED, _REPLIED, _BLOCKED}),
            platform_cap=PlatformCap(CapHolder.CUSTOMER, CapSize.DAYS_OF_MONTH, CapWindow.CALENDAR_MONTH),
            needs_staff_confirmation=True,
        ),
        Medium.WECOM_GROUP_CHAT: _broadcast(0, _DELIVERED, _CLICKED, _REPLIED, budget_of=SharedBudget.GROUP),
        Medium.WECOM_MOMENTS: _broadcast(0, _CLICKED, _REPLIED, budget_of=SharedBudget.MOMENTS),
        Medium.OFFICIAL_ACCOUNT: _broadcast(1, _DELIVERED, _FAILED, _OPENED, _CLICKED),
        Medium.MINI_PROGRAM: _one_to_one(1, _DELIVERED, _FAILED, _OPENED, _CLICKED),
        Medium.APP_PUSH: _broadcast(1, _DELIVERED, _FAILED, _OPENED, _CLICKED),
        Medium.SMS: _broadcast(1, _DELIVERED, _FAILED, _CLICKED, _REPLIED, _OPTED_OUT),
        Medium.EMAIL: _broadcast(1, _DELIVERED, _FAILED, _OPENED, _CLICKED, _REPLIED, _OPTED_OUT),
        Medium.PHONE: _one_to_one(2, _REPLIED, _IGNORED, _OPTED_OUT),
        Medium.VIDEO_CALL: _one_to_one(2, _REPLIED, _IGNORED),
        Medium.IN_PERSON: _one_to_one(0, _REPLIED),
        Medium.PARCEL: _one_to_one(0, _DELIVERED, _CLICKED),
        Medium.LIVE_STREAM: _broadcast(0, _OPENED, _CLICKED),
        Medium.OTHER: _one_to_one(1, _DELIVERED, _REPLIED),
    }
)
