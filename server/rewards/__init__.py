"""Rewards 致谢金: thanks for a complaint or a suggestion, per customer and incident, on a clock of their own.

Words: an incident is one feedback (a duplicate is not another one); a Reward is PROPOSED with it, APPROVED when a manager has
validated the incident, PAID, or VOID. The monthly budget is spent by what is approved in the month, in the brand's time zone.

Invariants: one reward per incident, never below nothing, never over the budget however many approve at once. What it is for
decides, never how the matter ended: no move of the feedback changes it. The sum earns no trust, paying in time does.
Emits reward.*.
"""
