"""What roles, groups and the brand answer for: every metric is a ratio over recorded facts.

Pure data. A stage conversion is: of the cases that entered one stage inside the period, the share that entered a later
one within so many days (the stages and days are in the industry's template); cases whose window is still open are
maturing and left out. A figure is credited to whoever held the owning role on that case when the fact happened, and
is null below its smallest sample. Computing figures is the scorecards' work, not this file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.tenants.business import BusinessType
from server.terms import Term


class MetricKind(Term):
    """How a metric is computed."""

    STAGE_CONVERSION = (
        "STAGE_CONVERSION",
        "Stage conversion",
        "环节转化",
        "Share of a cohort of cases that reaches a later stage in time.",
    )
    RATIO = "RATIO", "Ratio", "比率", "Share of recorded facts that meet a condition."


class Better(Term):
    """Which way a metric should move."""

    HIGHER = "HIGHER", "Higher is better", "越高越好"
    LOWER = "LOWER", "Lower is better", "越低越好"


class MetricFact(Term):
    """The recorded facts a metric is counted from."""

    STAGE_TRANSITIONS = "STAGE_TRANSITIONS", "Stage transitions", "环节流转"
    APPOINTMENTS = "APPOINTMENTS", "Appointments", "预约"
    RATINGS = "RATINGS", "Ratings", "评价"
    CASES = "CASES", "Cases", "服务单"
    FEEDBACK = "FEEDBACK", "Feedback", "反馈"
    PROMISES = "PROMISES", "Promises", "承诺"
    TOUCHPOINTS = "TOUCHPOINTS", "Touchpoints", "触点"
    RELATIONSHIPS = "RELATIONSHIPS", "Relationships", "好友关系"
    WOW_MOMENTS = "WOW_MOMENTS", "Wow moments", "Wow时刻"
    SHARES = "SHARES", "Shares", "分享"
    REFERRALS = "REFERRALS", "Referrals", "转介绍"
    CUSTOMERS = "CUSTOMERS", "Customers", "客户"


class Metric(Term):
    """A figure somebody answers for 指标."""

    GROUP_JOIN_RATE = "GROUP_JOIN_RATE", "Group join rate", "入群率"
    FIRST_ORDER_RATE = "FIRST_ORDER_RATE", "First order rate", "首单转化率"
    REPURCHASE_RATE = "REPURCHASE_RATE", "Repurchase rate", "复购率"
    OCCASION_RATE = "OCCASION_RATE", "Birthday registration rate", "生日登记率"
    LEAD_RATE = "LEAD_RATE", "Lead rate", "留资率"
    QUALIFIED_RATE = "QUALIFIED_RATE", "Qualified lead rate", "有效线索率"
    VISIT_RATE = "VISIT_RATE", "Visit rate", "到店率"
    PLAN_ACCEPTANCE_RATE = "PLAN_ACCEPTANCE_RATE", "Plan acceptance rate", "方案通过率"
    CONVERSION_RATE = "CONVERSION_RATE", "Conversion rate", "转化率"
    ADOPTION_RATE = "ADOPTION_RATE", "Adoption rate", "启用率"
    AFTERCARE_RATE = "AFTERCARE_RATE", "Aftercare follow-up rate", "护理回访率"
    RETURN_VISIT_RATE = "RETURN_VISIT_RATE", "Return visit rate", "复诊率"
    RENEWAL_RATE = "RENEWAL_RATE", "Renewal rate", "续费率"
    ATTENDANCE_RATE = "ATTENDANCE_RATE", "Attendance rate", "到课率"
    SATISFACTION = "SATISFACTION", "Satisfaction", "满意度"
    NO_COMPLAINT_RATE = "NO_COMPLAINT_RATE", "Complaint-free rate", "无投诉率"
    ON_TIME_RATE = "ON_TIME_RATE", "On-time rate", "准时率"
    PROMISE_KEPT_RATE = "PROMISE_KEPT_RATE", "Promise kept rate", "承诺兑现率"
    FIRST_RESPONSE_RATE = "FIRST_RESPONSE_RATE", "First response rate", "首响达标率"
    CLOSED_LOOP_RATE = "CLOSED_LOOP_RATE", "Feedback closed-loop rate", "反馈闭环率"
    RETENTION_RATE = "RETENTION_RATE", "Friend retention rate", "好友留存率"
    ENGAGEMENT_RATE = "ENGAGEMENT_RATE", "Engagement rate", "互动率"
    SPONTANEOUS_SHARE_RATE = "SPONTANEOUS_SHARE_RATE", "Spontaneous share rate", "忍不住率"
    REFERRAL_RATE = "REFERRAL_RATE", "Referral rate", "转介绍率"

    @property
    def definition(self) -> MetricDefinition:
        return METRICS[self]

    @property
    def is_stage_conversion(self) -> bool:
        return METRICS[self].kind is MetricKind.STAGE_CONVERSION


@dataclass(frozen=True)
class MetricDefinition:
    """What is divided by what. `min_sample` is the smallest denominator that gives a figure."""

    facts: tuple[MetricFact, ...]
    numerator: str
    denominator: str
    min_sample: int
    kind: MetricKind = MetricKind.RATIO
    better: Better = Better.HIGHER
    also_show: str = ""
    target_minutes: Mapping[BusinessType, int] | None = None
    """Business minutes within which a first response counts, by business type. Only for FIRST_RESPONSE_RATE."""


def _stage_conversion(min_sample: int) -> MetricDefinition:
    return MetricDefinition(
        facts=(MetricFact.STAGE_TRANSITIONS,),
        numerator="cases of the cohort that entered the later stage, or any after it, within the days of the template",
        denominator="cases that entered the earlier stage in the period, without those still maturing",
        min_sample=min_sample,
        kind=MetricKind.STAGE_CONVERSION,
    )


METRICS: Mapping[Metric, MetricDefinition] = MappingProxyType(
    {
        Metric.GROUP_JOIN_RATE: _stage_conversion(20),
        Metric.FIRST_ORDER_RATE: _stage_conversion(20),
        Metric.REPURCHASE_RATE: _stage_conversion(20),
        Metric.OCCASION_RATE: _stage_conversion(20),
        Metric.LEAD_RATE: _stage_conversion(20),
        Metric.QUALIFIED_RATE: _stage_conversion(10),
        Metric.VISIT_RATE: _stage_conversion(10),
        Metric.PLAN_ACCEPTANCE_RATE: _stage_conversion(10),
        Metric.CONVERSION_RATE: _stage_conversion(10),
        Metric.ADOPTION_RATE: _stage_conversion(5),
        Metric.AFTERCARE_RATE: _stage_conversion(10),
        Metric.RETURN_VISIT_RATE: _stage_conversion(10),
        Metric.RENEWAL_RATE: _stage_conversion(5),
        Metric.ATTENDANCE_RATE: MetricDefinition(
            facts=(MetricFact.APPOINTMENTS,),
            numerator="appointments ARRIVED",
            denominator="appointments due in the period, without CANCELLED by us",
            min_sample=10,
        ),
        Metric.SATISFACTION: MetricDefinition(
            facts=(MetricFact.RATINGS,),
            numerator="ratings of 4 or 5 of services by this role",
            denominator="all ratings of services by this role",
            min_sample=10,
            also_show="mean score",
        ),
        Metric.NO_COMPLAINT_RATE: MetricDefinition(
            facts=(MetricFact.CASES, MetricFact.FEEDBACK),
            numerator="cases 30 days past completion without a COMPLAINT",
            denominator="cases 30 days past completion",
            min_sample=10,
        ),
        Metric.ON_TIME_RATE: MetricDefinition(
            facts=(MetricFact.PROMISES,),
            numerator="promises kept by their due time",
            denominator="promises of this role due in the period, without RELEASED",
            min_sample=5,
        ),
        Metric.PROMISE_KEPT_RATE: MetricDefinition(
            facts=(MetricFact.PROMISES,),
            numerator="promises KEPT",
            denominator="promises of this role settled in the period as KEPT or BROKEN",
            min_sample=5,
        ),
        Metric.FIRST_RESPONSE_RATE: MetricDefinition(
            facts=(MetricFact.TOUCHPOINTS,),
            numerator="inbound conversations first answered by a person within target_minutes of business time",
            denominator="inbound conversations opened in the period",
            min_sample=20,
            also_show="median minutes",
            target_minutes=MappingProxyType(
                {BusinessType.LOW_PRICE_B2C: 30, BusinessType.HIGH_PRICE_B2C: 10, BusinessType.B2B: 60}
            ),
        ),
        Metric.CLOSED_LOOP_RATE: MetricDefinition(
            facts=(MetricFact.FEEDBACK, MetricFact.TOUCHPOINTS),
            numerator="feedback whose customer was told inside its clock",
            denominator="feedback of the kinds this role answers whose clock ended in the period",
            min_sample=5,
        ),
        Metric.RETENTION_RATE: MetricDefinition(
            facts=(MetricFact.RELATIONSHIPS,),
            numerator="relationships still active 30 days after they began (transfer is not loss)",
            denominator="relationships begun in the cohort",
            min_sample=20,
        ),
        Metric.ENGAGEMENT_RATE: MetricDefinition(
            facts=(MetricFact.TOUCHPOINTS,),
            numerator="outbound contacts OPENED, CLICKED or REPLIED",
            denominator="outbound contacts DELIVERED on media that can show it",
            min_sample=50,
        ),
        Metric.SPONTANEOUS_SHARE_RATE: MetricDefinition(
            facts=(MetricFact.WOW_MOMENTS, MetricFact.SHARES),
            numerator="wow moments with at least one share neither prompted nor rewarded within 14 days",
            denominator="wow moments older than 14 days in the cohort",
            min_sample=20,
        ),
        Metric.REFERRAL_RATE: MetricDefinition(
            facts=(MetricFact.REFERRALS, MetricFact.CUSTOMERS),
            numerator="customers who brought at least one new customer in 180 days",
            denominator="customers with a first order or WON case in the cohort",
            min_sample=20,
        ),
    }
)

COMMON_GROUP_METRICS = (
    Metric.RETENTION_RATE,
    Metric.FIRST_RESPONSE_RATE,
    Metric.ENGAGEMENT_RATE,
    Metric.CLOSED_LOOP_RATE,
)
"""Shown beside an ops group's headline metric."""

COMMON_BRAND_METRICS = (Metric.NO_COMPLAINT_RATE, Metric.SPONTANEOUS_SHARE_RATE, Metric.REFERRAL_RATE)
"""Of the whole tenant, credited to no role unless a template says so."""
