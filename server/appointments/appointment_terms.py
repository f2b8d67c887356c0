"""How an appointment stands, and who called one off. Pure data."""

from __future__ import annotations

from server.terms import Term


class AppointmentStatus(Term):
    """How an appointment stands."""

    BOOKED = "BOOKED", "Booked", "已预约"
    ARRIVED = "ARRIVED", "Arrived", "已到店"
    NO_SHOW = "NO_SHOW", "No-show", "爽约", "The customer was expected and did not come."
    CANCELLED = "CANCELLED", "Cancelled", "取消"
    RESCHEDULED = "RESCHEDULED", "Rescheduled", "改期", "Moved to another time, at which the customer is expected."

    @property
    def expected(self) -> bool:
        """The customer is still to come."""
        return self in (AppointmentStatus.BOOKED, AppointmentStatus.RESCHEDULED)


class CancelledBy(Term):
    """Who called an appointment off."""

    CUSTOMER = "CUSTOMER", "The customer", "客户"
    BRAND = "BRAND", "The brand", "品牌方", "Left out where it is asked how many customers came."
