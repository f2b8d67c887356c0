"""Adding a customer who came through another one: the friendship begins and the referral is credited, both or neither."""

from __future__ import annotations

from server.commands import Command
from server.customers.commands import AddCustomer
from server.customers.service import adding
from server.customers.service.adding import Added
from server.db.work import Work
from server.lifecycles import surprises
from server.wow_moments import referrals
from server.wow_moments.commands import Code
from server.wow_moments.tables import Referral


class CameBy(Command):
    """The code the customer presents, if any."""

    referral_code: Code | None = None


async def add_customer(work: Work, command: AddCustomer, came: CameBy) -> tuple[Added, Referral | None]:
    """Add the customer; where nobody knew them before, credit them to whose code they present.

    Somebody known already is added all the same, and credited to nobody: only a new customer is brought. Raises what
    `adding.add_customer` does, and NotFound, NotANewCustomer on `referral_code`.
    """
    code = None
    if came.referral_code is not None:
        code = await referrals.known_code(work, came.referral_code, "referral_code")
    added = await adding.add_customer(work, command)
    if added.case is not None:
        await surprises.stage_entered(work, added.case)
    if code is None or not added.created:
        return added, None
    return added, await referrals.came_by_code(work, added.customer, code, "referral_code")
