"""Who brought whom 转介绍: codes that customers give to friends, and new customers credited to who brought them.

A new customer is credited once, to somebody who was a customer earlier. When somebody became a customer never changes, so
each referral leads strictly back in time and no chain of them, whoever acts at once, can come round to its beginning.

Only a customer who is new is brought: they came after what is said to have brought them, the code or the share. Without
either there is nothing to show for it, and it must be told soon. A share counts for so many days.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from server.customers import family, visibility
from server.customers.tables import Customer
from server.db.work import Work
from server.errors import NotFound
from server.touchpoints.circumstances import time_of_fact
from server.trust import entries
from server.trust.entries import Cause
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from server.wow_moments import errors, events, queries
from server.wow_moments.commands import AttributeReferral, CreateReferralCode
from server.wow_moments.tables import Referral, ReferralCode, Share, WowMoment

WINDOW_DAYS = 30
"""For so many days after a share, whoever comes through its teller came through it."""

_WINDOW = timedelta(days=WINDOW_DAYS)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 8
_TRIES = 5


async def create_referral_code(work: Work, command: CreateReferralCode) -> ReferralCode:
    """The code the customer gives to friends: a new one, or the one there is. Raises NotFound, InTheFuture."""
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = time_of_fact(work, command.occurred_at)
    if command.share_id is not None:
        await _share_of(work, command.share_id, command.customer_id)
    for _ in range(_TRIES):
        known = await queries.own_code(work, command.customer_id, command.share_id, command.rewarded)
        if known is not None:
            return known
        code = ReferralCode(
            customer_id=command.customer_id,
            share_id=command.share_id,
            code="".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)),
            rewarded=command.rewarded,
            occurred_at=at,
        )
        if await queries.code_inserted(work, code):
            work.emit(
                events.ReferralCodeCreated(
                    referral_code_id=code.id,
                    customer_id=code.customer_id,
                    share_id=code.share_id,
                    rewarded=code.rewarded,
                    occurred_at=at,
                )
            )
            return code
    raise RuntimeError("No free referral code was found.")  # of 850 billion


async def attribute_referral(work: Work, command: AttributeReferral) -> Referral:
    """Credit a new customer to who brought them. The same told again is the referral there is, without an event.

    Posts SUCCESSFUL_REFERRAL to who brought them, unless something was given for it. Locks both customers. Raises
    WhoBrought, NotFound, SelfReferral, ReferredAlready, NotANewCustomer, ShareOutsideWindow.
    """
    if (command.referrer_id is None) == (command.code is None):
        raise errors.WhoBrought("referrer_id")
    await visibility.require_visible(work, command.customer_id, "customer_id")
    if command.referrer_id is not None:
        await visibility.require_visible(work, command.referrer_id, "referrer_id")
        return await _credit(work, command, command.referrer_id, None, "referrer_id")
    code = await known_code(work, str(command.code), "code")
    return await _credit(work, command, code.customer_id, code, "code")


async def known_code(work: Work, code: str, field: str) -> ReferralCode:
    """The code of some customer of the brand: whoever presents it need not see whose it is. Raises NotFound."""
    found = await queries.by_code(work, code)
    if found is None:
        raise NotFound(field)
    return found


async def came_by_code(work: Work, customer: Customer, code: ReferralCode, field: str) -> Referral:
    """The customer, added in this very act, came by the code. Raises NotANewCustomer on `field`."""
    try:
        return await _credit(work, AttributeReferral(customer_id=customer.id), code.customer_id, code, field)
    except errors.NotANewCustomer as refused:
        refused.field = (field,)
        raise


async def _credit(
    work: Work, command: AttributeReferral, referrer_id: UUID, code: ReferralCode | None, field: str
) -> Referral:
    if referrer_id == command.customer_id:
        raise errors.SelfReferral(field)
    found = {one.id: one for one in await queries.in_hand(work, [command.customer_id, referrer_id])}
    customer, referrer = found[command.customer_id], found[referrer_id]
    known = await queries.referral_of(work, customer.id)
    if known is not None:
        if known.referrer_id == referrer.id and command.share_id in (None, known.share_id):
            return known
        raise errors.ReferredAlready("customer_id")
    _require_new(customer, referrer, code)
    share = await _credited_share(work, command, customer, referrer, code)
    if share is None and code is None and customer.first_added_at <= work.now - _WINDOW:
        raise errors.NotANewCustomer("customer_id")
    moment = None
    if share is not None and share.wow_moment_id is not None:
        moment = await work.get(WowMoment, share.wow_moment_id)
    referral = work.add(
        Referral(
            customer_id=customer.id,
            referrer_id=referrer.id,
            code_id=None if code is None else code.id,
            share_id=None if share is None else share.id,
            wow_moment_id=None if moment is None else moment.id,
            play_id=None if moment is None else moment.play_id,
            rewarded=command.rewarded if command.rewarded is not None else code is not None and code.rewarded,
            occurred_at=customer.first_added_at,
        )
    )
    _tell(work, referral)
    if not referral.rewarded:
        await _thank(work, referral)
    return referral


def _require_new(customer: Customer, referrer: Customer, code: ReferralCode | None) -> None:
    """Who came before who brought them, or before the code they came by, was a customer already; so was
    whoever turned out to be the same person."""
    came = customer.first_added_at
    if customer.family_id is not None and customer.family_id == referrer.family_id:
        raise errors.NotANewCustomer("customer_id")
    if came <= referrer.first_added_at or (code is not None and came < code.occurred_at):
        raise errors.NotANewCustomer("customer_id")


async def _credited_share(
    work: Work, command: AttributeReferral, customer: Customer, referrer: Customer, code: ReferralCode | None
) -> Share | None:
    """The share that is named, the one the code goes with, or the newest one; none where no share is near enough."""
    came = customer.first_added_at
    if command.share_id is not None:
        share = await _share_of(work, command.share_id, referrer.id)
        if came < share.occurred_at:
            raise errors.NotANewCustomer("customer_id")
        if came >= share.occurred_at + _WINDOW:
            raise errors.ShareOutsideWindow("share_id", days=WINDOW_DAYS)
        return share
    if code is not None and code.share_id is not None:
        given = await work.require(Share, code.share_id, "code")
        return given if given.occurred_at <= came < given.occurred_at + _WINDOW else None
    return await queries.newest_share(work, referrer.id, came - _WINDOW, came)


async def _share_of(work: Work, share_id: UUID, customer_id: UUID) -> Share:
    share = await work.require(Share, share_id, "share_id")
    if not await family.are_one(work, share.customer_id, customer_id):
        raise NotFound("share_id")
    return share


def _tell(work: Work, referral: Referral) -> None:
    work.emit(
        events.ReferralAttributed(
            referral_id=referral.id,
            customer_id=referral.customer_id,
            referrer_id=referral.referrer_id,
            share_id=referral.share_id,
            wow_moment_id=referral.wow_moment_id,
            play_id=referral.play_id,
            rewarded=referral.rewarded,
            occurred_at=referral.occurred_at,
        )
    )


async def _thank(work: Work, referral: Referral) -> None:
    cause = Cause(CauseType.REFERRAL, referral.id, occurred_at=referral.occurred_at)
    await entries.post(work, referral.referrer_id, TrustReason.SUCCESSFUL_REFERRAL, cause)
