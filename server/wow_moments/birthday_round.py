"""The round of a play that is performed on birthdays: hour by hour, whose day has come within its time ahead is proposed.

Days are of the customer's own time zone, or else the brand's. Nobody is proposed twice for the same birthday, so a round may
be walked twice and by two workers at once. A play that is retired walks no more rounds, and what it has proposed is withdrawn.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.db import clocks
from server.db.work import Work
from server.tenants import queries as tenants
from server.wow_moments import birthdays, due_moments, queries
from server.wow_moments.due_moments import Happening
from server.wow_moments.surprise_terms import WowOccasion
from server.wow_moments.tables import WowPlay

ROUND = "wow_play.round"
"""The clock of a play whose round is walked next."""
AT_ONCE = 200
"""So many are proposed, or withdrawn, in one transaction; the rest follow at once in another."""


async def begin(work: Work, play: WowPlay) -> None:
    """The play was defined or retired: walk its round as soon as the act is done."""
    await clocks.set_clock(work, ROUND, play.id, work.now)


async def walk(work: Work, play_id: UUID) -> None:
    """The clock has run out: walk the round, and say when the next one is."""
    play = await work.get(WowPlay, play_id)
    if play is None:
        return
    if play.retired_at is not None:
        waiting = await queries.open_of_play(work, play.id, limit=AT_ONCE)
        await due_moments.withdraw_all(work, waiting)
        if len(waiting) == AT_ONCE:
            await clocks.set_clock(work, ROUND, play.id, work.now)
    elif play.occasion is not None and WowOccasion(play.occasion).is_birthday:
        everybody = await _propose(work, play)
        hour = work.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        await clocks.set_clock(work, ROUND, play.id, hour if everybody else work.now)


async def _propose(work: Work, play: WowPlay) -> bool:
    """Propose to whom the day has come; False where there are more than are done at once."""
    days = birthdays.days_anywhere(work.now, play.lead_days or 0)
    born = [day_of_birth for day in days for day_of_birth in birthdays.born_on(day)]
    brands = await tenants.time_zone(work)
    done, last = 0, UUID(int=0)
    while True:
        page = await queries.with_birthdays(work, play, born, days[0], days[-1], after=last, limit=AT_ONCE)
        for record in page:
            happening = _has_come(work, play, record, brands)
            if happening is not None and await due_moments.propose_one(work, play, happening) is not None:
                done += 1
            if done == AT_ONCE:
                return False
        if len(page) < AT_ONCE:
            return True
        last = page[-1]["cause_id"]


def _has_come(work: Work, play: WowPlay, record: Any, brands: ZoneInfo) -> Happening | None:
    """The birthday, if it is within the time ahead where the customer is."""
    zone = brands if record["timezone"] is None else ZoneInfo(record["timezone"])
    today = work.now.astimezone(zone).date()
    day = birthdays.next_birthday(record["birthday"], today)
    if day > today + timedelta(days=play.lead_days or 0):
        return None
    return Happening(
        occasion=WowOccasion(str(play.occasion)),
        customer_id=record["customer_id"],
        cause_id=record["cause_id"],
        at=birthdays.end_of(day, zone),
        is_deadline=True,
        store_id=record["home_store_id"],
        subject_id=record["subject_id"],
        on=day,
    )
