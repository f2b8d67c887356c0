"""A verdict in words: one sentence per reason, for whoever would make the contact, in English and Chinese. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.terms import Locale
from server.touchpoints.attention.facts import Finding, Verdict
from server.touchpoints.attention_policies import AttentionReason

_EN: Mapping[AttentionReason, str] = {
    AttentionReason.OPTED_OUT: "The customer opted out of this.",
    AttentionReason.NO_CONSENT: "The customer has not consented to marketing.",
    AttentionReason.ERASED_OR_BLOCKED: "The customer is erased, or has removed us.",
    AttentionReason.OUT_OF_BOUNDARY: "The purpose lies outside the role's boundary.",
    AttentionReason.QUIET_HOURS: "It is quiet time for the customer.",
    AttentionReason.PLATFORM_CAP: "The platform allows {limit} of these a month.",
    AttentionReason.PURPOSE_BUDGET: "{used} of {limit} units for this purpose are spent in {days} days.",
    AttentionReason.TOTAL_BUDGET: "{used} of {limit} units are spent in {days} days.",
    AttentionReason.GAP: "{hours} hours must lie between contacts.",
    AttentionReason.BACK_OFF: "The last {used} contacts were ignored: {hours} hours must lie between contacts.",
    AttentionReason.NOT_RELEVANT: "It matches no need or tag of the customer that the contact names.",
}
_ZH: Mapping[AttentionReason, str] = {
    AttentionReason.OPTED_OUT: "客户已拒收此类联系。",
    AttentionReason.NO_CONSENT: "客户未同意营销推送。",
    AttentionReason.ERASED_OR_BLOCKED: "客户资料已删除，或已将我们删除。",
    AttentionReason.OUT_OF_BOUNDARY: "该目的超出角色的服务边界。",
    AttentionReason.QUIET_HOURS: "客户处于免打扰时段。",
    AttentionReason.PLATFORM_CAP: "平台每月最多允许{limit}次。",
    AttentionReason.PURPOSE_BUDGET: "该目的{days}天内的{limit}个额度已用{used}个。",
    AttentionReason.TOTAL_BUDGET: "{days}天内的{limit}个额度已用{used}个。",
    AttentionReason.GAP: "两次联系须间隔{hours}小时。",
    AttentionReason.BACK_OFF: "最近{used}次联系被忽略，须间隔{hours}小时。",
    AttentionReason.NOT_RELEVANT: "与客户的需求和标签均不匹配。",
}


def of_finding(finding: Finding, locale: Locale) -> str:
    text = (_ZH if locale is Locale.ZH else _EN)[finding.code]
    return text.format(limit=finding.limit, used=finding.used, days=finding.days, hours=finding.hours)


def refusal(verdict: Verdict, locale: Locale) -> str:
    """Every reason, and when the contact is welcome again."""
    zh = locale is Locale.ZH
    parts = [of_finding(finding, locale) for finding in verdict.findings]
    if verdict.next_welcome_at is not None and any(finding.until is not None for finding in verdict.findings):
        again = _told(verdict.next_welcome_at)
        parts.append(f"最早可联系时间：{again}。" if zh else f"Welcome again at {again}.")
    return ("" if zh else " ").join(parts)


def _told(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
