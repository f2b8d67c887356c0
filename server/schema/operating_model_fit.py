"""Whether the operating model in force fits, from recorded facts: values, not rows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.lifecycles import fit_texts
from server.lifecycles.fit import operating_model_fit
from server.lifecycles.fit_rules import MIN_SAMPLE, Fit
from server.lifecycles.fit_terms import FitFigureKey, FitVerdict
from server.planner.declarations import computed, value
from server.schema.scalars import locale_argument
from server.tenants.business import OperatingModelKind


@strawberry.type(description="One number of the fit, with what it was made of and from where on it is a bad sign.")
class FitFigure:
    code: FitFigureKey = value(get=lambda figure, call: figure.key, description="Which number.")
    name: str = value(description="The same in snake case, as figures of the advice are named.")
    label: str = value(
        get=lambda figure, call, locale=None: figure.key.label(locale or call.locale),
        arguments=[locale_argument()],
        description="What it is called.",
    )
    numerator: int | None = value(description="How many of them; null where the number is no simple share.")
    denominator: int | None = value(description="Of how many: enquiries, ratings, friendships or quotes.")
    threshold: Decimal | None = value(description="From here on it is a bad sign; null where it is only shown.")
    is_over: bool = value(description="Whether it has reached the threshold.")
    value: Decimal | None = value(
        description="The number, to four places: a share between 0 and 1, or minutes. Null below `minSample`, and where there is "
        "nothing to divide by."
    )


@strawberry.type(description="A figure that has reached its threshold, in words 理由.")
class FitReason:
    code: FitFigureKey = value(get=lambda figure, call: figure.key, description="Which figure.")
    message: str = value(
        get=lambda figure, call: fit_texts.reason(figure, call.locale),
        description="The figure in a sentence, for a manager to read, in the caller's language.",
    )
    figures: list[FitFigure] = value(get=lambda figure, call: [figure], description="The number behind it.")


@strawberry.type(description="Evidence, from recorded facts, whether the operating model in force fits 运营模式适配度.")
class OperatingModelFit:
    model: OperatingModelKind = value(description="The model in force.")
    verdict: FitVerdict = value(description="What the figures say together.")
    message: str = value(
        get=lambda fit, call: fit_texts.conclusion(fit, call.locale),
        description="The verdict in a sentence, for a manager to read, in the caller's language.",
    )
    reasons: list[FitReason] = value(description="The figures that have reached their thresholds.")
    figures: list[FitFigure] = value(description="Every figure, in a fixed order.")
    sample: int = value(description="Enquiries that were answered in the period.")
    min_sample: int = value(
        get=lambda fit, call: MIN_SAMPLE, description="Answered enquiries below which nothing is judged."
    )
    since: date = value(
        get=lambda fit, call: fit.period.since, description="First day of the period, in the brand's time zone."
    )
    until: date = value(
        get=lambda fit, call: fit.period.until,
        description="The day behind the period, tomorrow: thirty days after `since`.",
    )


async def _fit(reader: Reader, rows: Sequence[Any]) -> list[Fit]:
    return [await operating_model_fit(reader)]


@strawberry.type
class FitQueries:
    operating_model_fit: OperatingModelFit = computed(
        _fit,
        permission=Permission.TENANT_READ,
        description="Whether the operating model in force fits 运营模式适配度, by the contacts, ratings and friendships of the last "
        "thirty days, of the customers the caller sees.",
    )
