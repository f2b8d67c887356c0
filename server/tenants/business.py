"""What business a tenant is in: business types, industries, and what is usual in each industry.

Pure data. The codes of channel and subject kinds are kept as text, because operations and customers, whose words they
are, stand above this floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.terms import Term


class BusinessType(Term):
    """To whom the tenant sells, and at what price."""

    LOW_PRICE_B2C = "LOW_PRICE_B2C", "Low-price consumer business", "低客单价C端", "Many consumers, small orders."
    HIGH_PRICE_B2C = (
        "HIGH_PRICE_B2C",
        "High-price consumer business",
        "高客单价C端",
        "Consumers who decide slowly on something costly.",
    )
    B2B = "B2B", "Business customers", "企业客户（B2B）", "Companies, with several people and roles on both sides."


class Industry(Term):
    """The tenant's trade. It brings reviewed stages, roles and metrics."""

    FMCG = "FMCG", "Fast-moving consumer goods", "快消"
    RETAIL = "RETAIL", "Retail", "零售"
    MARKETPLACE = "MARKETPLACE", "Marketplace", "平台电商"
    CATERING = "CATERING", "Catering", "餐饮"
    BAKERY = "BAKERY", "Bakery", "烘焙"
    MEDICAL_AESTHETICS = "MEDICAL_AESTHETICS", "Medical aesthetics", "医美"
    DENTAL = "DENTAL", "Dental care", "口腔"
    HOME_DECORATION = "HOME_DECORATION", "Home decoration", "家装"
    MANUFACTURING = "MANUFACTURING", "Manufacturing", "制造"
    EDUCATION = "EDUCATION", "Education", "教育"
    ENTERPRISE_SERVICES = "ENTERPRISE_SERVICES", "Enterprise services", "企业服务"
    PET_HOSPITAL = "PET_HOSPITAL", "Pet hospital", "宠物医院"
    LUXURY_CARS = "LUXURY_CARS", "Luxury cars", "豪车"
    OTHER = "OTHER", "Other", "其他"


class OperatingModelKind(Term):
    """Who adds the customer as a friend."""

    CENTRAL_OPS_GROUP = (
        "CENTRAL_OPS_GROUP",
        "Central ops group",
        "在线运营小组",
        "One online ops group takes every friend and does all follow-up.",
    )
    PER_ROLE = (
        "PER_ROLE",
        "Per role",
        "按角色分工",
        "At each key node of the journey the role that serves there adds the customer.",
    )


class AddingPractice(Term):
    """How customers are added today, before the tenant joins."""

    NOBODY_ADDS = "NOBODY_ADDS", "Nobody adds customers yet", "尚未加粉"
    CENTRAL_GROUP = "CENTRAL_GROUP", "A central ops group adds", "在线运营小组"
    EVERYONE_ADDS = "EVERYONE_ADDS", "Everyone who can adds", "能加的都加"
    BY_ROLE = "BY_ROLE", "Certain roles add", "按角色分工"


class AdviceStrength(Term):
    """How sure the advice is."""

    STRONG = "STRONG", "Strong", "强烈建议"
    MODERATE = "MODERATE", "Moderate", "建议"
    WEAK = "WEAK", "Weak", "可以考虑"


@dataclass(frozen=True)
class Signals:
    """How customers are really served, which can contradict the label of the business type."""

    served_in_person: bool
    enquiry_needs_case_history: bool
    customer_facing_roles: int
    prices_negotiated: bool
    professional_advice: bool


@dataclass(frozen=True)
class IndustryDefaults:
    """What is usual in an industry. `channel` and `subject` are codes of ChannelKind and SubjectKind."""

    business_type: BusinessType
    model: OperatingModelKind
    channel: str
    subject: str
    signals: Signals


# In the signals: served in person, enquiries need the case history, customer-facing roles, prices negotiated,
# professional advice.
INDUSTRY_DEFAULTS: Mapping[Industry, IndustryDefaults] = MappingProxyType(
    {
        Industry.FMCG: IndustryDefaults(
            BusinessType.LOW_PRICE_B2C,
            OperatingModelKind.CENTRAL_OPS_GROUP,
            channel="PARCEL_CARD",
            subject="PERSON",
            signals=Signals(False, False, 1, False, False),
        ),
        Industry.RETAIL: IndustryDefaults(
            BusinessType.LOW_PRICE_B2C,
            OperatingModelKind.CENTRAL_OPS_GROUP,
            channel="STORE_MATERIAL",
            subject="PERSON",
            signals=Signals(False, False, 2, False, False),
        ),
        Industry.MARKETPLACE: IndustryDefaults(
            BusinessType.LOW_PRICE_B2C,
            OperatingModelKind.CENTRAL_OPS_GROUP,
            channel="OFFICIAL_ACCOUNT",
            subject="PERSON",
            signals=Signals(False, False, 1, False, False),
        ),
        Industry.CATERING: IndustryDefaults(
            BusinessType.LOW_PRICE_B2C,
            OperatingModelKind.CENTRAL_OPS_GROUP,
            channel="STORE_MATERIAL",
            subject="PERSON",
            signals=Signals(False, False, 2, False, False),
        ),
        Industry.BAKERY: IndustryDefaults(
            BusinessType.LOW_PRICE_B2C,
            OperatingModelKind.CENTRAL_OPS_GROUP,
            channel="OFFICIAL_ACCOUNT",
            subject="FAMILY_MEMBER",
            signals=Signals(False, False, 2, False, False),
        ),
        Industry.MEDICAL_AESTHETICS: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="AD_CAMPAIGN",
            subject="PERSON",
            signals=Signals(True, True, 3, True, True),
        ),
        Industry.DENTAL: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="AD_CAMPAIGN",
            subject="PERSON",
            signals=Signals(True, True, 4, True, True),
        ),
        Industry.HOME_DECORATION: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="AD_CAMPAIGN",
            subject="HOME",
            signals=Signals(True, True, 5, True, False),
        ),
        Industry.MANUFACTURING: IndustryDefaults(
            BusinessType.B2B,
            OperatingModelKind.PER_ROLE,
            channel="WEBSITE",
            subject="SITE",
            signals=Signals(True, True, 4, True, False),
        ),
        Industry.EDUCATION: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="AD_CAMPAIGN",
            subject="CHILD",
            signals=Signals(True, True, 4, True, True),
        ),
        Industry.ENTERPRISE_SERVICES: IndustryDefaults(
            BusinessType.B2B,
            OperatingModelKind.PER_ROLE,
            channel="OFFICIAL_ACCOUNT",
            subject="CONTRACT",
            signals=Signals(True, True, 4, True, False),
        ),
        Industry.PET_HOSPITAL: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="FRONT_DESK",
            subject="PET",
            signals=Signals(True, True, 4, False, True),
        ),
        Industry.LUXURY_CARS: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="OFFICIAL_ACCOUNT",
            subject="CAR",
            signals=Signals(True, True, 4, True, False),
        ),
        Industry.OTHER: IndustryDefaults(
            BusinessType.HIGH_PRICE_B2C,
            OperatingModelKind.PER_ROLE,
            channel="STAFF_CARD",
            subject="PERSON",
            signals=Signals(False, False, 2, False, False),
        ),
    }
)
