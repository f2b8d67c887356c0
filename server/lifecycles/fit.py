"""Whether the operating model in force fits, by what was recorded in the last thirty days."""

from __future__ import annotations

from sqlalchemy import select

from server.customers.queries import timezone
from server.db.reader import Reader
from server.db.statements import table_of
from server.lifecycles.fit_facts import counts
from server.lifecycles.fit_rules import Fit, Period, judge
from server.operations.tables import OperatingModel
from server.tenants.business import OperatingModelKind

_models = table_of(OperatingModel).c


async def operating_model_fit(reader: Reader) -> Fit:
    """The verdict with its figures, over the customers the caller sees."""
    in_force = select(_models.kind).where(_models.tenant_id == reader.tenant_id, _models.in_force)
    kind = OperatingModelKind(await reader.scalar(in_force))
    period = Period.up_to(reader.now, await timezone(reader))
    return judge(kind, await counts(reader, period), period)
