"""What acts, streams and computed fields are run with: the operation context of this process."""

from dataclasses import dataclass

from server.config import Settings
from server.db.database import Database
from server.db.work import EventSink
from server.events.following import Tailer


@dataclass(frozen=True, slots=True)
class Services:
    """Assembled once at start-up and reached through `call.services`."""

    settings: Settings
    database: Database
    events: EventSink
    tailer: Tailer
    epoch: int
    """How often the installation was restored; part of every cursor."""
