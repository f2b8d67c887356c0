"""Looking through a brand's trust accounts, all of them: are they what the facts and the rules make of them; and posting
interest without waiting for the worker. For the command line: nobody calls, the platform itself looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope, PrincipalKind
from server.db.database import Database
from server.db.work import EventSink, Work, finish, open_work
from server.errors import Invalid
from server.lifecycles.trust_causes import unmatched
from server.tenants import queries as tenants
from server.trust import runs, stepping
from server.trust.interest_terms import key_of, last_whole_month
from server.trust.runs import RunKind
from server.trust.stories import differences_of
from server.trust.tables import TrustRun

ACCOUNTS_AT_ONCE = 500
_NEXT = """
SELECT id, customer_id FROM trust_accounts WHERE tenant_id = $1 AND ($2::uuid IS NULL OR customer_id > $2)
ORDER BY customer_id LIMIT $3 FOR SHARE
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a brand's trust accounts that is not as it must be."""

    tenant_id: UUID
    customer_id: UUID
    what: str


async def verify_brand(database: Database, tenant_id: UUID) -> AsyncIterator[Finding | int]:
    """Every finding, and after each batch how many accounts were looked through in it.

    An account is replayed from its entries by the rules, and its entries are compared with the facts that caused them.
    The accounts of a batch are held meanwhile: whoever posts to one waits.
    """
    last: UUID | None = None
    while True:
        async with open_work(database.acts, tenant_id, _platform(tenant_id)) as work:
            rows = await work.raw.fetch(_NEXT, tenant_id, last, ACCOUNTS_AT_ONCE)
            found = await _findings(work, {row["id"]: row["customer_id"] for row in rows})
        for one in found:
            yield one
        if not rows:
            return
        yield len(rows)
        last = rows[-1]["customer_id"]


async def post_interest(
    database: Database, sink: EventSink, tenant_id: UUID, month: date | None
) -> tuple[str, int] | None:
    """Post the month's interest to every account that earned it: the month, and to how many. None where it was posted.

    Of the month that ended last, where none is named. Raises Invalid for one that is not over. Safe beside the worker.
    """
    async with open_work(database.acts, tenant_id, _platform(tenant_id)) as work:
        whole = last_whole_month(work.now, await tenants.time_zone(work))
        if month is not None and month > whole:
            raise Invalid("month", why="This month is not over yet.", why_zh="该月尚未结束。")
        run = await runs.made(work, RunKind.INTEREST, key_of(month or whole))
    if run is None:
        return None
    while True:
        async with open_work(database.acts, tenant_id, _platform(tenant_id)) as work:
            wait = await stepping.take_step(work, run.id)
            await finish(work, sink)
            if wait is None:
                posted = await work.require(TrustRun, run.id)
                return run.key, posted.posted


async def _findings(work: Work, accounts: dict[UUID, UUID]) -> list[Finding]:
    found = []
    for customer_id, differences in zip(accounts.values(), await differences_of(work, list(accounts)), strict=True):
        for one in differences:
            place = "account" if one.seq is None else f"entry {one.seq}"
            found.append(
                Finding(work.tenant_id, customer_id, f"{place}: {one.what} is {one.stored}, not {one.expected}")
            )
    for fact in await unmatched(work, list(accounts.values())):
        what = "was not posted" if fact.missing else "was posted without its fact"
        found.append(Finding(work.tenant_id, fact.customer_id, f"{fact.reason} of {fact.key} {what}"))
    return found


def _platform(tenant_id: UUID) -> Caller:
    return Caller(tenant_id, PrincipalKind.PUBLIC, None, None, frozenset(), DataScope.ALL)
