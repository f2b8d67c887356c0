"""The statements the room needs beside reading a row by its id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, column, exists, func, null, select, true
from sqlalchemy.dialects.postgresql import insert

from server.customers.tables import Customer, Subject
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work
from server.wow_moments.surprise_terms import DueState, WowOccasion
from server.wow_moments.tables import DueWowMoment, Referral, ReferralCode, Share, WowPlay

_plays, _dues, _shares = table_of(WowPlay).c, table_of(DueWowMoment).c, table_of(Share).c
_codes, _referrals = table_of(ReferralCode).c, table_of(Referral).c
_waits = _dues.state == DueState.OPEN.value


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


# --------------------------------------------------------------------------------------------------- what falls due


async def plays_for(work: Work, occasions: Iterable[WowOccasion]) -> list[WowPlay]:
    """The plays in use that any of these sets off."""
    wanted = [occasion.value for occasion in occasions]
    return await work.rows(WowPlay, among(_plays.occasion, wanted), _plays.retired_at.is_(None), order_by=(_plays.id,))


async def due_inserted(work: Work, due: DueWowMoment) -> bool:
    """Insert it unless it was proposed before; waits for whoever is proposing it just now."""
    due.tenant_id, due.recorded_at = work.tenant_id, work.now
    values = {name: getattr(due, name) for name in DueWowMoment.model_fields}
    key = ["tenant_id", "play_id", "cause_id", "birthday"]
    statement = insert(table_of(DueWowMoment)).values(values).on_conflict_do_nothing(index_elements=key)
    return await work.execute(statement) == 1


async def open_of_cause(work: Work, cause_id: UUID) -> list[DueWowMoment]:
    """What this set off and still waits, locked."""
    return await work.rows(DueWowMoment, _dues.cause_id == cause_id, _waits, lock=True)


async def open_of_play(work: Work, play_id: UUID, *, limit: int) -> list[DueWowMoment]:
    """What the play has proposed and nobody has made, locked."""
    return await work.rows(DueWowMoment, _dues.play_id == play_id, _waits, lock=True, limit=limit)


async def next_due(work: Work, customer_id: UUID, play_id: UUID) -> DueWowMoment | None:
    """What is to be made first of this play for the customer, locked."""
    found = await work.rows(
        DueWowMoment,
        _dues.customer_id == customer_id,
        _dues.play_id == play_id,
        _waits,
        order_by=(_dues.due_at, _dues.id),
        limit=1,
        lock=True,
    )
    return found[0] if found else None


async def with_birthdays(
    work: Work, play: WowPlay, born: Sequence[date], first: date, last: date, *, after: UUID, limit: int
) -> list[Any]:
    """Customers born on any of these days, or whose family was, whom the play was not proposed to for a birthday from
    `first` to `last`: by the id of whose birthday it is, those behind `after`."""
    customers, subjects = table_of(Customer).c, table_of(Subject).c
    if play.occasion == WowOccasion.CUSTOMER_BIRTHDAY:
        whose, subject_id = customers, null().label("subject_id")
        found = select(customers.id.label("cause_id"), subject_id)
    else:
        whose = subjects
        found = select(subjects.id.label("cause_id"), subjects.id.label("subject_id")).join(
            table_of(Customer), and_(customers.tenant_id == subjects.tenant_id, customers.id == subjects.customer_id)
        )
    proposed = exists().where(
        _dues.tenant_id == work.tenant_id,
        _dues.play_id == play.id,
        _dues.cause_id == whose.id,
        _dues.birthday >= first,
        _dues.birthday <= last,
    )
    statement = found.add_columns(
        customers.id.label("customer_id"), customers.timezone, customers.home_store_id, whose.birthday
    ).where(
        whose.tenant_id == work.tenant_id,
        among(whose.birthday, born),
        whose.id > after,
        customers.merged_into.is_(None),
        customers.erased_at.is_(None),
        ~proposed,
    )
    return await work.fetch(statement.order_by(whose.id).limit(limit))
