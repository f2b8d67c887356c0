"""Setting the brand's policy. What was posted stays as it was posted; accounts that are open stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert

from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict, Invalid
from server.trust import watching
from server.trust.commands import SetTrustPolicy, WorthGiven
from server.trust.errors import NotTheBrandsToSay
from server.trust.events import TrustPolicySet
from server.trust.policies import NUMBERS, policy_in_force, policy_of
from server.trust.policy import HUNDREDTHS, TrustPolicy, Worth, standard_worth
from server.trust.reasons import AmountSource, TrustReason
from server.trust.tables import TrustPolicyVersion

_policies = table_of(TrustPolicyVersion)


async def set_trust_policy(work: Work, command: SetTrustPolicy) -> TrustPolicy:
    """A new version, from now on. What the command leaves out stays; saying what holds already changes nothing.

    Accounts that are open keep their balance and ceiling. Who is near leaving is judged anew in the background, where
    that changed. Raises Conflict where the policy is at another version than expected, or moved on meanwhile; Invalid and
    NotTheBrandsToSay for values that make no policy.
    """
    before = await policy_in_force(work)
    if command.expected_version not in (None, before.version):
        raise Conflict("expected_version", version=before.version)
    given = {name: getattr(command, name) for name in NUMBERS if getattr(command, name) is not None}
    numbers = {name: getattr(before, name) for name in NUMBERS} | given
    _require_sense(numbers)
    worths = dict(before.own_worths)
    for place, worth in enumerate(command.worths):
        _take(worths, worth, place)
    if numbers == {name: getattr(before, name) for name in NUMBERS} and worths == dict(before.own_worths):
        return before
    row = TrustPolicyVersion(
        version=before.version + 1,
        **numbers,
        worths={
            reason.value: {"claimed": worth.claimed, "severity_bp": worth.severity_bp}
            for reason, worth in sorted(worths.items())
        },
        staff_id=work.caller.staff_id,
    )
    if not await _inserted(work, row):
        raise Conflict("expected_version", version=(await policy_in_force(work)).version)
    work.emit(TrustPolicySet(tenant_id=work.tenant_id, policy_version=row.version, **numbers))
    after = policy_of(row.model_dump())
    if watching.judges_differently(before, after):
        await watching.judge_everyone_anew(work, after)
    return after


def _require_sense(numbers: Mapping[str, int]) -> None:
    if numbers["opening_balance"] > numbers["opening_ceiling"]:
        raise Invalid("opening_balance", why="It lies above the ceiling.", why_zh="高于上限。")
    if numbers["minimum_ceiling"] > numbers["opening_ceiling"]:
        raise Invalid("minimum_ceiling", why="It lies above the opening ceiling.", why_zh="高于开户上限。")


def _take(worths: dict[TrustReason, Worth], given: WorthGiven, place: int) -> None:
    """What the brand says of one reason. A breach stays a withdrawal, a kept word a deposit, a discount nothing."""
    rule = given.reason.rule
    if rule.source is not AmountSource.FIXED or not rule.amount:
        raise NotTheBrandsToSay("worths", place, "reason", reason=given.reason)
    standard = standard_worth(given.reason)
    points = standard.claimed if given.points is None else given.points * HUNDREDTHS
    if points == 0 or (points > 0) != (standard.claimed > 0):
        raise Invalid(
            "worths", place, "points", why="The reason stands on the other side of zero.", why_zh="分数的正负不对。"
        )
    if given.severity_bp is not None and not given.reason.is_withdrawal:
        raise Invalid("worths", place, "severity_bp", why="Only withdrawals crease.", why_zh="只有支取才留折痕。")
    severity = standard.severity_bp if given.severity_bp is None else given.severity_bp
    worths[given.reason] = Worth(points, severity)
    if worths[given.reason] == standard:
        del worths[given.reason]


async def _inserted(work: Work, row: TrustPolicyVersion) -> bool:
    """False where somebody else made this version."""
    row.tenant_id, row.recorded_at = work.tenant_id, work.now
    statement = insert(_policies).values(row.model_dump()).on_conflict_do_nothing()
    return await work.execute(statement) == 1
