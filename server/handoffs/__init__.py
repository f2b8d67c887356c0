"""Handoffs 交接: one role passes a customer to another, with what the other must know.

Words: a Handoff is asked of a person, or of whoever serves in a role or group, at a store or anywhere; it is accepted,
declined, or cancelled by who asked; one that nobody answers in time is escalated 升级 to who answers for the store or
the group.

Invariants: a handoff is answered once; two who accept at once do not both get it. Who is asked sees the customer from then
on, so that they can decide; who accepts goes on seeing them, and the others stop. Where the design has the role add
customers, accepting makes the two friends in that role, in the same act. Asking for what is asked for already asks
nothing new.
"""
