"""Where duty, authority and metric do not meet 权责利不对等: the closed list, in words a manager reads. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.terms import Locale, Term


class DesignGapCode(Term):
    """What does not meet."""

    STAGE_UNOWNED = "STAGE_UNOWNED", "Stage without owner", "环节无人负责", "No serving role or group owns the stage."
    PURPOSE_UNOWNED = (
        "PURPOSE_UNOWNED",
        "Purpose without owner",
        "目的无人负责",
        "No role or group owns a purpose that brands of this trade use: whoever contacts a customer for it is refused.",
    )
    NO_DUTY = (
        "NO_DUTY",
        "Role without duty",
        "角色无职责",
        "A role or group that serves owns no stage, answers no feedback kind and performs no wow play.",
    )
    NO_AUTHORITY = (
        "NO_AUTHORITY",
        "Duty without authority",
        "有责无权",
        "A role or group owns a stage, and no purpose for which it may contact the customer.",
    )
    HEADLINE_NOT_MOVED = (
        "HEADLINE_NOT_MOVED",
        "Headline metric out of reach",
        "核心指标无从影响",
        "None of the stages of a role or group moves the metric it answers for.",
    )
    TARGET_MISSING = (
        "TARGET_MISSING",
        "Metric without target",
        "指标无目标",
        "A role or group answers for a metric for which nobody has said what it should reach.",
    )
    TARGET_UNANSWERED = (
        "TARGET_UNANSWERED",
        "Target nobody answers for",
        "目标无人负责",
        "A target is set for a metric its role or group does not answer for any more.",
    )
    NOBODY_PLACED = (
        "NOBODY_PLACED",
        "Role without people",
        "角色无人任职",
        "A role or group owns a stage or a purpose, and nobody is placed in it.",
    )

    def message(self, locale: Locale, about: Mapping[str, str]) -> str:
        english, chinese = _SAID[self]
        return (chinese if locale is Locale.ZH else english).format(**about)


_SAID: Mapping[DesignGapCode, tuple[str, str]] = MappingProxyType(
    {
        DesignGapCode.STAGE_UNOWNED: (
            "Nobody who serves owns the stage {stage}.",
            "环节“{stage}”没有在岗的负责角色。",
        ),
        DesignGapCode.PURPOSE_UNOWNED: (
            "Nobody owns {purpose}, which brands of this trade use: every contact for it is refused.",
            "“{purpose}”无人负责，而本行业会用到：以此目的的联系都会被拒绝。",
        ),
        DesignGapCode.NO_DUTY: (
            "{unit} owns no stage, answers no feedback and performs no wow play: there is nothing it is there for.",
            "{unit}不负责任何环节、反馈或惊喜方案，没有存在的理由。",
        ),
        DesignGapCode.NO_AUTHORITY: (
            "{unit} answers for {stages} stages and may contact the customer for no purpose of its own.",
            "{unit}负责 {stages} 个环节，却没有任何可联系客户的目的。",
        ),
        DesignGapCode.HEADLINE_NOT_MOVED: (
            "{unit} answers for {metric}, which none of its {stages} stages moves.",
            "{unit}以{metric}为核心指标，但其 {stages} 个环节均不影响该指标。",
        ),
        DesignGapCode.TARGET_MISSING: (
            "{unit} answers for {metric}, and nobody has said what it should reach.",
            "{unit}负责{metric}，但尚未设定目标。",
        ),
        DesignGapCode.TARGET_UNANSWERED: (
            "A target is set for {metric} of {unit}, which does not answer for it.",
            "{unit}设有{metric}目标，但并不负责该指标。",
        ),
        DesignGapCode.NOBODY_PLACED: (
            "Nobody is placed in {unit}, which owns {stages} stages and {purposes} purposes.",
            "{unit}负责 {stages} 个环节、{purposes} 个目的，却无人任职。",
        ),
    }
)
