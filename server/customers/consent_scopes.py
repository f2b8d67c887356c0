"""What a customer can allow or withdraw: the closed list of consent scopes."""

from __future__ import annotations

from server.terms import Term


class ConsentScope(Term):
    """What a consent 同意 is about. Each is given, and withdrawn, by itself."""

    SERVICE_CONTACT = "SERVICE_CONTACT", "Contact for service", "服务联系"
    MARKETING = "MARKETING", "Marketing messages", "营销推送"
    PERSONALISED_MARKETING = (
        "PERSONALISED_MARKETING",
        "Personalised marketing",
        "个性化推送",
        "Messages chosen by the customer's own traits.",
    )
    SENSITIVE_HEALTH = "SENSITIVE_HEALTH", "Sensitive health information", "敏感健康信息"
    SENSITIVE_FINANCE = "SENSITIVE_FINANCE", "Sensitive financial information", "敏感金融信息"
    MINOR_BY_GUARDIAN = "MINOR_BY_GUARDIAN", "For a minor, by the guardian", "监护人代未成年人同意"
    PHOTO_AND_STORY = "PHOTO_AND_STORY", "Use of photo and story", "肖像与故事使用"
    SHARE_WITH_PARTNER = "SHARE_WITH_PARTNER", "Sharing with a third party", "向第三方提供"
