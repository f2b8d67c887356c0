"""What a caller must hold to ask for something, written out a second time, so that refusals are predicted."""

from __future__ import annotations

from collections.abc import Mapping

_TENANT = ("Absence AssignmentRule BoundaryPurpose BusinessHours Channel ChannelHours ClosedDay WorkShift "
           "Workload Item ListedStage MetricParameter MetricTarget OperatingModel "
           "OpsGroup Persona Placement GroupChat Content Campaign ServiceRole StaffMember Stage Store Tenant "
           "Transfer OperatingModelChange")  # fmt: skip
_CUSTOMER = ("AssignmentQueueEntry Case CaseStageChange Consent Contact ContactPreference Customer CustomerNeed Identity Relationship "
             "RelationshipRole Subject AttentionOverride BoundaryOverride Handoff WorkItem GroupMembership Segment")  # fmt: skip

OF_TYPE: Mapping[str, str | None] = {
    "ApiKey": "API_KEY_MANAGE",
    "ExternalRef": None,
    "ServiceNote": "NOTE_READ",
    **dict.fromkeys(_TENANT.split(), "TENANT_READ"),
    **dict.fromkeys(_CUSTOMER.split(), "CUSTOMER_READ"),
    **dict.fromkeys(("ContactReservation", "Touchpoint", "TouchpointOutcome", "GroupPost"), "TOUCHPOINT_READ"),
    **dict.fromkeys(
        ("Feedback", "FeedbackClock", "FeedbackMove", "Reward", "Improvement", "ImprovementLink"), "FEEDBACK_READ"
    ),
    **dict.fromkeys(("Order", "OrderLine", "OrderRefund"), "ORDER_READ"),
    **dict.fromkeys(("Appointment", "AppointmentTime"), "APPOINTMENT_READ"),
    "Promise": "PROMISE_READ",
    **dict.fromkeys(("WowPlay", "WowMoment", "Share", "Referral", "ReferralCode", "DueWowMoment"), "WOW_READ"),
    **dict.fromkeys(("Quote", "QuoteLine", "QuoteGuarantee", "QuoteConflict"), "QUOTE_READ"),
    **dict.fromkeys(("TrustAccount", "TrustEntry"), "TRUST_READ"),
}
"""Needed to read any field of the type."""

OF_FIELD: Mapping[tuple[str, str], str] = {
    ("Identity", "value"): "IDENTITY_READ",
    ("Customer", "circle"): "WOW_READ",
    ("Customer", "lastTouchAt"): "TOUCHPOINT_READ",
    ("Customer", "attention"): "TOUCHPOINT_READ",
    ("ContactReservation", "attentionOverride"): "CUSTOMER_READ",
    ("Touchpoint", "attentionOverride"): "CUSTOMER_READ",
    ("Touchpoint", "boundaryOverride"): "CUSTOMER_READ",
    ("Query", "attentionPolicy"): "TENANT_READ",
    **dict.fromkeys(
        [("Campaign", f"figures{apart}") for apart in ("", "BySegment", "ByStaff", "ByStore")], "TOUCHPOINT_READ"
    ),
    ("Content", "figures"): "TOUCHPOINT_READ",
    ("CampaignFigures", "orders"): "ORDER_READ",
    ("CampaignFigures", "turnover"): "ORDER_READ",
    ("GroupChat", "memberCount"): "CUSTOMER_READ",
    ("Query", "events"): "EVENT_READ",
    ("Subscription", "events"): "EVENT_READ",
    ("Query", "customerByIdentity"): "CUSTOMER_READ",
    ("Query", "feedbackPolicy"): "FEEDBACK_READ",
    ("Query", "similarFeedback"): "FEEDBACK_READ",
    ("Query", "quotePolicy"): "QUOTE_READ",
    ("Query", "quotePriceSpreads"): "QUOTE_READ",
    ("Query", "trustPolicy"): "TRUST_READ",
    ("Query", "trustReport"): "TRUST_READ",
    ("TrustAccount", "differences"): "TRUST_MANAGE",
    ("Query", "workItemCounts"): "CUSTOMER_READ",
    ("Query", "wowFigures"): "WOW_READ",
    ("Subscription", "workItemsChanged"): "CUSTOMER_READ",
    ("Query", "operatingModelFit"): "TENANT_READ",
    ("Query", "funnel"): "CUSTOMER_READ",
    ("Query", "scorecards"): "CUSTOMER_READ",
    ("Query", "designCheck"): "TENANT_READ",
    ("Query", "duplicateCustomers"): "CUSTOMER_MERGE",
    ("Query", "planOperatingModelChange"): "OPERATING_MODEL_MANAGE",
    ("Query", "planRoleCleanup"): "OPERATING_MODEL_MANAGE",
}
"""Needed besides, for one field."""

OF_CONDITION: Mapping[tuple[str, str], str] = {
    ("CustomerFilter", "trustBalance"): "TRUST_READ",
    ("CustomerFilter", "touchedAt"): "TOUCHPOINT_READ",
    ("GroupChatFilter", "customer"): "CUSTOMER_READ",
    ("CustomerOrder", "TRUST_BALANCE"): "TRUST_READ",
}
"""Needed to filter or order by something: that tells about values just as fields do."""
