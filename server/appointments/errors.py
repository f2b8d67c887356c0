"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class AppointmentStands(DomainError):
    """The table of moves does not lead from here to there."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This appointment is {status} and cannot become {wanted}."
    zh = "该预约当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class NotMissedYet(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Nobody is missed before the time they are expected."
    zh = "预约时间未到，不能登记爽约。"


class BookedAfterItsTime(DomainError):
    en = "An appointment cannot be booked after the time it is for."
    zh = "预约的登记时间不能晚于预约的到店时间。"


class AppointmentOfSomebodyElse(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The appointment with this external id is another customer's."
    zh = "该外部编号的预约属于其他客户。"
