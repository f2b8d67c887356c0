"""What scorecards are compared with and grouped by, and how a fact counts. Pure data."""

from __future__ import annotations

from server.terms import Term


class Comparison(Term):
    """With which earlier period figures are compared."""

    PREVIOUS_PERIOD = "PREVIOUS_PERIOD", "The period before", "环比", "As many days, right before this period."
    PREVIOUS_YEAR = "PREVIOUS_YEAR", "A year before", "同比", "The same days of the year before."


class ScorecardDimension(Term):
    """What cards are split by, besides the role or group."""

    STORE = (
        "STORE",
        "Store",
        "门店",
        "Where it happened; where that was not said, the customer's home store.",
    )
    STAFF = "STAFF", "Staff member", "员工", "Who held the role for the customer when the fact happened, or did it."
    CHANNEL = "CHANNEL", "Channel", "渠道活码", "The channel through which the customer first came."
    CAMPAIGN = (
        "CAMPAIGN",
        "Campaign",
        "活动",
        "What that channel was made for, in the brand's own word: `Channel.campaign`.",
    )


class FactResult(Term):
    """How a fact counts in a figure."""

    HIT = "HIT", "Hit", "达成", "In the numerator and the denominator."
    MISS = "MISS", "Miss", "未达成", "In the denominator only."
    MATURING = "MATURING", "Maturing", "观察期内", "Its time is not over: in neither."


class ShownBeside(Term):
    """A second number that is shown beside some figures."""

    MEAN_SCORE = "MEAN_SCORE", "Mean score", "平均分"
    MEDIAN_MINUTES = "MEDIAN_MINUTES", "Median minutes of business time", "首响中位分钟数"
