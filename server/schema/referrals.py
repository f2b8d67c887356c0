"""Who brought whom: referral codes, referrals, and the circle around a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import BooleanFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.wow_moments import circle, tables

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.wow_moments import Share, WowMoment, WowPlay


@node(
    tables.ReferralCode,
    permission=Permission.WOW_READ,
    description="A code that a customer gives to friends 推荐码: who is added with it came through them.",
)
class ReferralCode(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.ReferralCode.customer_id, description="Whose."
    )
    code: str = column(
        tables.ReferralCode.code, description="The code: 8 capital letters and digits. It tells nothing of whose it is."
    )
    share: Annotated["Share", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.ReferralCode.share_id, description="The share it goes with; null for none in particular."
    )
    rewarded: bool = column(
        tables.ReferralCode.rewarded,
        description="Whether something is given for whoever comes by it; then it deposits no trust.",
    )
    occurred_at: datetime = column(
        tables.ReferralCode.occurred_at, description="When it was given out: nobody came by it before."
    )
    recorded_at: datetime = column(tables.ReferralCode.recorded_at, description="When it was recorded here.")


REFERRAL_CODE_ORDERS = orders("ReferralCode", OCCURRED_AT=tables.ReferralCode.occurred_at)


@node(
    tables.Referral,
    permission=Permission.WOW_READ,
    description="A new customer who came through another one 转介绍. Staff see it where they see the new customer.",
)
class Referral(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.Referral.customer_id, description="The new customer."
    )
    referrer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.Referral.referrer_id, description="Who brought them 介绍人; null where that is not yours to see."
    )
    code: ReferralCode | None = link(tables.Referral.code_id, description="The code they came by, where by one.")
    share: Annotated["Share", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.Referral.share_id, description="The share it is credited to; null where none was near enough."
    )
    wow_moment: Annotated["WowMoment", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.Referral.wow_moment_id, description="The moment that share told of, where it told of a recorded one."
    )
    play: Annotated["WowPlay", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.Referral.play_id, description="The play of that moment."
    )
    rewarded: bool = column(tables.Referral.rewarded, description="Whether something was given for it.")
    occurred_at: datetime = column(tables.Referral.occurred_at, description="When the new customer became one.")
    recorded_at: datetime = column(tables.Referral.recorded_at, description="When it was recorded here.")


REFERRAL_ORDERS = orders("Referral", OCCURRED_AT=tables.Referral.occurred_at)


@strawberry.input(description="Which referrals.")
class ReferralFilter:
    customer: IdFilter | None = matches(tables.Referral.customer_id, id_of="Customer", description="Who came.")
    share: IdFilter | None = matches(
        tables.Referral.share_id, id_of="Share", description="Through which share; `isNull: true` for none."
    )
    wow_moment: IdFilter | None = matches(
        tables.Referral.wow_moment_id, id_of="WowMoment", description="Because of which moment."
    )
    play: IdFilter | None = matches(tables.Referral.play_id, id_of="WowPlay", description="Because of which play.")
    rewarded: BooleanFilter | None = matches(
        tables.Referral.rewarded, description="Whether something was given for it."
    )
    occurred_at: DateTimeFilter | None = matches(
        tables.Referral.occurred_at, description="When the new customer became one."
    )


REFERRAL_FILTER = filter_type(ReferralFilter)


@strawberry.type(description="Somebody in a customer's circle.")
class CircleMember:
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        description="The customer."
    )
    referral: Referral | None = value(description="How they came.")
    referrer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        description="Who of the circle brought them."
    )
    generation: int = value(description="1 for whom the customer brought, 2 for whom those brought, and so on.")


@strawberry.type(description="Who came through a customer, and through those who did 宠友圈.")
class CustomerCircle:
    members: list[CircleMember] = value(
        description="Generation by generation, in each of them the earliest first; no more than were asked for."
    )
    is_complete: bool = value(
        description="False where more came than were asked for, or the last generation asked for brought others."
    )


async def circles(reader: Reader, rows: Sequence[Any], generations: int = 3, first: int = 20) -> list[CustomerCircle]:
    """What is asked for beyond what is shown is taken for the nearest that is."""
    far, most = min(max(generations, 1), circle.GENERATIONS), min(max(first, 1), circle.MOST)
    found = await circle.circles(reader, [UUID(row.id) for row in rows], generations=far, most=most)
    return [
        CustomerCircle(
            members=[
                CircleMember(
                    customer=ref(one.customer_id),
                    referral=ref(one.referral_id),
                    referrer=ref(one.referrer_id),
                    generation=one.generation,
                )
                for one in each.members
            ],
            is_complete=each.is_complete,
        )
        for each in found
    ]


@strawberry.type
class ReferralQueries:
    referrals: Connection[Referral] = connection(
        orders=REFERRAL_ORDERS,
        filter=REFERRAL_FILTER,
        permission=Permission.WOW_READ,
        description="New customers who came through others 转介绍, in the caller's data scope, newest first.",
    )
    referral: Referral | None = by_id(permission=Permission.WOW_READ, description="One referral, or null.")
