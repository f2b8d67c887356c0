"""Lifecycles: acts that touch many rooms at once, one file each.

A brand joins; its operating model is judged by what is recorded (fit), a change of it planned and carried out, roles cleaned
up after everyone added; a person's data scope changes. Each room below offers its piece, and the act composes them in one
unit of work; what takes longer goes on in the background, and its progress is all that is kept here.

* A change of the model writes roles of friendships only. Friendships and history before and after are the same: each step
  checks it for its customers, the last one for everything.
* A plan is reads alone. Its id goes stale with the facts it rests on, and then nothing is begun.

Emits `model_change.started`, `.progressed`, `.ended`.
"""
