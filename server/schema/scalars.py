"""Scalars and money, each with one form on every path; and labels in the caller's language."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from sqlalchemy import Integer, Numeric, Text, case, cast, func, literal_column
from strawberry.types.arguments import StrawberryArgument

from server.planner.declarations import argument, composite, value
from server.planner.json_text import fixed
from server.tenants.currencies import CURRENCIES, exponent
from server.terms import Locale

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)

CurrencyCode = NewType("CurrencyCode", str)


def _read_date_time(text: object) -> datetime:
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        raise GraphQLError("DateTime must be like 2026-01-31T08:30:00Z, with a zone.")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime is not a point in time.") from None


def _write_date_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_date(text: object) -> date:
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise GraphQLError("Date must be like 2026-01-31.")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise GraphQLError("Date is not a day of the calendar.") from None
    if not 1900 <= day.year <= 2200:
        # PostgreSQL's driver would take the ends of Python's calendar for infinity.
        raise GraphQLError("Date must be between the years 1900 and 2200.")
    return day


def _read_decimal(value: object) -> Decimal:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise GraphQLError("Decimal must be a number like 1234.50: at most 15 digits and 6 decimals.")
    return Decimal(text)


def _read_currency(text: object) -> str:
    if not isinstance(text, str) or text not in CURRENCIES:
        raise GraphQLError("CurrencyCode must be a currency code of ISO 4217, like CNY.")
    return text


def _scalar(name: str, description: str, serialize: Callable[[Any], Any], parse: Callable[[Any], Any]) -> Any:
    return strawberry.scalar(name=name, description=description, serialize=serialize, parse_value=parse)


SCALARS: dict[object, Any] = {
    datetime: _scalar(
        "DateTime",
        "A point in time. Given out as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always in UTC; taken in with any offset, never without.",
        _write_date_time,
        _read_date_time,
    ),
    date: _scalar("Date", "A day of the calendar, `YYYY-MM-DD`.", date.isoformat, _read_date),
    Decimal: _scalar("Decimal", "An exact decimal number, as text so that no client rounds it.", str, _read_decimal),
    CurrencyCode: _scalar("CurrencyCode", "A currency code of ISO 4217, like `CNY`.", str, _read_currency),
}


@strawberry.type(description="An amount of money 金额.")
class Money:
    amount: Decimal = value(description="In the currency's main unit, with its decimals: `4800.00` CNY, `500` JPY.")
    currency: CurrencyCode = value(description="The currency.")


@strawberry.input(description="An amount of money 金额.")
class MoneyInput:
    amount: Decimal = strawberry.field(description="In the currency's main unit: `4800.00` CNY.")
    currency: CurrencyCode | None = strawberry.field(default=None, description="The brand's own currency if left out.")


def money(amount: Any, currency: Any, *, description: str, **more: Any) -> Any:
    """A `Money` from a column of minor units and a column of currency codes; null where there is no amount."""
    return composite(
        {"amount": minor_amount(amount, currency), "currency": currency},
        present=amount.isnot(None),
        description=description,
        **more,
    )


def minor_amount(amount: Any, currency: Any) -> Any:
    """Minor units as the decimal text of the main unit."""
    odd = sorted({code for code in CURRENCIES if exponent(code) != 2})
    branches = [(currency == fixed(code), _scaled(amount, exponent(code))) for code in odd]
    return case(*branches, else_=_scaled(amount, 2))


def _scaled(amount: Any, exponent: int) -> Any:
    if exponent == 0:
        return cast(amount, Text)
    divisor = literal_column(str(10**exponent), Integer)
    return cast(func.round(cast(amount, Numeric) / divisor, literal_column(str(exponent), Integer)), Text)


def points(hundredths: Any) -> Any:
    """Trust points as a number with at most two decimals, from a column of hundredths."""
    return func.trim_scale(cast(hundredths, Numeric) / literal_column("100", Numeric))


def locale_argument() -> StrawberryArgument:
    return argument(
        "locale", Locale | None, "Language of the label; that of the Accept-Language header if left out.", default=None
    )


def localized(en: Any, zh: Any) -> Callable[..., Any]:
    """For `column(localized(t.label_en, t.label_zh), arguments=[locale_argument()], …)`."""

    def choose(locale: Any) -> Any:
        return case((locale == fixed(Locale.ZH.value), zh), else_=en)

    return choose
