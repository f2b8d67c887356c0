"""Orders 订单: what a customer bought, what it came to, and what was given back.

Words: an Order has lines 明细, each of an item of ours or in free words; a discount 优惠 on a line or on the whole; its total
is what the lines come to without the discounts; paid is what of that the customer has paid; a refund 退款 gives back some
of what was paid, of the order or of one line.

Invariants: an order is in one currency, in whole minor units, and its total is exactly the sum of its lines less its
discounts. Never more is given back than was paid, nor for a line than the line came to, however many refund at once. Refunds
are never changed. An order is its customer's for good; told again by the same external id it is brought up to date.
"""
