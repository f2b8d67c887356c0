"""Work items 待办: one thing somebody of the brand should do next, and by when. All of them together are the inbox.

Words: a WorkItem is about one subject (a feedback, a contact, a handoff …) and of one kind; it is due at a time and
belongs to a person, or to a role or group, at a store or wherever. It is open until what it asks for is done.

Invariants: there is one item per kind and subject, opened again where the matter comes up again, so that opening twice
is opening once. Whoever does or undoes the thing opens and closes the item in the same act; nobody closes one by hand.
Items are keyed by ids; nothing here knows what their subjects are. Emits `work_item.*`.
"""
