"""How a brand's trust accounts stand together: distribution, trend, creases."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.planner.declarations import argument, computed, value
from server.schema.periods import PeriodInput, check_period
from server.trust import reports
from server.trust.policy import in_points


@strawberry.type(description="The accounts whose balance lies in one band.")
class TrustBand:
    at_least: int = value(description="The lowest balance of it, in points.")
    below: int | None = value(description="Up to this, not included; null: without end.")
    accounts: int = value(description="How many accounts.")


@strawberry.type(description="What one day did to all accounts together, in points with at most two decimals.")
class TrustDay:
    day: date = value(description="The brand's day, by the time of recording.")
    balance: float = value(description="All balances together at its end.")
    net: float = value(description="By how much they changed in all.")
    opened: float = value(description="What new accounts opened with.")
    accounts_opened: int = value(description="How many were opened.")
    interest: float = value(description="Interest posted.")
    withdrawals: float = value(description="What was withdrawn, as a negative number.")
    other: float = value(description="Deposits, reversals and cuts of lowered ceilings.")
    creases: int = value(description="How many breaches left a crease.")


@strawberry.type(description="How the trust accounts of the caller's customers stand together.")
class TrustReport:
    accounts: int = value(description="How many accounts.")
    balance: float = value(description="All balances together, in points.")
    average: float | None = value(
        description="Per account, in points, rounded down to two decimals; null without accounts."
    )
    creases: int = value(description="How many creases the accounts bear.")
    creased_accounts: int = value(description="How many accounts bear any.")
    near_leaving: int = value(description="How many customers are near leaving 濒临流失: see `trustAccounts`.")
    distribution: list[TrustBand] = value(
        description="How many accounts stand in which band of balances, lowest first."
    )
    days: list[TrustDay] = value(description="Day by day over the period, every day of it.")


async def _report(reader: Reader, rows: Sequence[Any], period: PeriodInput) -> list[TrustReport]:
    check_period(period, "trustReport(period)")
    stands = await reports.standing(reader)
    bands = await reports.distribution(reader)
    days = await reports.days(reader, period.from_, period.to, stands["balance"])
    marks = [*reports.BANDS, None]
    return [
        TrustReport(
            accounts=stands["accounts"],
            balance=in_points(stands["balance"]),
            average=in_points(stands["balance"] // stands["accounts"]) if stands["accounts"] else None,
            creases=stands["creases"],
            creased_accounts=stands["creased"],
            near_leaving=stands["near_leaving"],
            distribution=[
                TrustBand(at_least=reports.BANDS[place], below=marks[place + 1], accounts=count)
                for place, count in enumerate(bands)
            ],
            days=[_day(day) for day in days],
        )
    ]


def _day(day: reports.Day) -> TrustDay:
    amounts = {
        name: in_points(getattr(day, name)) for name in ("balance", "net", "opened", "interest", "withdrawals", "other")
    }
    return TrustDay(day=day.day, accounts_opened=day.accounts, creases=day.creases, **amounts)


@strawberry.type
class TrustReportQueries:
    trust_report: TrustReport = computed(
        _report,
        permission=Permission.TRUST_READ,
        arguments=[argument("period", PeriodInput, "Whole days of the brand's time zone, at most 366.")],
        description="Trust 信任 over all customers in the caller's data scope: how it stands now, and day by day over a period.",
    )
