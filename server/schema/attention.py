"""Attention 注意力: the verdict on a contact, the policy it follows, and the refusal that says when to come again."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.errors import DomainError
from server.operations.purposes import Purpose, PurposeClass
from server.planner.declarations import argument, computed, ref, value
from server.schema.user_errors import UserError, common, user_error_for
from server.terms import Locale
from server.touchpoints.attention import setting, texts
from server.touchpoints.attention.errors import AttentionRefused as Refused
from server.touchpoints.attention.facts import AttentionExemption, Finding, Verdict
from server.touchpoints.attention.policies import PolicyInForce
from server.touchpoints.attention.verdicts import verdicts
from server.touchpoints.attention_policies import AttentionPreset, AttentionReason, QuietDay
from server.touchpoints.media import Medium

if TYPE_CHECKING:
    from server.schema.reservations import ContactReservation
    from server.schema.staff import StaffMember
    from server.schema.touchpoints import Touchpoint


@strawberry.type(description="One reason why a contact is not welcome, with its figures.")
class AttentionFinding:
    code: AttentionReason = value(description="Which reason.")
    label: str = value(
        get=lambda finding, call: finding.code.label(call.locale), description="The reason in the caller's language."
    )
    message: str = value(
        get=lambda finding, call: texts.of_finding(finding, call.locale),
        description="The reason in a sentence with its figures, in the caller's language.",
    )
    until: datetime | None = value(description="When it ends by itself; null where time does not lift it.")
    limit: int | None = value(description="Units the budget holds, or contacts the platform allows.")
    used: int | None = value(description="Units spent of it, or ignored contacts in a row.")
    days: int | None = value(description="Over how many days the budget counts.")
    hours: int | None = value(description="How many hours must lie between contacts.")


@strawberry.type(description="What spent a customer's attention: a contact, or one that is reserved.")
class AttentionSpend:
    at: datetime = value(description="When.")
    purpose: Purpose = value(description="What for.")
    medium: Medium = value(description="Through what.")
    units: int = value(description="Attention units.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = value(
        get=lambda spend, call: ref(spend.staff_id), description="Who; null where no person was involved."
    )
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = value(
        get=lambda spend, call: ref(spend.touchpoint_id), description="The contact, where it was made."
    )
    reservation: Annotated["ContactReservation", strawberry.lazy("server.schema.reservations")] | None = value(
        get=lambda spend, call: ref(spend.reservation_id), description="The reservation, where it is open."
    )


@strawberry.type(
    description="Whether a customer welcomes a contact now 触达判断, and everything there is to say about it."
)
class AttentionVerdict:
    welcome: bool = value(description="Whether the contact would be let through now.")
    remaining: int | None = value(
        description="Attention units left for this purpose; null where it is not counted, as safety notices are not."
    )
    units: int = value(description="What the contact would cost: 0 where it is exempt.")
    exemption: AttentionExemption | None = value(description="Why it would cost nothing; null where it would.")
    next_welcome_at: datetime | None = value(
        description="The earliest moment at which no time-bound reason applies, if nobody contacts the customer until "
        "then. Null where none applies now, where only the customer can lift a reason, and where the policy never allows it."
    )
    reasons: list[AttentionFinding] = value(
        get=lambda verdict, call: list(verdict.findings),
        description="Every reason against it, in a fixed order. Marketing must match a need or tag that the contact names; "
        "here, where nothing is named, NOT_RELEVANT says that the customer has none.",
    )
    spent_by: list[AttentionSpend] = value(
        get=lambda verdict, call: list(verdict.spent),
        description="What spent the budgets this purpose draws on, over all staff, roles and media: the newest first, at "
        "most 20.",
    )


async def _attention(
    reader: Reader, rows: Sequence[Any], purpose: Purpose, medium: Medium = Medium.WECOM_CHAT
) -> list[Verdict]:
    return await verdicts(reader, [UUID(row.id) for row in rows], purpose=purpose, medium=medium)


def attention_of(customer_id: Any) -> Any:
    """The field of whatever has the column of a customer's id."""
    return computed(
        _attention,
        needs={"id": customer_id},
        arguments=(
            argument("purpose", Purpose, "What the contact would be for."),
            argument("medium", Medium, "Through what.", default=Medium.WECOM_CHAT),
        ),
        permission=Permission.TOUCHPOINT_READ,
        description="Whether a contact is welcome now 触达判断: over all staff, roles and media together, with every reason "
        "against it, what is left, who spent it, and when it is welcome again.",
    )


@strawberry.type(
    description="The customer does not welcome the contact now 触达被拒: every reason, what is left, and when it is welcome "
    "again."
)
class AttentionRefused(UserError):
    purpose: Purpose = value(description="What it was for.")
    medium: Medium = value(description="Through what.")
    reasons: list[AttentionFinding] = value(description="Every reason against it, in a fixed order.")
    next_welcome_at: datetime | None = value(
        description="The earliest moment at which no time-bound reason applies; null where none does, where only the "
        "customer can lift one, and where the policy never allows it."
    )
    remaining: int | None = value(description="Attention units left for this purpose.")


@user_error_for(Refused)
def _attention_refused(refusal: DomainError, locale: Locale) -> UserError:
    facts: dict[str, Any] = refusal.facts
    verdict: Verdict = facts["verdict"]
    findings: list[Any] = [_told(finding, locale) for finding in verdict.findings]
    return AttentionRefused(
        purpose=facts["purpose"],
        medium=facts["medium"],
        reasons=findings,
        next_welcome_at=verdict.next_welcome_at,
        remaining=verdict.remaining,
        **common(refusal, locale),
    )


