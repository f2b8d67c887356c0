"""The statements the room needs beside reading a row by its id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import insert

from server.customers.tables import Customer
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work
from server.wow_moments.tables import Referral, ReferralCode, Share, WowPlay

_shares = table_of(Share).c
_codes, _referrals = table_of(ReferralCode).c, table_of(Referral).c


async def locked_by_key(work: Work, key: str) -> WowPlay | None:
    found = await work.rows(WowPlay, table_of(WowPlay).c.key == key, lock=True)
    return found[0] if found else None


async def inserted(work: Work, play: WowPlay) -> bool:
    """Insert the play unless its key is taken; waits for whoever is taking it just now."""
    play.tenant_id, play.recorded_at = work.tenant_id, work.now
    values = {name: getattr(play, name) for name in WowPlay.model_fields}
    statement = insert(table_of(WowPlay)).values(values)
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"])) == 1


async def code_inserted(work: Work, code: ReferralCode) -> bool:
    """Insert the code unless there is one like it; waits for whoever is making it just now."""
    code.tenant_id, code.recorded_at = work.tenant_id, work.now
    values = {name: getattr(code, name) for name in ReferralCode.model_fields}
    return await work.execute(insert(table_of(ReferralCode)).values(values).on_conflict_do_nothing()) == 1


async def own_code(work: Work, customer_id: UUID, share_id: UUID | None, rewarded: bool) -> ReferralCode | None:
    """The customer's code for this share, or for none in particular."""
    of_share = _codes.share_id.is_(None) if share_id is None else _codes.share_id == share_id
    found = await work.rows(ReferralCode, _codes.customer_id == customer_id, of_share, _codes.rewarded == rewarded)
    return found[0] if found else None


async def by_code(work: Work, code: str) -> ReferralCode | None:
    found = await work.rows(ReferralCode, _codes.code == code)
    return found[0] if found else None


async def in_hand(work: Work, customer_ids: Sequence[UUID]) -> list[Customer]:
    """These customers, locked in the order of their ids."""
    return await work.rows(Customer, among(table_of(Customer).c.id, customer_ids), lock=True)


async def referral_of(work: Work, customer_id: UUID) -> Referral | None:
    """By whom the customer came."""
    found = await work.rows(Referral, _referrals.customer_id == customer_id)
    return found[0] if found else None


async def newest_share(work: Work, customer_id: UUID, after: datetime, until: datetime) -> Share | None:
    """The customer's last share behind `after`, up to `until`."""
    found = await work.rows(
        Share,
        _shares.customer_id == customer_id,
        _shares.occurred_at > after,
        _shares.occurred_at <= until,
        order_by=(_shares.occurred_at.desc(), _shares.id.desc()),
        limit=1,
    )
    return found[0] if found else None


async def brought_by(reader: Reader, referrers: Sequence[UUID], most: int) -> list[Any]:
    """Of each of these customers the first `most` whom they brought, the earliest first, as far as the reader sees them."""
    asked = (
        func.unnest(bindparam("referrers", list(referrers), type_=ARRAY(Uuid())))
        .table_valued(column("id", Uuid()))
        .render_derived("asked")
    )
    first = (
        select(_referrals.id, _referrals.customer_id, _referrals.referrer_id, _referrals.occurred_at)
        .where(_referrals.tenant_id == reader.tenant_id, _referrals.referrer_id == asked.c.id)
        .order_by(_referrals.occurred_at, _referrals.id)
        .limit(most)
        .correlate(asked)
        .lateral("first")
    )
    statement = select(first).select_from(asked).join(first, true()).order_by(first.c.occurred_at, first.c.id)
    return await reader.fetch(statement)
