"""Touchpoints 触点: every contact with a customer, and the attention 注意力 it costs.

Words: a Touchpoint is one contact with a direction, a medium, a purpose and a person; its state is what we did, its
outcomes are what came of it. Attention is what contact a customer still welcomes: a policy, a budget shared by all
staff, a reservation before the contact, a verdict with reasons. A Handoff 交接 passes a customer on with context.

Invariants: a contact outside the role's boundary is refused, naming the owner. Attention counts all staff together.
Outcomes are appended with their times; the one shown is the one of highest rank. Nobody who opted out is contacted,
unless the law requires it.
"""
