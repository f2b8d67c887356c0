"""A brand joins: one act gives it everything it starts with.

Its row, its stream, its stores, its operating model with the reasons, the groups or roles, journey and metrics of its
trade, a first channel, its owner as a member of staff, and the owner's key. Composes the rooms below.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from pydantic import Field

from server.access import keys
from server.access.permissions import DataScope, PrincipalKind
from server.commands import Command, Key, Name, ShortText, Slug
from server.config import Onboarding, Settings
from server.db.work import Work
from server.lifecycles.errors import DuplicateStoreKey, UnknownParentStore
from server.operations import channels, designs, queries, stores
from server.operations.commands import CreateChannel, DefineStore
from server.operations.errors import OverrideNeedsReason
from server.operations.store_kinds import StoreKind
from server.operations.tables import Channel, OperatingModel, Store
from server.operations.templates import template
from server.tenants.business import OperatingModelKind
from server.tenants.business_profile import BusinessProfile, default_thresholds
from server.tenants.commands import Currency, Email, FoundTenant, InviteStaff, TimeZone
from server.tenants.errors import InvitationRefused, OnboardingClosed
from server.tenants.operating_model import advise, warnings_of_choice
from server.tenants.service import settings as tenant_settings
from server.tenants.service.staff import invite_staff
from server.terms import Locale
from server.trust.interest import watch_months

MAX_STORES = 500


class FirstStore(Command):
    """A store to begin with; `parent_key` names another of the same list."""

    key: Key
    name: Name
    kind: StoreKind = StoreKind.STORE
    parent_key: Key | None = None


class Owner(Command):
    """The person who answers for the brand."""

    name: Name
    email: Email


class ChosenModel(Command):
    """The model the brand wants, whatever is advised; against the advice it needs a reason."""

    kind: OperatingModelKind
    reason: ShortText | None = None


class OnboardTenant(Command):
    """Everything a brand says when it joins. The profile is in `currency`."""

    name: Name
    slug: Slug
    profile: BusinessProfile
    stores: Annotated[tuple[FirstStore, ...], Field(max_length=MAX_STORES)] = ()
    owner: Owner
    operating_model: ChosenModel | None = None
    currency: Currency
    timezone: TimeZone
    locale: Locale
    invitation_code: str | None = None


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What the brand starts with. `credential` is the owner's key in full and can be shown this once only."""

    tenant_id: UUID
    owner_id: UUID
    operating_model_id: UUID
    channel_id: UUID
    store_ids: tuple[UUID, ...]
    api_key_id: UUID
    credential: str


async def onboard_tenant(work: Work, command: OnboardTenant, settings: Settings) -> Onboarded:
    """Everything a brand starts with, or nothing. The unit of work is bound to the brand's new id.

    The caller becomes the owner's key, so that the log says who did it. Raises OnboardingClosed, InvitationRefused,
    SlugTaken, OverrideNeedsReason and whatever is wrong with a value.
    """
    check_invitation(settings, command.invitation_code)
    in_order = parents_first(command.stores)
    thresholds = default_thresholds(command.currency)
    await tenant_settings.found_tenant(
        work,
        FoundTenant(
            name=command.name,
            slug=command.slug,
            profile=command.profile,
            thresholds=thresholds,
            currency=command.currency,
            timezone=command.timezone,
            locale=command.locale,
        ),
    )
    owner = await invite_staff(
        work, InviteStaff(name=command.owner.name, email=command.owner.email, data_scope=DataScope.ALL)
    )
    by_key = await _define_stores(work, in_order)
    model = await _install_model(work, command)
    channel = await _first_channel(work, command, model)
    await watch_months(work)
    key, credential = await keys.create_api_key(work, name=command.owner.name, kind=PrincipalKind.OWNER)
    work.caller = replace(work.caller, principal_id=key.id, key_id=key.id)
    return Onboarded(
        tenant_id=work.tenant_id,
        owner_id=owner.id,
        operating_model_id=model.id,
        channel_id=channel.id,
        store_ids=tuple(by_key[store.key].id for store in command.stores),
        api_key_id=key.id,
        credential=credential,
    )


def check_invitation(settings: Settings, code: str | None) -> None:
    """Raises OnboardingClosed or InvitationRefused. Takes the same time for every wrong code."""
    if settings.onboarding is Onboarding.OPEN:
        return
    if settings.onboarding is Onboarding.CLOSED:
        raise OnboardingClosed
    expected = settings.invitation_code or ""
    matches = hmac.compare_digest((code or "").encode(), expected.encode())
    if not expected or not matches:
        raise InvitationRefused("invitation_code")


def parents_first(wanted: Sequence[FirstStore]) -> list[FirstStore]:
    """The stores in an order in which every parent comes before what lies below it.

    Raises DuplicateStoreKey or UnknownParentStore on the store at fault.
    """
    seen: set[str] = set()
    for index, store in enumerate(wanted):
        if store.key in seen:
            raise DuplicateStoreKey("stores", index, "key", key=store.key)
        seen.add(store.key)
    placed: dict[str, FirstStore] = {}
    waiting = list(enumerate(wanted))
    while waiting:
        ready = [(index, store) for index, store in waiting if store.parent_key is None or store.parent_key in placed]
        if not ready:
            index, store = waiting[0]
            raise UnknownParentStore("stores", index, "parent_key", key=store.parent_key)
        placed.update((store.key, store) for _, store in ready)
        waiting = [(index, store) for index, store in waiting if store.key not in placed]
    return list(placed.values())


async def _define_stores(work: Work, in_order: Sequence[FirstStore]) -> dict[str, Store]:
    """The stores by key. A parent has its id before what lies below it names it."""
    made: dict[str, Store] = {}
    for store in in_order:
        parent = None if store.parent_key is None else made[store.parent_key].id
        defined = await stores.define_store(
            work, DefineStore(key=store.key, name=store.name, kind=store.kind, parent_id=parent)
        )
        made[store.key] = defined.store
    return made


async def _install_model(work: Work, command: OnboardTenant) -> OperatingModel:
    """The advised model, or the chosen one with the warnings of the choice."""
    thresholds = default_thresholds(command.currency)
    advice = advise(command.profile, thresholds)
    chosen = command.operating_model
    kind = advice.model if chosen is None else chosen.kind
    try:
        return await designs.install(
            work,
            template(command.profile.industry, kind),
            kind=kind,
            advice=advice,
            override_reason=None if chosen is None else chosen.reason,
            brand_name=command.name,
            warnings=warnings_of_choice(command.profile, advice, chosen=kind, thresholds=thresholds),
        )
    except OverrideNeedsReason:
        raise OverrideNeedsReason("operating_model", "reason") from None


async def _first_channel(work: Work, command: OnboardTenant, model: OperatingModel) -> Channel:
    """The channel customers of this trade usually come from, served by whoever owns the first stage that adds."""
    kind = template(command.profile.industry, OperatingModelKind(model.kind)).default_channel
    stage = await queries.first_adding_stage(work)
    unit = None if stage is None else queries.owner_of(stage)
    return await channels.create_channel(
        work,
        CreateChannel(
            name=kind.label(command.locale),
            kind=kind,
            group_id=unit.group_id if unit else None,
            role_id=unit.role_id if unit else None,
        ),
    )
