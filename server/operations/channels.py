"""Channels 渠道活码: the codes customers scan, and where each leads.

The code itself is opaque: what it says about a customer's origin stands in the channel's row, never in the code.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import segno
from sqlalchemy.dialects.postgresql import insert

from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations import queries
from server.operations.commands import CreateChannel, SetChannelHours
from server.operations.drawing import is_dormant
from server.operations.errors import ChannelIsRetired, CodeTaken, OneUnit, StoreIsClosed, UnitNeverAdds, UnitRetired
from server.operations.events import ChannelCreated, ChannelHoursSet, ChannelHoursStated, ChannelRetired
from server.operations.tables import Channel, ChannelHours, Store
from server.operations.units import Unit, unit_of
from server.operations.working_hours import Hours, check_hours
from server.tenants import external_refs
from server.tenants.commands import OpeningHours

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without characters that look alike in print."""

_CODE_LENGTH = 16


def new_code() -> str:
    """A code nobody can guess: about 79 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def qr_svg(code: str) -> str:
    """The code as a QR picture: an SVG document, the same for the same code."""
    picture = io.BytesIO()
    segno.make_qr(code, error="m").save(picture, kind="svg", scale=8, border=4, xmldecl=False, nl=False)
    return picture.getvalue().decode()


async def create_channel(work: Work, command: CreateChannel) -> Channel:
    """A new code, which leads to the unit it names, or to the owner of the first stage that adds.

    Raises CodeTaken for a code of the tenant's own that is in use, UnitNeverAdds for a unit that adds nobody.
    """
    if command.group_id is not None and command.role_id is not None:
        raise OneUnit("role_id")
    unit = unit_of(command)
    if unit is not None:
        await _require_adding(work, unit)
    hours = _hours(command.hours)
    check_hours(hours, "hours")
    if command.store_id is not None:
        store = await work.require(Store, command.store_id, "store_id", lock=True)
        if store.closed_at is not None:
            raise StoreIsClosed("store_id", key=store.key)
    channel = Channel(
        tenant_id=work.tenant_id,
        state=command.code or new_code(),
        name=command.name,
        kind=command.kind,
        store_id=command.store_id,
        group_id=command.group_id,
        role_id=command.role_id,
        campaign=command.campaign,
        welcome=command.welcome,
        auto_tags=list(dict.fromkeys(command.auto_tags)),
        recorded_at=work.now,
    )
    if not await _insert(work, channel):
        raise CodeTaken("code")
    await external_refs.attach(work, "Channel", channel.id, command.external_refs)
    work.emit(
        ChannelCreated(
            channel_id=channel.id,
            kind=command.kind,
            store_id=channel.store_id,
            group_id=channel.group_id,
            role_id=channel.role_id,
        )
    )
    _state_hours(work, channel, hours)
    return channel


async def set_channel_hours(work: Work, command: SetChannelHours) -> Channel:
    """Say when the channel is served; none means always. Locks the channel. Raises Invalid, ChannelIsRetired, Conflict."""
    hours = _hours(command.hours)
    check_hours(hours, "hours")
    channel = await work.require(Channel, command.channel_id, "channel_id", lock=True)
    if channel.retired_at is not None:
        raise ChannelIsRetired("channel_id", name=channel.name)
    await work.change(channel, expected_version=command.expected_version)
    table = table_of(ChannelHours)
    await work.execute(table.delete().where(table.c.tenant_id == work.tenant_id, table.c.channel_id == channel.id))
    work.emit(ChannelHoursSet(channel_id=channel.id, channel_version=channel.version))
    _state_hours(work, channel, hours)
    return channel


async def retire_channel(work: Work, channel_id: UUID) -> Channel:
    """The code adds nobody from now on. Raises ChannelIsRetired where it is already."""
    channel = await work.require(Channel, channel_id, "channel_id", lock=True)
    if channel.retired_at is not None:
        raise ChannelIsRetired("channel_id", name=channel.name)
    await work.change(channel, retired_at=work.now)
    work.emit(ChannelRetired(channel_id=channel.id, retired_at=work.now, channel_version=channel.version))
    return channel


async def require_open(work: Work, code_or_id: str | UUID, *field: str) -> Channel:
    """The channel a customer came through. Raises NotFound or ChannelIsRetired on `field` (`channel_code`)."""
    place = field or ("channel_code",)
    if isinstance(code_or_id, UUID):
        channel = await work.get(Channel, code_or_id)
    else:
        channel = await queries.channel_by_code(work, code_or_id)
    if channel is None:
        raise NotFound(*place)
    if channel.retired_at is not None:
        raise ChannelIsRetired(*place, name=channel.name)
    return channel


async def _require_adding(work: Work, unit: Unit) -> None:
    field = unit.field
    row = await queries.unit_row(work, unit, lock=True)
    if row.retired_at is not None:
        raise UnitRetired(field, key=row.key)
    if not row.adds or is_dormant(row):
        raise UnitNeverAdds(field, key=row.key)


def _hours(given: Sequence[OpeningHours]) -> list[Hours]:
    return [Hours(one.weekday, one.opens, one.closes) for one in given]


def _state_hours(work: Work, channel: Channel, hours: Sequence[Hours]) -> None:
    for one in hours:
        row = work.add(ChannelHours(channel_id=channel.id, weekday=one.weekday, opens=one.opens, closes=one.closes))
        work.emit(
            ChannelHoursStated(
                channel_hours_id=row.id,
                channel_id=channel.id,
                weekday=one.weekday,
                opens=one.opens,
                closes=one.closes,
            )
        )


async def _insert(work: Work, channel: Channel) -> bool:
    table = table_of(Channel)
    values: dict[str, Any] = {name: getattr(channel, name) for name in Channel.model_fields}
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=["tenant_id", "state"])
    return await work.execute(statement) == 1
