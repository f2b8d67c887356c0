"""How long it is waited for a fact to become a hit. Pure data; days are of 24 hours, and the last moment is still in time."""

from __future__ import annotations

from datetime import timedelta

from server.touchpoints.attention_policies import COMMON_ATTENTION

COMPLAINT_WITHIN = timedelta(days=30)
"""After a case is completed: without a complaint so long, it went well."""
RETAINED_FOR = timedelta(days=30)
"""After friends are made: still friends so long after."""
SHARED_WITHIN = timedelta(days=14)
"""After a wow moment: the customer cannot help telling others."""
CONVERSATION_PAUSE = timedelta(days=7)
"""An enquiry so long after the one before opens another conversation, and an answer so late is none."""
ENGAGED_WITHIN = timedelta(hours=COMMON_ATTENTION.ignored_after_hours)
"""After a contact: what was not opened by then counts as ignored."""
