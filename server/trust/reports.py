"""How a brand's accounts stand together, and how that came: read for managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg

from server.db.reader import Reader
from server.trust.policy import HUNDREDTHS
from server.trust.queries import WITHDRAWALS

BANDS = (0, 50, 100, 200, 400, 600, 800)
"""Where the bands of balances begin, in points; each ends where the next one begins, the last one nowhere."""

_STAND = """
SELECT count(*) AS accounts, coalesce(sum(balance), 0)::bigint AS balance, coalesce(sum(creases), 0)::bigint AS creases,
  count(*) FILTER (WHERE creases > 0) AS creased, count(*) FILTER (WHERE near_leaving) AS near_leaving
FROM trust_accounts WHERE tenant_id = $1
"""
_BANDS = """
SELECT width_bucket(balance, $2::bigint[]) AS band, count(*) AS accounts FROM trust_accounts WHERE tenant_id = $1
GROUP BY 1
"""
_DAYS = """
SELECT day, coalesce(sum(amount) FILTER (WHERE reason = 'INTEREST'), 0)::bigint AS interest,
  coalesce(sum(amount) FILTER (WHERE reason = ANY($4)), 0)::bigint AS withdrawals,
  coalesce(sum(amount) FILTER (WHERE reason = 'OPENED'), 0)::bigint AS opened,
  coalesce(sum(amount), 0)::bigint AS net,
  count(*) FILTER (WHERE severity_bp > 0) AS creases, count(*) FILTER (WHERE reason = 'OPENED') AS accounts
FROM trust_entries WHERE tenant_id = $1 AND day >= $2 AND day < $3 GROUP BY day ORDER BY day
"""
_SINCE = "SELECT coalesce(sum(amount), 0)::bigint FROM trust_entries WHERE tenant_id = $1 AND day >= $2"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the brand's, in hundredths. `other`: deposits, reversals and cuts. `balance`: of all accounts at its end."""

    day: date
    opened: int
    interest: int
    withdrawals: int
    other: int
    net: int
    balance: int
    creases: int
    accounts: int


async def standing(reader: Reader) -> asyncpg.Record:
    """Over all accounts the caller may see: how many, their balance in hundredths, creases, and who is near leaving."""
    return await reader.raw.fetchrow(_STAND, reader.tenant_id)


async def distribution(reader: Reader) -> list[int]:
    """How many accounts there are in each band."""
    marks = [mark * HUNDREDTHS for mark in BANDS]
    found = {row["band"]: row["accounts"] for row in await reader.raw.fetch(_BANDS, reader.tenant_id, marks)}
    return [found.get(place, 0) for place in range(1, len(BANDS) + 1)]


async def days(reader: Reader, first: date, after: date, total: int) -> list[Day]:
    """Every day of the period in order. `total`: what all balances come to now."""
    rows = await reader.raw.fetch(_DAYS, reader.tenant_id, first, after, list(WITHDRAWALS))
    by_day = {row["day"]: row for row in rows}
    since: int = await reader.raw.fetchval(_SINCE, reader.tenant_id, first)
    balance, told = total - since, []
    for number in range((after - first).days):
        day = first + timedelta(days=number)
        row = by_day.get(day)
        of = (
            dict(row)
            if row is not None
            else dict.fromkeys(("opened", "interest", "withdrawals", "net", "creases", "accounts"), 0)
        )
        balance += of["net"]
        told.append(
            Day(
                day=day,
                opened=of["opened"],
                interest=of["interest"],
                withdrawals=of["withdrawals"],
                other=of["net"] - of["opened"] - of["interest"] - of["withdrawals"],
                net=of["net"],
                balance=balance,
                creases=of["creases"],
                accounts=of["accounts"],
            )
        )
    return told
