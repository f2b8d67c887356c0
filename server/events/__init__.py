"""The event log: what happened to a tenant, numbered 1…n without a gap in the order it was committed.

Words: *event* (one fact, past tense, thin: ids, enumerations, numbers), *catalogue* (every type there is: the integrators'
contract), *sequence* (the event's number), *cursor* (a sequence as the outside sees it, carrying the installation's epoch),
*doorbell* (a hint that something was committed; the poll is the truth).

Invariants: an event is stored in the transaction of the change it tells of; rows are never changed or deleted.
"""