def _told(finding: Finding, locale: Locale) -> AttentionFinding:
    return AttentionFinding(
        code=finding.code,
        label=finding.code.label(locale),
        message=texts.of_finding(finding, locale),
        until=finding.until,
        limit=finding.limit,
        used=finding.used,
        days=finding.days,
        hours=finding.hours,
    )


# ----------------------------------------------------------------------------------------------------------- the policy


@strawberry.type(
    description="From the evening to the morning after, by the customer's own clock, and whole quiet days."
)
class AttentionQuietHours:
    start: str = value(description="From when on, `HH:MM`.")
    end: str = value(description="Until when, `HH:MM`. Earlier than `start` where the night lies between.")
    also: list[QuietDay] = value(
        description="Days that are quiet altogether. Public holidays are the days on which the brand is closed.",
    )


@strawberry.type(description="How many units a class of purposes may cost, and how far apart.")
class AttentionClassBudget:
    purpose_class: PurposeClass = value(description="The class of purposes.")
    max: int = value(description="Units within the policy's window.")
    gap_hours: int = value(description="Hours that must lie between two contacts of the class.")


@strawberry.type(description="How many units one purpose may cost, within what its class may.")
class AttentionPurposeBudget:
    purpose: Purpose = value(description="The purpose.")
    max: int = value(description="Units within the window.")
    gap_hours: int | None = value(
        description="Hours that must lie between two contacts of the purpose; null: as its class has it."
    )
    window_days: int | None = value(description="Days of its own window; null: that of the policy.")


@strawberry.type(description="How gaps grow while contacts are ignored.")
class AttentionBackOff:
    after_ignored: int = value(description="From so many ignored contacts in a row on.")
    gap_multiplier: int = value(description="Every further one multiplies the gaps by this.")
    max_multiplier: int = value(description="No more than this.")


@strawberry.type(
    description="How often a customer may be contacted unasked 注意力政策: over all staff, roles, stores and media together."
)
class AttentionPolicy:
    version: int = value(description="1 is the default of the business type; it grows with every change.")
    preset: AttentionPreset | None = value(description="The preset it was taken from; null for none.")
    window_days: int = value(description="Over how many days units are counted.")
    total: int = value(description="Units in the window, all purposes inside the total together.")
    min_gap_hours: int = value(description="Hours that must lie between two contacts inside the total.")
    quiet_hours: AttentionQuietHours | None = value(description="When nobody is disturbed; null: no such hours.")
    by_class: list[AttentionClassBudget] = value(description="The budget of each class of purposes.")
    by_purpose: list[AttentionPurposeBudget] = value(description="Purposes with a budget of their own.")
    outside_total: list[PurposeClass] = value(
        description="Classes that have their own budget and do not spend the total.",
    )
    company_total: int | None = value(
        description="Units of all of a company's people together; budgets and gaps then hold for each person. Null: a "
        "company counts as one customer.",
    )
    reply_window_hours: int = value(
        description="Hours within which an answer on the purpose the customer asked about costs nothing.",
    )
    appointment_exempt_hours: int = value(
        description="Hours before a visit or delivery in which its owner's contact about it costs nothing.",
    )
    reservation_minutes: int = value(description="How long a reserved contact is held.")
    ignored_after_hours: int = value(
        description="Hours after which a delivered contact without a reaction counts as ignored, on media that can show an "
        "opening.",
    )
    back_off: AttentionBackOff = value(description="How ignored contacts slow the next ones.")
    bait_unit_multiplier: int = value(description="How many times its units a contact counts that misled.")


def shown(policy: PolicyInForce) -> AttentionPolicy:
    """As the API tells it; an answer that is kept under an idempotency key holds types of the schema only."""
    budget, common_, quiet = policy.budget, policy.common, policy.budget.quiet_hours
    classes, purposes, back_off = budget.by_class, budget.by_purpose, policy.common.back_off
    return AttentionPolicy(
        version=policy.version,
        preset=policy.preset,
        window_days=budget.window_days,
        total=budget.total,
        min_gap_hours=budget.min_gap_hours,
        quiet_hours=None
        if quiet is None
        else AttentionQuietHours(
            start=f"{quiet.start:%H:%M}", end=f"{quiet.end:%H:%M}", also=[day for day in QuietDay if day in quiet.also]
        ),
        by_class=[
            AttentionClassBudget(purpose_class=one, max=classes[one].max, gap_hours=classes[one].gap_hours)
            for one in PurposeClass
            if one in classes
        ],
        by_purpose=[
            AttentionPurposeBudget(
                purpose=one,
                max=purposes[one].max,
                gap_hours=purposes[one].gap_hours,
                window_days=purposes[one].window_days,
            )
            for one in Purpose
            if one in purposes
        ],
        outside_total=[one for one in PurposeClass if one in budget.outside_total],
        company_total=budget.company_total,
        reply_window_hours=common_.reply_window_hours,
        appointment_exempt_hours=common_.appointment_exempt_hours,
        reservation_minutes=common_.reservation_minutes,
        ignored_after_hours=common_.ignored_after_hours,
        back_off=AttentionBackOff(
            after_ignored=back_off.after_ignored,
            gap_multiplier=back_off.gap_multiplier,
            max_multiplier=back_off.max_multiplier,
        ),
        bait_unit_multiplier=common_.bait_unit_multiplier,
    )


async def _policy(reader: Reader, rows: Sequence[Any]) -> list[AttentionPolicy]:
    return [shown(await setting.policy_in_force(reader))]


@strawberry.type
class AttentionQueries:
    attention_policy: AttentionPolicy = computed(
        _policy,
        permission=Permission.TENANT_READ,
        description="How often customers may be contacted 注意力政策: the default of the business type until the brand says "
        "otherwise.",
    )
