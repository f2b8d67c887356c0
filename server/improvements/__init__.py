"""Improvements 改进: one change that answers many feedbacks, and shipping it tells everyone who asked.

Words: an Improvement is OPEN until somebody plans it (PLANNED), ships it (SHIPPED) or drops it (DROPPED); a link is one
feedback that asked for it. An asker is a customer, however often they asked.

Invariants: a feedback asks for one improvement at most. Shipping tells every asker once: a customer by one contact that answers
all they asked, by a job that goes on where it was stopped; somebody unknown by hand, by whoever answers their feedback. What the
clocks ended with is told by when each was told. Emits improvement.*.
"""
