"""The acts on attention 注意力: the policy is set, contacts are reserved and given back."""

from datetime import time
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.errors import DomainError, Invalid
from server.operations.purposes import Purpose, PurposeClass
from server.planner.declarations import ref, value
from server.schema.attention import AttentionPolicy, shown
from server.schema.boundaries import boundary_override_reason
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.reservations import ContactReservation, attention_override_reason
from server.touchpoints import reservations
from server.touchpoints.attention import commands, setting
from server.touchpoints.attention_policies import AttentionPreset, QuietDay
from server.touchpoints.commands import ReleaseContact, ReserveContact
from server.touchpoints.media import Medium


@strawberry.input(description="From the evening to the morning after, by the customer's own clock.")
class QuietHoursInput:
    start: str = strawberry.field(description="From when on, `HH:MM`.")
    end: str = strawberry.field(
        description="Until when, `HH:MM`, another time than `start`; earlier than it where the night lies between."
    )
    also: list[QuietDay] = strawberry.field(
        default_factory=list,
        description="Days that are quiet altogether. Public holidays are the days on which the brand is closed.",
    )


@strawberry.input(description="How many units a class of purposes may cost, and how far apart.")
class AttentionClassBudgetInput:
    purpose_class: PurposeClass = strawberry.field(description="The class; legal notices have no budget.")
    max: int = strawberry.field(description="Units within the policy's window, 0 to 1,000.")
    gap_hours: int = strawberry.field(description="Hours that must lie between two contacts of the class, 0 to 8,784.")


@strawberry.input(description="How many units one purpose may cost, within what its class may.")
class AttentionPurposeBudgetInput:
    purpose: Purpose = strawberry.field(description="The purpose; legal notices have no budget.")
    max: int = strawberry.field(description="Units within the window, 0 to 1,000.")
    gap_hours: int | None = strawberry.field(
        default=None, description="Hours that must lie between two contacts; null: as its class has it."
    )
    window_days: int | None = strawberry.field(
        default=None, description="Days of its own window, 1 to 366; null: that of the policy."
    )


@strawberry.input(description="How gaps grow while contacts are ignored.")
class AttentionBackOffInput:
    after_ignored: int = strawberry.field(description="From so many ignored contacts in a row on, at least 1.")
    gap_multiplier: int = strawberry.field(description="Every further one multiplies the gaps by this, at least 1.")
    max_multiplier: int = strawberry.field(description="No more than this, at most 100.")


@strawberry.input(
    description="How often customers may be contacted from now on. What is left out stays as it is, or as the preset has it "
    "where one is named."
)
class SetAttentionPolicyInput:
    preset: AttentionPreset | None = strawberry.field(default=None, description="Start from this preset.")
    reset: bool = strawberry.field(
        default=False, description="Start from the default of the business type; not together with a preset."
    )
    window_days: int | None = strawberry.field(
        default=None, description="Over how many days units are counted, 1 to 366."
    )
    total: int | None = strawberry.field(default=None, description="Units in the window in all, 0 to 1,000.")
    min_gap_hours: int | None = strawberry.field(
        default=None, description="Hours that must lie between two contacts inside the total, 0 to 8,784."
    )
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=strawberry.UNSET, description="When nobody is disturbed; null: no such hours."
    )
    by_class: list[AttentionClassBudgetInput] | None = strawberry.field(
        default=None, description="Budgets of the classes named; the others stay."
    )
    by_purpose: list[AttentionPurposeBudgetInput] | None = strawberry.field(
        default=None, description="All purposes with a budget of their own; those left out lose theirs."
    )
    outside_total: list[PurposeClass] | None = strawberry.field(
        default=None, description="Classes that do not spend the total."
    )
    company_total: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Units of all of a company's people together; null: a company counts as one customer.",
    )
    reply_window_hours: int | None = strawberry.field(
        default=None, description="Hours within which an answer costs nothing, 1 to 720."
    )
    appointment_exempt_hours: int | None = strawberry.field(
        default=None, description="Hours before a visit in which contacts about it cost nothing, 1 to 720."
    )
    reservation_minutes: int | None = strawberry.field(
        default=None, description="How long a reserved contact is held, 1 to 1,440."
    )
    ignored_after_hours: int | None = strawberry.field(
        default=None, description="After how long silence counts as ignored, 1 to 720."
    )
    back_off: AttentionBackOffInput | None = strawberry.field(
        default=None, description="How ignored contacts slow the next ones."
    )
    bait_unit_multiplier: int | None = strawberry.field(
        default=None, description="How many times its units a contact counts that misled, 1 to 100."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the policy is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class SetAttentionPolicyPayload(Payload):
    attention_policy: AttentionPolicy | None = value(description="The policy as it is now.")


@strawberry.input(description="A contact somebody is about to make.")
class ReserveContactInput:
    customer_id: strawberry.ID = strawberry.field(description="With whom.")
    purpose: Purpose = strawberry.field(description="What for.")
    medium: Medium = strawberry.field(description="Through what.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who makes it; the calling staff member if left out."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="A case of this customer.")
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="The item it is about. A marketing contact must match a need by its item, or a tag."
    )
    tag: str | None = strawberry.field(default=None, description="The tag of the customer that it matches.")
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a company's people, with whom; null for the company itself."
    )
    content_id: strawberry.ID | None = strawberry.field(default=None, description="The content that is to be sent.")
    boundary_override: str | None = boundary_override_reason()
    attention_override: str | None = attention_override_reason()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class ReserveContactPayload(Payload):
    reservation: ContactReservation | None = value(
        description="The reservation: commit it with `recordTouchpoint(input: { reservationId })` before it expires."
    )


