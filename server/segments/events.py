"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to


@dataclass(frozen=True, kw_only=True)
class _OfSegment(Event):
    segment_id: UUID = points_to("Segment", "The segment.")
    segment_version: int = fact("The segment's version from now on.")


@event(
    "segment.defined",
    subject="Segment",
    subject_field="segment_id",
    description="A segment 人群包 was made, changed, or brought back.",
)
@dataclass(frozen=True, kw_only=True)
class SegmentDefined(_OfSegment):
    pass


@event("segment.retired", subject="Segment", subject_field="segment_id", description="A segment is used no more.")
@dataclass(frozen=True, kw_only=True)
class SegmentRetired(_OfSegment):
    pass
