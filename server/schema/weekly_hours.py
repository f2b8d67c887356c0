"""Weekly hours as an input: of channels and of people."""

from collections.abc import Sequence
from typing import Any

import strawberry


@strawberry.input(description="One interval of a weekday.")
class WeeklyHoursInput:
    weekday: int = strawberry.field(description="Monday is 1, Sunday 7.")
    opens: str = strawberry.field(description="`HH:MM`, from `00:00`, in the time zone of the store, or of the brand.")
    closes: str = strawberry.field(description="`HH:MM`, later than it opens; `24:00` is the end of the day.")


def weekly_hours(given: Sequence[WeeklyHoursInput]) -> list[dict[str, Any]]:
    """As the commands take them."""
    return [{"weekday": one.weekday, "opens": one.opens, "closes": one.closes} for one in given]