@strawberry.input(description="The contact will not be made.")
class ReleaseContactInput:
    reservation_id: strawberry.ID = strawberry.field(description="The reservation.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class ReleaseContactPayload(Payload):
    reservation: ContactReservation | None = value(description="The reservation as it is now.")


@mutation(
    Permission.ATTENTION_MANAGE,
    description="Say how often customers may be contacted unasked 注意力政策. Every version is kept; contacts that were made "
    "stay made, and are counted by the new policy.",
)
async def set_attention_policy(work: Work, input: SetAttentionPolicyInput) -> SetAttentionPolicyPayload:
    if input.reset and input.preset is not None:
        raise Invalid("reset", why="Name a preset or reset, not both.", why_zh="预设与重置只能选择一项。")
    fields: dict[str, Any] = {
        name: getattr(input, name)
        for name in (
            "preset",
            "window_days",
            "total",
            "min_gap_hours",
            "reply_window_hours",
            "appointment_exempt_hours",
            "reservation_minutes",
            "ignored_after_hours",
            "bait_unit_multiplier",
            "expected_version",
        )
    }
    quiet, company = input.quiet_hours, input.company_total
    command = commands.SetAttentionPolicy(
        **fields,
        from_default=input.reset,
        quiet_hours=_quiet_hours(quiet) if quiet else None,
        without_quiet_hours=quiet is None,
        company_total=company if company is not strawberry.UNSET else None,
        without_company_total=company is None,
        by_class=None
        if input.by_class is None
        else tuple(_as(commands.ClassBudgetGiven, one) for one in input.by_class),
        by_purpose=None
        if input.by_purpose is None
        else tuple(_as(commands.PurposeBudgetGiven, one) for one in input.by_purpose),
        outside_total=None if input.outside_total is None else frozenset(input.outside_total),
        back_off=None if input.back_off is None else _as(commands.BackOffGiven, input.back_off),
    )
    return SetAttentionPolicyPayload(attention_policy=shown(await setting.set_attention_policy(work, command)))


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Reserve a contact 预留触达 before making it: its units are held, so that of two people who would spend the last "
    "one, one is refused with AttentionRefused. It ends by itself after the policy's `reservationMinutes`.",
)
async def reserve_contact(work: Work, input: ReserveContactInput) -> ReserveContactPayload:
    command = ReserveContact(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        case_id=await id_or_none(work, "Case", input.case_id, "case_id"),
        item_id=await id_or_none(work, "Item", input.item_id, "item_id"),
        contact_id=await id_or_none(work, "Contact", input.contact_id, "contact_id"),
        tag=input.tag,
        content_id=await id_or_none(work, "Content", input.content_id, "content_id"),
        medium=input.medium,
        purpose=input.purpose,
        boundary_override=input.boundary_override,
        attention_override=input.attention_override,
    )
    reservation = await reservations.reserve_contact(work, command)
    return ReserveContactPayload(reservation=ref(reservation.id))


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Give a reserved contact back: it will not be made, and its units are free again. Giving it back twice changes "
    "nothing.",
)
async def release_contact(work: Work, input: ReleaseContactInput) -> ReleaseContactPayload:
    id = await id_of(work, "ContactReservation", input.reservation_id, "reservation_id")
    return ReleaseContactPayload(
        reservation=ref((await reservations.release_contact(work, ReleaseContact(reservation_id=id))).id)
    )


def _quiet_hours(given: QuietHoursInput) -> commands.QuietHoursGiven:
    return commands.QuietHoursGiven(
        start=_of_day(given.start, "start"), end=_of_day(given.end, "end"), also=frozenset(given.also)
    )


def _of_day(text: str, field: str) -> time:
    """`HH:MM`, as a clock shows it."""
    try:
        if len(text) != len("HH:MM"):
            raise ValueError(text)
        return time.fromisoformat(text)
    except ValueError:
        raise _NotATime("quiet_hours", field) from None


class _NotATime(DomainError):
    en = "Not a time of day: HH:MM."
    zh = "不是有效的时间，应为 HH:MM。"


def _as(command: type[Any], given: Any) -> Any:
    return command(**vars(given))
