"""The acts of this room: segments are defined by key, and retired."""

from __future__ import annotations

from typing import Any

from server.db.work import Work
from server.errors import Conflict, NotFound
from server.segments import errors, events, queries
from server.segments.commands import DefineSegment, RetireSegment
from server.segments.tables import Segment
from server.tenants import external_refs


async def define_segment(work: Work, command: DefineSegment) -> Segment:
    """Make the segment of this key, or give the existing one this definition; a retired one is used again.

    Nothing happens where it is so already. With `expected_version` only an existing one is changed. Raises
    SegmentWithoutCondition, NotFound, Conflict, ExternalRefTaken.
    """
    if not command.conditions:
        raise errors.SegmentWithoutCondition("filter")
    wanted: dict[str, Any] = {"name": command.name, "conditions": command.conditions, "retired_at": None}
    segment = await queries.locked_by_key(work, command.key)
    if segment is None and command.expected_version is not None:
        raise NotFound("key")
    if segment is None:
        segment = Segment(key=command.key, **wanted, updated_at=work.now)
        if await queries.inserted(work, segment):
            work.emit(_defined(segment))
        else:
            segment = await queries.locked_by_key(work, command.key)
            assert segment is not None, "Segments are never deleted."
    if command.expected_version not in (None, segment.version):
        raise Conflict("expected_version", version=segment.version)
    changed = {name: value for name, value in wanted.items() if getattr(segment, name) != value}
    if changed:
        await work.change(segment, **changed, updated_at=work.now)
        work.emit(_defined(segment))
    await external_refs.attach(work, "Segment", segment.id, command.external_refs)
    return segment


async def retire_segment(work: Work, command: RetireSegment) -> Segment:
    """Used no more; what points at it stays. Raises NotFound, SegmentAlreadyRetired, Conflict."""
    segment = await work.require(Segment, command.segment_id, "segment_id", lock=True)
    if segment.retired_at is not None:
        raise errors.SegmentAlreadyRetired("segment_id")
    await work.change(segment, expected_version=command.expected_version, retired_at=work.now, updated_at=work.now)
    work.emit(events.SegmentRetired(segment_id=segment.id, segment_version=segment.version))
    return segment


def _defined(segment: Segment) -> events.SegmentDefined:
    return events.SegmentDefined(segment_id=segment.id, segment_version=segment.version)
