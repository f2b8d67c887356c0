"""How long it is waited for a fact to become a hit. Pure data; days are of 24 hours, and the last moment is still in time."""

from __future__ import annotations

from datetime import timedelta

from server.touchpoints.attention_policies import COMMON_ATTENTION
from server.wow_moments.figures import TELLING

COMPLAINT_WITHIN = timedelta(days=30)
"""After a case is completed: without a complaint so long, it went well."""
RETAINED_FOR = timedelta(days=30)
"""After friends are made: still friends so long after."""
SHARED_WITHIN = TELLING
"""After a wow moment: the customer cannot help telling others. Its last moment is too late, as in the figures of surprises."""
REFERRED_WITHIN = timedelta(days=180)
"""After a customer first bought: they bring somebody new."""
CONVERSATION_PAUSE = timedelta(days=7)
"""An enquiry so long after the one before opens another conversation, and an answer so late is none."""
ENGAGED_WITHIN = timedelta(hours=COMMON_ATTENTION.ignored_after_hours)
"""After a contact: what was not opened by then counts as ignored."""
