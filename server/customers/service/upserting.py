"""Takes over customers from another system, up to a hundred at once, each row kept or refused by itself."""

from __future__ import annotations

from collections.abc import Sequence

from server.customers import visibility
from server.customers.commands import UpsertCustomer
from server.customers.service import loads, profiles, recognising
from server.customers.service.adding import Added, add_held
from server.db.work import Work
from server.errors import DomainError

_REPLACED = ("name", "home_store_id", "birthday", "locale", "timezone")
"""What a row replaces where the customer is known: those of these that the row holds."""


async def upsert_customers(work: Work, rows: Sequence[UpsertCustomer]) -> list[Added | DomainError]:
    """Per row, in order: the customer it came to, or why it was refused. A refused row leaves nothing behind.

    Every lock is taken before the first row, in one order, so that two imports of the same people cannot lock up.
    """
    prints: list[list[recognising.Print] | DomainError] = []
    for row in rows:
        try:
            prints.append(await recognising.fingerprints(work, row.identities, "identities"))
        except DomainError as refusal:
            prints.append(refusal)
    taken = [one for found in prints if not isinstance(found, DomainError) for one in found]
    await recognising.hold(work, taken, [ref for row in rows for ref in row.external_refs])
    await loads.hold(work, [row.staff_id for row in rows if row.staff_id is not None])
    results: list[Added | DomainError] = []
    for row, found in zip(rows, prints, strict=True):
        if isinstance(found, DomainError):
            results.append(found)
            continue
        try:
            async with work.savepoint():
                results.append(await _upsert(work, row, found))
        except DomainError as refusal:
            results.append(refusal)
    return results


async def _upsert(work: Work, row: UpsertCustomer, prints: Sequence[recognising.Print]) -> Added:
    known = await recognising.recognise(work, prints, row.external_refs)
    was_seen = known is not None and await visibility.is_visible(work, known.id)
    added = await add_held(work, row, prints)
    # Knowing somebody's number makes a friend, as it does for addCustomer; it does not let a stranger rewrite the record.
    if was_seen and not added.created:
        given = {name: getattr(row, name) for name in _REPLACED if name in row.model_fields_set}
        await profiles.write(work, added.customer, given)
    return added
