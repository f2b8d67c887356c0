"""How often a customer may be contacted: the policies a tenant starts with, by business type, and one preset.

Data only; the rules that weigh a contact are elsewhere. All of it is tenant-adjustable. Counted are outbound contacts
the customer did not ask for, of all staff, roles and media together, in units of the medium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from types import MappingProxyType

from server.customers.consent_scopes import ConsentScope
from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType
from server.terms import Term
from server.touchpoints.outcomes import Outcome


class AttentionReason(Term):
    """Why a contact is not welcome, in the order in which reasons are given. A verdict lists all that apply."""

    OPTED_OUT = "OPTED_OUT", "The customer opted out", "客户已拒收"
    NO_CONSENT = "NO_CONSENT", "No consent", "未取得同意"
    ERASED_OR_BLOCKED = "ERASED_OR_BLOCKED", "Erased, or blocked us", "已删除资料或已拉黑"
    OUT_OF_BOUNDARY = "OUT_OF_BOUNDARY", "Outside the role's boundary", "超出服务边界"
    QUIET_HOURS = "QUIET_HOURS", "Quiet hours", "免打扰时段"
    PLATFORM_CAP = "PLATFORM_CAP", "Platform limit reached", "平台次数已满"
    PURPOSE_BUDGET = "PURPOSE_BUDGET", "Budget of this purpose spent", "该目的额度已用完"
    TOTAL_BUDGET = "TOTAL_BUDGET", "Total budget spent", "总额度已用完"
    GAP = "GAP", "Too soon after the last contact", "距上次联系太近"
    BACK_OFF = "BACK_OFF", "Recent contacts were ignored", "近期联系被忽略，放慢节奏"
    NOT_RELEVANT = "NOT_RELEVANT", "Matches no need or tag", "与需求和标签不匹配"


class QuietDay(Term):
    """Days that are quiet from morning to night."""

    SATURDAY = "SATURDAY", "Saturdays", "周六"
    SUNDAY = "SUNDAY", "Sundays", "周日"
    PUBLIC_HOLIDAYS = "PUBLIC_HOLIDAYS", "Public holidays", "法定节假日"


@dataclass(frozen=True)
class QuietHours:
    """From the evening to the morning after, in the customer's time zone, and whole quiet days."""

    start: time
    end: time
    also: frozenset[QuietDay] = frozenset()


@dataclass(frozen=True)
class ClassBudget:
    """At most `max` units of a purpose class in the policy's window, `gap_hours` apart."""

    max: int
    gap_hours: int


@dataclass(frozen=True)
class PurposeBudget:
    """At most `max` units of one purpose. Without its own, the gap of its class and the window of the policy hold."""

    max: int
    gap_hours: int | None = None
    window_days: int | None = None


@dataclass(frozen=True)
class BackOff:
    """After so many ignored contacts in a row the gap grows, up to a limit, until the customer shows interest again."""

    after_ignored: int
    gap_multiplier: int
    max_multiplier: int
    reset_by: frozenset[Outcome]
    reset_by_inbound: bool
    """A contact the customer begins ends the run too."""


@dataclass(frozen=True)
class GroupChatBudget:
    """What one customer group takes. A mention spends the mentioned customer's units."""

    max_posts_per_day: int
    max_posts_per_7_days: int
    promotion_posts_per_7_days: int
    mention_counts_unit: int


@dataclass(frozen=True)
class MomentsBudget:
    """What the customers' moments feed takes."""

    max_per_day: int
    max_per_30_days: int


@dataclass(frozen=True)
class CommonAttention:
    """What holds for every business type."""

    reply_window_hours: int
    """A reply within it, on the purpose of the customer's own contact, costs nothing; marketing is never a reply."""
    appointment_exempt_hours: int
    """The owner's contact about an appointment or delivery due within it costs nothing."""
    reservation_minutes: int
    ignored_after_hours: int
    back_off: BackOff
    bait_unit_multiplier: int
    relevance_required: frozenset[PurposeClass]
    """Classes whose contacts must match a need or tag: by the segment, item or tag the contact names."""
    consent_required: Mapping[PurposeClass, ConsentScope]
    quiet_hours_apply_to: frozenset[PurposeClass]
    """Service replies and legal notices pass."""
    group_chat: GroupChatBudget
    moments: MomentsBudget


@dataclass(frozen=True)
class AttentionPolicy:
    """The budget of one customer: units in all, per purpose class and per purpose, over a rolling window."""

    window_days: int
    total: int
    min_gap_hours: int
    quiet_hours: QuietHours | None
    by_class: Mapping[PurposeClass, ClassBudget]
    by_purpose: Mapping[Purpose, PurposeBudget]
    outside_total: frozenset[PurposeClass]
    """Classes with a budget of their own that do not spend the total."""
    company_total: int | None = None
    """For companies: the budget is per person, with this second total per company."""


COMMON_ATTENTION = CommonAttention(
    reply_window_hours=48,
    appointment_exempt_hours=48,
    reservation_minutes=15,
    ignored_after_hours=72,
    back_off=BackOff(
        after_ignored=2,
        gap_multiplier=2,
        max_multiplier=8,
        reset_by=frozenset({Outcome.OPENED, Outcome.CLICKED, Outcome.REPLIED}),
        reset_by_inbound=True,
    ),
    bait_unit_multiplier=2,
    relevance_required=frozenset({PurposeClass.MARKETING}),
    consent_required=MappingProxyType({PurposeClass.MARKETING: ConsentScope.MARKETING}),
    quiet_hours_apply_to=frozenset(
        {PurposeClass.TRANSACTION, PurposeClass.CARE, PurposeClass.RELATION, PurposeClass.MARKETING}
    ),
    group_chat=GroupChatBudget(
        max_posts_per_day=3, max_posts_per_7_days=12, promotion_posts_per_7_days=3, mention_counts_unit=1
    ),
    moments=MomentsBudget(max_per_day=1, max_per_30_days=12),
)

