"""The sentence a manager reads for a figure of the fit, in English or Chinese. Pure."""

from __future__ import annotations

from decimal import Decimal

from server.lifecycles.fit_rules import MIN_SAMPLE, Fit, FitFigure
from server.lifecycles.fit_terms import FitFigureKey, FitVerdict
from server.terms import Locale

_SAID: dict[FitFigureKey, tuple[str, str]] = {
    FitFigureKey.CONTEXTLESS_SHARE: (
        (
            "{numerator} of {denominator} answered questions of care ({value}) were answered by somebody who knew neither the "
            "customer's case nor a note about it; from {threshold} on that is too many"
        ),
        (
            "{denominator} 次已答复的专业咨询中，{numerator} 次（{value}）由既未服务过该客户、也看不到服务记录的人答复，"
            "达到 {threshold} 即为过高"
        ),
    ),
    FitFigureKey.REPEAT_QUESTION_SHARE: (
        (
            "{numerator} of {denominator} answered questions ({value}) were asked again within 48 hours; from {threshold} on "
            "that is too many"
        ),
        "{denominator} 次已答复的咨询中，{numerator} 次（{value}）在48小时内被再次追问，达到 {threshold} 即为过高",
    ),
    FitFigureKey.SATISFACTION_GAP: (
        (
            "after an answer by somebody who knew the case {value} more of the ratings are 4 or 5, by {denominator} ratings; "
            "from {threshold} on that is too much"
        ),
        "由了解情况的人答复后，4至5分评价占比高出 {value}（共 {denominator} 次评价），达到 {threshold} 即为过高",
    ),
    FitFigureKey.REDUNDANT_SHARE: (
        (
            "{numerator} of {denominator} friendships ({value}) are asked for by no role or hold one a second time; from "
            "{threshold} on that is too many"
        ),
        "{denominator} 段好友关系中，{numerator} 段（{value}）没有角色需要或与同角色重复，达到 {threshold} 即为过高",
    ),
    FitFigureKey.CONFLICT_RATE: (
        "{numerator} conflicts of {denominator} quotes ({value}); from {threshold} on that is too many",
        "{denominator} 份报价中出现 {numerator} 次冲突（{value}），达到 {threshold} 即为过高",
    ),
}
_CONCLUSION: dict[FitVerdict, tuple[str, str]] = {
    FitVerdict.FITS: ("The operating model fits: no figure is over its threshold.", "运营模式适配：各项指标均未超标。"),
    FitVerdict.STRAINED: (
        "The operating model is strained: see the figures over their thresholds.",
        "运营模式吃力：请看超标的指标。",
    ),
    FitVerdict.MISFIT: (
        (
            "The operating model does not fit: customers are answered by people who do not know them, and they feel it. Plan a "
            "change with planOperatingModelChange."
        ),
        "运营模式错配：答复客户的人不了解客户，客户已有感受。可用 planOperatingModelChange 预览变更。",
    ),
    FitVerdict.NOT_ENOUGH_FACTS: (
        "Not enough facts: {sample} answered enquiries in the period, judged from {least} on.",
        "样本不足：期间内已答复咨询 {sample} 次，满 {least} 次方可判断。",
    ),
}


def conclusion(fit: Fit, locale: Locale) -> str:
    english, chinese = _CONCLUSION[fit.verdict]
    return (chinese if locale is Locale.ZH else english).format(sample=f"{fit.sample:,}", least=MIN_SAMPLE)


def reason(figure: FitFigure, locale: Locale) -> str:
    """Of a figure over its threshold."""
    english, chinese = _SAID[figure.key]
    assert figure.value is not None
    assert figure.threshold is not None
    said = (chinese if locale is Locale.ZH else english).format(
        value=_percent(figure.value),
        threshold=_percent(figure.threshold),
        numerator=f"{figure.numerator or 0:,}",
        denominator=f"{figure.denominator or 0:,}",
    )
    return f"{figure.key.label(locale)}：{said}。" if locale is Locale.ZH else f"{figure.key.label(locale)}: {said}."


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
