"""Where a customer meets the code that makes them a friend: the closed list of channel kinds."""

from __future__ import annotations

from server.terms import Term


class ChannelKind(Term):
    """The kind of place or carrier on which a channel's code 渠道活码 is shown."""

    PARCEL_CARD = "PARCEL_CARD", "Parcel card", "包裹卡", "A card inside the parcel."
    STORE_MATERIAL = "STORE_MATERIAL", "Store material", "门店物料", "Window stickers, shelf cards, table tents."
    FRONT_DESK = "FRONT_DESK", "Front desk", "前台"
    STAFF_CARD = "STAFF_CARD", "Staff card or desk card", "员工名片或桌卡"
    OFFICIAL_ACCOUNT = "OFFICIAL_ACCOUNT", "Official account", "公众号"
    AD_CAMPAIGN = "AD_CAMPAIGN", "Advertising campaign", "投放"
    LIVE_STREAM = "LIVE_STREAM", "Live stream", "直播"
    GROUP_CHAT = "GROUP_CHAT", "Group chat", "群"
    REFERRAL = "REFERRAL", "Referral", "转介绍", "A customer brought them."
    WEBSITE = "WEBSITE", "Website", "官网"
    IMPORT = "IMPORT", "Import", "导入", "The relationship existed before and was imported."
    OTHER = "OTHER", "Other", "其他"
