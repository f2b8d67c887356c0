"""Appointments 预约: when a customer is expected, where, by whom and for what; and whether they came.

Words: an Appointment is booked 已预约, moved to another time 改期, kept by arriving 已到店, missed 爽约, or cancelled 取消 by
the customer or the brand. Its times are all that were ever agreed, the last of which holds.

Invariants: nobody is missed before the time they were expected. Every time that was agreed stays in the history. What was
cancelled stays cancelled: another visit is another appointment. A missed one may still be found to have been kept, or the
other way round, because who stood at the door is a fact that people get wrong.
"""
