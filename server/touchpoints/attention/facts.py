"""What a verdict is made from: the contact that is asked about, and what is known of the customer at that moment.

Pure data. How it is read stands in `questions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from server.operations.purposes import Purpose
from server.terms import Term
from server.touchpoints.attention.policies import PolicyInForce
from server.touchpoints.attention_policies import AttentionReason
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome


class AttentionExemption(Term):
    """Why a contact costs nothing."""

    UNCOUNTED_MEDIUM = "UNCOUNTED_MEDIUM", "A medium that is not counted", "不计额度的媒介"
    REPLY = "REPLY", "A reply to the customer's own enquiry", "回复客户咨询"
    VISIT_DUE = "VISIT_DUE", "An appointment or delivery is due", "预约或交付在即"
    LEGAL = "LEGAL", "A safety or legal notice", "安全与法定通知"


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact somebody would make."""

    purpose: Purpose
    medium: Medium
    person_id: UUID | None = None
    """Of a company's people, who is contacted."""
    names_something: bool = False
    """Whether it says by which item or tag it concerns the customer."""
    is_planned: bool = False
    """Only looked at so far: what it will be about is not said yet."""


@dataclass(frozen=True, slots=True)
class Spend:
    """A counted contact, or a reservation that is open."""

    at: datetime
    purpose: Purpose
    medium: Medium
    units: int
    outcome: Outcome = Outcome.PENDING
    staff_id: UUID | None = None
    person_id: UUID | None = None
    touchpoint_id: UUID | None = None
    reservation_id: UUID | None = None
    until: datetime | None = None
    """When the reservation ends by itself; None for a contact."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the customer."""

    policy: PolicyInForce
    zone: ZoneInfo
    is_company: bool = False
    opted_out: bool = False
    has_consent: bool = True
    """To what the class of the purpose needs consent for; asked for those classes only."""
    erased_or_blocked: bool = False
    out_of_boundary: bool = False
    is_relevant: bool = True
    """Something named, or anything at all where nothing is named, matches a need or tag; asked for MARKETING only."""
    enquired_at: datetime | None = None
    """When the customer last reached out on this purpose."""
    heard_at: datetime | None = None
    """When the customer last reached out at all."""
    visit_due: bool = False
    """Whoever asks owns the purpose, and the customer is expected, or expects us, within the exempt hours."""
    spends: tuple[Spend, ...] = ()
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason against a contact, with its figures."""

    code: AttentionReason
    until: datetime | None = None
    """When it ends by itself; None where it does not."""
    limit: int | None = None
    """Units a budget holds, contacts a platform allows, ignored contacts in a row."""
    used: int | None = None
    days: int | None = None
    """Over how many days the budget counts."""
    hours: int | None = None
    """How many hours must lie between contacts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the contact is welcome, and everything a front end shows of it."""

    welcome: bool
    units: int
    """What the contact would cost."""
    exemption: AttentionExemption | None
    remaining: int | None
    """Units left for this purpose; None where it is not counted."""
    next_welcome_at: datetime | None
    """When no time-bound reason applies any more; None where none does now, or where time alone does not help."""
    findings: tuple[Finding, ...]
    spent: tuple[Spend, ...]
    """What spends the budgets this purpose draws on, the newest first."""

    @property
    def reasons(self) -> tuple[AttentionReason, ...]:
        return tuple(finding.code for finding in self.findings)
