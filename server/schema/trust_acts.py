"""Moving a trust account by hand, and taking back what was posted in error."""

import strawberry

from server.access.permissions import Permission
from server.customers.visibility import require_visible
from server.db.work import Work
from server.planner.declarations import ref, value
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.trust import TrustAccount, TrustEntry
from server.trust import adjusting, reversing
from server.trust.commands import AdjustTrust, ReverseTrustEntry
from server.trust.entry_terms import ReversalGround


@strawberry.input(description="Move a trust account by hand. Give exactly one of deposit and withdrawal.")
class AdjustTrustInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose account.")
    deposit: int | None = strawberry.field(
        default=None, description="Points to deposit, 1 to 30. Never for a discount: that buys a conversion, not trust."
    )
    withdrawal: int | None = strawberry.field(default=None, description="Points to withdraw, 1 to 50.")
    severity_bp: int | None = strawberry.field(
        default=None,
        description="How deep the withdrawal creases the account, in basis points: 10,000 is deepest. Without it, not at "
        "all.",
    )
    reason: str = strawberry.field(description="Why, in your own words; 1 to 500 characters. Kept as the entry's note.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What an adjustment answers.")
class AdjustTrustPayload(Payload):
    trust_account: TrustAccount | None = value(description="The account after it.")
    trust_entry: TrustEntry | None = value(description="The new entry.")


@mutation(
    Permission.TRUST_ADJUST,
    description="Deposit to or withdraw from a customer's trust account by hand 人工调整, with a reason that is kept.",
)
async def adjust_trust(work: Work, input: AdjustTrustInput) -> AdjustTrustPayload:
    customer_id = await id_of(work, "Customer", input.customer_id, "customer_id")
    command = AdjustTrust(
        customer_id=customer_id,
        deposit=input.deposit,
        withdrawal=input.withdrawal,
        severity_bp=input.severity_bp,
        reason=input.reason,
    )
    await require_visible(work, command.customer_id, "customer_id")
    entry = await adjusting.adjust_trust(work, command)
    return AdjustTrustPayload(trust_account=ref(entry.account_id), trust_entry=ref(entry.id))


@strawberry.input(description="Take back an entry that was posted in error.")
class ReverseTrustEntryInput:
    entry_id: strawberry.ID = strawberry.field(description="Which entry.")
    ground: ReversalGround = strawberry.field(
        description="Why it was an error. That a breach was forgiven or made good is no ground: it happened."
    )
    reason: str = strawberry.field(description="In your own words; 1 to 500 characters. Kept as the reversal's note.")
    evidence: str | None = strawberry.field(
        default=None,
        description="What proves it, 1 to 4,000 characters; required to take back a breach. Empty after erasure.",
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What a reversal answers.")
class ReverseTrustEntryPayload(Payload):
    trust_account: TrustAccount | None = value(description="The account after it.")
    trust_entry: TrustEntry | None = value(description="The reversal. The entry taken back stays as it is.")


@mutation(
    Permission.TRUST_MANAGE,
    description="Take back an entry that was posted in error 冲正: once, and for good. Its amount comes back and its crease is "
    "void. A breach the platform measured itself stands, save where it concerned another customer.",
)
async def reverse_trust_entry(work: Work, input: ReverseTrustEntryInput) -> ReverseTrustEntryPayload:
    command = ReverseTrustEntry(
        entry_id=await id_of(work, "TrustEntry", input.entry_id, "entry_id"),
        ground=input.ground,
        reason=input.reason,
        evidence=input.evidence,
    )
    wrong = await reversing.entry_named(work, command.entry_id)
    await require_visible(work, wrong.customer_id, "entry_id")
    entry = await reversing.reverse_trust_entry(work, command)
    return ReverseTrustEntryPayload(trust_account=ref(entry.account_id), trust_entry=ref(entry.id))
