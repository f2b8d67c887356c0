"""The brand's trust policy: how accounts open, what moves them, what a breach leaves behind, who is near leaving."""

from collections.abc import Sequence
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.work import Work
from server.planner.declarations import computed, value
from server.schema.mutations import Payload, idempotency_key, mutation
from server.trust import policy as policies
from server.trust import setting
from server.trust.commands import SetTrustPolicy, WorthGiven
from server.trust.policies import policy_in_force
from server.trust.policy import FLOOR, HUNDREDTHS
from server.trust.reasons import TrustReason


@strawberry.type(description="At most so many postings of a reason count for one customer.")
class TrustCap:
    max: int = value(description="How many.")
    days: int = value(description="Within so many days, by the time of recording.")


@strawberry.type(description="What one posting of a reason is worth under the policy.")
class TrustWorth:
    reason: TrustReason = value(description="The reason.")
    points: int = value(
        description="Points, negative for a withdrawal; 0: shown in the account, worth nothing by rule."
    )
    severity_bp: int | None = value(
        description="How deep it creases, in basis points: 10,000 is deepest. Null where it does not."
    )
    cap: TrustCap | None = value(description="How often it counts; null: without limit.")
    own: bool = value(description="Whether the brand has said so; otherwise it is what every brand starts with.")


@strawberry.type(description="How the brand's trust accounts are kept. Points are whole numbers here.")
class TrustPolicy:
    version: int = value(description="Give it as `expectedVersion` when changing it; 0 while nothing was ever said.")
    opening_balance: int = value(description="What a new account opens with.")
    opening_ceiling: int = value(description="The highest balance a new account can reach.")
    floor: int = value(description="No withdrawal takes a balance lower: 0, for every brand.")
    minimum_ceiling: int = value(description="No crease takes a ceiling lower.")
    crease_rate_bp: int = value(
        description="How much of the ceiling a breach of full severity takes for good, in basis points."
    )
    daily_deposit_cap: int = value(
        description="What all deposits of one day of the brand's can add to an account; interest apart."
    )
    interest_rate_bp: int = value(
        description="What a calendar month without a withdrawal earns on its lowest balance, in basis points."
    )
    leaving_balance_below: int = value(description="Below this balance a customer is near leaving.")
    leaving_withdrawals: int = value(description="With so many withdrawals in `leavingWithdrawalDays` they are, too.")
    leaving_withdrawal_days: int = value(description="The days in which withdrawals are counted.")
    leaving_ceiling_below: int = value(
        description="With a ceiling below this they are, if the balance is lower than `leavingFallingDays` ago."
    )
    leaving_falling_days: int = value(description="The days over which the balance has been falling.")
    worths: list[TrustWorth] = value(description="Every reason whose points a rule says.")


_POINTS = (
    "opening_balance",
    "opening_ceiling",
    "minimum_ceiling",
    "daily_deposit_cap",
    "leaving_balance_below",
    "leaving_ceiling_below",
)
_PLAIN = (
    "version",
    "crease_rate_bp",
    "interest_rate_bp",
    "leaving_withdrawals",
    "leaving_withdrawal_days",
    "leaving_falling_days",
)


def _shown(policy: policies.TrustPolicy) -> TrustPolicy:
    return TrustPolicy(
        **{name: getattr(policy, name) // HUNDREDTHS for name in _POINTS},
        **{name: getattr(policy, name) for name in _PLAIN},
        floor=FLOOR,
        worths=[_worth(policy, reason) for reason in TrustReason if reason.rule.amount is not None],
    )


def _worth(policy: policies.TrustPolicy, reason: TrustReason) -> TrustWorth:
    worth, cap = policy.worth(reason), reason.rule.cap
    return TrustWorth(
        reason=reason,
        points=worth.claimed // HUNDREDTHS,
        severity_bp=worth.severity_bp,
        cap=None if cap is None else TrustCap(max=cap.max, days=cap.days),
        own=reason in policy.own_worths,
    )


async def _policy(reader: Reader, rows: Sequence[Any]) -> list[TrustPolicy]:
    return [_shown(await policy_in_force(reader))]


@strawberry.type
class TrustPolicyQueries:
    trust_policy: TrustPolicy = computed(
        _policy,
        permission=Permission.TRUST_READ,
        description="How the brand's trust accounts are kept 信任账户规则.",
    )


@strawberry.input(description="What one reason is worth to the brand. What is left out is as every brand starts with.")
class TrustWorthInput:
    reason: TrustReason = strawberry.field(
        description="The reason; none that is worth nothing by rule, computed, or given by hand."
    )
    points: int | None = strawberry.field(
        default=None, description="Whole points, up to 1,000, on the side of zero where the reason stands."
    )
    severity_bp: int | None = strawberry.field(
        default=None, description="How deep a withdrawal creases, from 0 to 10,000 basis points."
    )


@strawberry.input(description="What changes of the policy; what is left out stays. Points are whole numbers, from 0.")
class SetTrustPolicyInput:
    opening_balance: int | None = strawberry.field(default=None, description="What a new account opens with.")
    opening_ceiling: int | None = strawberry.field(default=None, description="The ceiling of a new account.")
    minimum_ceiling: int | None = strawberry.field(default=None, description="No crease takes a ceiling lower.")
    crease_rate_bp: int | None = strawberry.field(
        default=None, description="Of the ceiling, by a breach of full severity: 0 to 10,000 basis points."
    )
    daily_deposit_cap: int | None = strawberry.field(default=None, description="What deposits can add in one day.")
    interest_rate_bp: int | None = strawberry.field(default=None, description="A month: 0 to 10,000 basis points.")
    leaving_balance_below: int | None = strawberry.field(default=None, description="The mark of a low balance.")
    leaving_withdrawals: int | None = strawberry.field(default=None, description="Withdrawals, 1 to 100.")
    leaving_withdrawal_days: int | None = strawberry.field(default=None, description="In so many days, 1 to 366.")
    leaving_ceiling_below: int | None = strawberry.field(default=None, description="The mark of a low ceiling.")
    leaving_falling_days: int | None = strawberry.field(default=None, description="Over so many days, 1 to 366.")
    worths: list[TrustWorthInput] | None = strawberry.field(
        default=None, description="What reasons are worth; those not named stay."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the policy is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class SetTrustPolicyPayload(Payload):
    trust_policy: TrustPolicy | None = value(description="The policy as it is now.")


@mutation(
    Permission.TRUST_MANAGE,
    description="Change how the brand's trust accounts are kept, from now on: a new version. What was posted stays, open "
    "accounts keep balance and ceiling. Discounts and asked-for shares are worth nothing, whatever a brand says.",
)
async def set_trust_policy(work: Work, input: SetTrustPolicyInput) -> SetTrustPolicyPayload:
    given = {name: getattr(input, name) for name in (*_POINTS, *_PLAIN) if name != "version"}
    in_hundredths = {name: None if given[name] is None else given[name] * HUNDREDTHS for name in _POINTS}
    command = SetTrustPolicy(
        **{**given, **in_hundredths},
        worths=tuple(
            WorthGiven(reason=worth.reason, points=worth.points, severity_bp=worth.severity_bp)
            for worth in input.worths or ()
        ),
        expected_version=input.expected_version,
    )
    return SetTrustPolicyPayload(trust_policy=_shown(await setting.set_trust_policy(work, command)))
