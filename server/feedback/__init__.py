"""Feedback 反馈: what customers say, and that they are answered.

Words: a Feedback is a product request 缺货登记, complaint 客诉, suggestion, praise or rating; its clock says by when
the customer must have been told; a Reward 致谢金 thanks for a complaint or a suggestion; an Improvement 改进 is a
change that answers many feedbacks, and shipping it tells everyone who asked.

Invariants: the result of a clock never changes, reopening starts a new one. Another customer asking the same is never a
duplicate. A reward depends on what was reported, never on how it ended. Answering earns trust, the sum paid does not.
"""