_OWN_BUDGET = frozenset({PurposeClass.SERVICE, PurposeClass.TRANSACTION})

ATTENTION_POLICIES: Mapping[BusinessType, AttentionPolicy] = MappingProxyType(
    {
        BusinessType.LOW_PRICE_B2C: AttentionPolicy(
            window_days=30,
            total=6,
            min_gap_hours=72,
            quiet_hours=QuietHours(time(21, 30), time(9, 0)),
            by_class=MappingProxyType(
                {
                    PurposeClass.SERVICE: ClassBudget(max=6, gap_hours=4),
                    PurposeClass.TRANSACTION: ClassBudget(max=6, gap_hours=4),
                    PurposeClass.CARE: ClassBudget(max=3, gap_hours=72),
                    PurposeClass.RELATION: ClassBudget(max=3, gap_hours=72),
                    PurposeClass.MARKETING: ClassBudget(max=4, gap_hours=120),
                }
            ),
            by_purpose=MappingProxyType(
                {
                    Purpose.PROMOTION: PurposeBudget(max=2, gap_hours=168),
                    Purpose.CONTENT: PurposeBudget(max=3, gap_hours=120),
                    Purpose.REPURCHASE: PurposeBudget(max=2, gap_hours=168),
                    Purpose.SATISFACTION_SURVEY: PurposeBudget(max=1, window_days=90),
                    Purpose.REFERRAL_INVITATION: PurposeBudget(max=1, window_days=90),
                }
            ),
            outside_total=_OWN_BUDGET,
        ),
        BusinessType.HIGH_PRICE_B2C: AttentionPolicy(
            window_days=30,
            total=8,
            min_gap_hours=48,
            quiet_hours=QuietHours(time(21, 0), time(9, 0)),
            by_class=MappingProxyType(
                {
                    PurposeClass.SERVICE: ClassBudget(max=12, gap_hours=4),
                    PurposeClass.TRANSACTION: ClassBudget(max=12, gap_hours=2),
                    PurposeClass.CARE: ClassBudget(max=6, gap_hours=20),
                    PurposeClass.RELATION: ClassBudget(max=3, gap_hours=72),
                    PurposeClass.MARKETING: ClassBudget(max=2, gap_hours=168),
                }
            ),
            by_purpose=MappingProxyType(
                {
                    Purpose.PROMOTION: PurposeBudget(max=1, gap_hours=336),
                    Purpose.CONTENT: PurposeBudget(max=2, gap_hours=168),
                    Purpose.REPURCHASE: PurposeBudget(max=1, gap_hours=336),
                    Purpose.SATISFACTION_SURVEY: PurposeBudget(max=1, window_days=60),
                    Purpose.REFERRAL_INVITATION: PurposeBudget(max=1, window_days=90),
                }
            ),
            outside_total=_OWN_BUDGET,
        ),
        BusinessType.B2B: AttentionPolicy(
            window_days=30,
            total=8,
            min_gap_hours=48,
            quiet_hours=QuietHours(time(18, 30), time(9, 0), frozenset(QuietDay)),
            by_class=MappingProxyType(
                {
                    PurposeClass.SERVICE: ClassBudget(max=15, gap_hours=2),
                    PurposeClass.TRANSACTION: ClassBudget(max=15, gap_hours=2),
                    PurposeClass.CARE: ClassBudget(max=6, gap_hours=24),
                    PurposeClass.RELATION: ClassBudget(max=3, gap_hours=168),
                    PurposeClass.MARKETING: ClassBudget(max=3, gap_hours=168),
                }
            ),
            by_purpose=MappingProxyType(
                {
                    Purpose.PROMOTION: PurposeBudget(max=1, gap_hours=336),
                    Purpose.CONTENT: PurposeBudget(max=2, gap_hours=168),
                    Purpose.REPURCHASE: PurposeBudget(max=2, gap_hours=168),
                    Purpose.SATISFACTION_SURVEY: PurposeBudget(max=1, window_days=90),
                    Purpose.REFERRAL_INVITATION: PurposeBudget(max=1, window_days=180),
                }
            ),
            outside_total=_OWN_BUDGET,
            company_total=20,
        ),
    }
)


class AttentionPreset(Term):
    """A policy a tenant may take instead of the one of its business type."""

    LOW_FREQUENCY_ONE_TO_ONE = (
        "LOW_FREQUENCY_ONE_TO_ONE",
        "One to one, low frequency",
        "1V1低频",
        "Few contacts, one to one: at most two units in 30 days, two weeks apart.",
    )


_LOW_PRICE = ATTENTION_POLICIES[BusinessType.LOW_PRICE_B2C]

ATTENTION_PRESETS: Mapping[AttentionPreset, AttentionPolicy] = MappingProxyType(
    {
        AttentionPreset.LOW_FREQUENCY_ONE_TO_ONE: replace(
            _LOW_PRICE,
            total=2,
            min_gap_hours=336,
            by_purpose=MappingProxyType(
                {
                    **_LOW_PRICE.by_purpose,
                    Purpose.PROMOTION: PurposeBudget(max=1, gap_hours=720),
                    Purpose.CONTENT: PurposeBudget(max=1, gap_hours=336),
                }
            ),
        )
    }
)
"""Each is complete: what the preset does not say comes from the policy it is based on (LOW_PRICE_B2C)."""
