"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class SeveralCurrencies(DomainError):
    en = "An order is in one currency, and its refunds are in the same; here are {currencies}."
    zh = "一张订单及其退款只能使用一种货币，此处有：{currencies}。"


class DiscountTooLarge(DomainError):
    en = "A discount cannot be more than what it is on."
    zh = "优惠不能大于其所优惠的金额。"


class PaidMoreThanTotal(DomainError):
    en = "No more can be paid than the order comes to."
    zh = "已付金额不能大于订单总额。"


class RefundTooLarge(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "No more can be given back than was paid and not given back yet."
    zh = "退款不能超过已付且尚未退还的金额。"


class RefundedMore(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "More than this has been given back already."
    zh = "已退款金额超过此金额。"


class NothingToRefund(DomainError):
    en = "A refund gives back more than nothing."
    zh = "退款金额须大于零。"


class RefundBeforeOrder(DomainError):
    en = "Nothing can be given back before the order was placed."
    zh = "退款时间不能早于下单时间。"


class DeliveredBeforeOrder(DomainError):
    en = "Nothing can be delivered before the order was placed."
    zh = "交付时间不能早于下单时间。"


class OrderOfSomebodyElse(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The order with this external id is another customer's."
    zh = "该外部编号的订单属于其他客户。"


class OtherRefund(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The refund with this external id is another one: of another order, line or amount."
    zh = "该外部编号的退款属于其他订单、明细或金额。"


class OtherCurrencyThanRefunded(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Of this order something has been given back, so its currency stays."
    zh = "该订单已有退款，货币不能更改。"
