"""Scorecards 指标卡: what each role and group reached of what it answers for, counted from recorded facts.

Words: a *figure* is one metric of one *card* (a role, a group or the brand; by store, person, channel or campaign where asked)
over one period. Its *facts* are the rows it was counted from: each is a *hit* or a *miss*, or still *maturing*, because the
time in which it may become a hit is not over; those are in neither number, hits among them, or young facts would flatter.

Invariants. A figure is nothing but its facts: numerator and denominator are their counts, and every figure opens to them. It
stands on the card of who answers for the metric, and on no other: in the version of the operating model of the fact's time. Within
a role it is credited to whoever held the role for that customer when the fact happened. Below its smallest sample it has no
value. Everything is counted of the customers the caller sees, by database policy.

Nothing is stored and nothing is emitted: facts may be recorded late, and then the past has changed.
"""
