"""Attention 注意力 at work: whether a contact is welcome, and the leave without which none is made.

Words: a Verdict says whether a customer welcomes a contact now, with every reason against it, what is left, and when it is
welcome again. A ContactReservation 预留 holds units until the contact is made (committed), given back, or late (expired).
A turn is what two contacts to one customer cannot take at the same time.

Invariants: counted are the contacts that are recorded and the reservations that are open, nothing else, so the two can
never disagree. What has happened is recorded and counted, never refused. Who opted out is not contacted by anybody's
override. Reserved is committed plus released plus expired plus open.
Emits `attention_policy.set`, `attention.overridden`, `contact.reserved`, `contact.released`, `contact.expired`.
"""
