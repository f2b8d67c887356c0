"""The acts of referrals: a customer gets a code to give to friends, and a new customer is credited to who brought them."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.planner.declarations import ref, value
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.referrals import Referral, ReferralCode
from server.wow_moments import referrals
from server.wow_moments.commands import AttributeReferral, CreateReferralCode


@strawberry.input(description="Whose code, and for what.")
class CreateReferralCodeInput:
    customer_id: strawberry.ID = strawberry.field(description="Who gives it to friends.")
    share_id: strawberry.ID | None = strawberry.field(
        default=None, description="A share of this customer that the code goes with."
    )
    rewarded: bool = strawberry.field(
        default=False, description="Whether something is given for whoever comes by it; then it deposits no trust."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was given out: now if left out, at most 5 minutes ahead."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class CreateReferralCodePayload(Payload):
    referral_code: ReferralCode | None = value(description="The code: new, or the one there is for just this.")


@strawberry.input(description="A new customer who came through another one.")
class AttributeReferralInput:
    customer_id: strawberry.ID = strawberry.field(description="The new customer.")
    referrer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who brought them; or give the `code`. They were a customer earlier."
    )
    code: str | None = strawberry.field(
        default=None, description="The code they came by, capitals or not; then nobody need see whose it is."
    )
    share_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The share they came through, of the 30 days before they came; if left out the one the code goes with, "
        "or the referrer's newest one in that time.",
    )
    rewarded: bool | None = strawberry.field(
        default=None, description="Whether something was given for it; what the code says if left out."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class AttributeReferralPayload(Payload):
    referral: Referral | None = value(description="The referral: new, or the one there is.")


@mutation(
    Permission.WOW_WRITE,
    description="Give a customer a code for friends 推荐码. Asked again for the same, it is the code there is.",
)
async def create_referral_code(work: Work, input: CreateReferralCodeInput) -> CreateReferralCodePayload:
    given: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "share_id": await id_or_none(work, "Share", input.share_id, "share_id"),
        "rewarded": input.rewarded,
        "occurred_at": input.occurred_at,
    }
    code = await referrals.create_referral_code(work, CreateReferralCode(**given))
    return CreateReferralCodePayload(referral_code=ref(code.id))


@mutation(
    Permission.WOW_WRITE,
    description="Credit a new customer to who brought them 转介绍归因: to the share, the moment it told of and the play of "
    "that. Once only, to a customer who was one earlier, and only where the new one came after the code or the share; without "
    "either, within 30 days of their coming. Said again it is the referral there is.",
)
async def attribute_referral(work: Work, input: AttributeReferralInput) -> AttributeReferralPayload:
    given: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "referrer_id": await id_or_none(work, "Customer", input.referrer_id, "referrer_id"),
        "code": input.code,
        "share_id": await id_or_none(work, "Share", input.share_id, "share_id"),
        "rewarded": input.rewarded,
    }
    referral = await referrals.attribute_referral(work, AttributeReferral(**given))
    return AttributeReferralPayload(referral=ref(referral.id))
