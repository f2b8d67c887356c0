"""Kinds of content and how far a campaign has come: closed lists. Pure data."""

from __future__ import annotations

from server.terms import Term


class ContentKind(Term):
    """What kind of thing is shown to customers."""

    ARTICLE = "ARTICLE", "Article", "文章"
    RECIPE = "RECIPE", "Recipe", "食谱"
    TIP = "TIP", "Tip", "小贴士"
    POSTER = "POSTER", "Poster", "海报"
    VIDEO = "VIDEO", "Video", "视频"
    LIVE_STREAM = "LIVE_STREAM", "Live stream", "直播"
    OFFER = "OFFER", "Offer or coupon", "优惠"
    QUESTIONNAIRE = "QUESTIONNAIRE", "Questionnaire or vote", "问卷或投票"
    OTHER = "OTHER", "Other", "其他"


class CampaignState(Term):
    """How far a campaign has come."""

    PLANNED = "PLANNED", "Not begun yet", "未开始"
    RUNNING = "RUNNING", "Running", "进行中"
    ENDED = "ENDED", "Ended", "已结束"
