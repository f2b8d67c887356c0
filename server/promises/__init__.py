"""Promises 承诺: what the brand said it would do, by when, and whether it did.

Words: a Promise is made to one customer, or to everyone (a standing word like "an answer within 72 hours"); it is kept 兑现,
broken 失信, or released 解除 because whom it was made to let the brand off. It is overdue when its time has run out and
nobody has said what became of it.

Invariants: what a promise ended with never changes. A time that has run out is not put off. Whether it was kept in time
follows from when it was due and when it was kept, not from when that was recorded. Kept is a deposit of trust, late and
broken are withdrawals, posted in the same act (`trusting`).
"""
