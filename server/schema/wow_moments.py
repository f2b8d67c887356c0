"""Surprises: plays, the times they happened, and customers telling others."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import exists, false, func, literal_column, select

from server.access.permissions import Permission
from server.customers.consent_scopes import ConsentScope
from server.customers.tables import Consent
from server.db.statements import table_of
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, connection, link
from server.planner.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    TextFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.nodes import Connection, Node
from server.schema.referrals import REFERRAL_FILTER, REFERRAL_ORDERS, Referral
from server.schema.roles_of_rows import BoundaryFact
from server.schema.scalars import Money, money
from server.wow_moments import tables
from server.wow_moments.surprise_terms import ShareMedium, WowOccasion, WowTrigger

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.customers import Customer
    from server.schema.journeys import Stage
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_moments, _shares, _consents = table_of(tables.WowMoment), table_of(tables.Share), table_of(Consent)
_SHARED_SPONTANEOUSLY = exists().where(
    _shares.c.tenant_id == _moments.c.tenant_id, _shares.c.wow_moment_id == _moments.c.id, _shares.c.spontaneous
)
_MAY_BE_SHOWN = func.coalesce(
    select(_consents.c.granted)
    .where(
        _consents.c.tenant_id == _moments.c.tenant_id,
        _consents.c.customer_id == _moments.c.customer_id,
        _consents.c.scope == fixed(ConsentScope.PHOTO_AND_STORY.value),
    )
    .order_by(_consents.c.occurred_at.desc(), _consents.c.recorded_at.desc(), _consents.c.id.desc())
    .limit(literal_column("1"))
    .correlate(_moments)
    .scalar_subquery(),
    false(),
)


# --------------------------------------------------------------------------------------------------------------- shares


@node(
    tables.Share,
    permission=Permission.WOW_READ,
    description="A customer told others 分享. Spontaneous 忍不住 only if nobody asked and nothing was given for it.",
)
class Share(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.Share.customer_id, description="Who told others."
    )
    wow_moment: Annotated["WowMoment", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.Share.wow_moment_id, description="What they told of, where it was a recorded moment."
    )
    medium: ShareMedium = column(tables.Share.medium, description="Where.")
    prompted: bool = column(tables.Share.prompted, description="Whether somebody of the brand asked for it.")
    rewarded: bool = column(tables.Share.rewarded, description="Whether something was given for it.")
    spontaneous: bool = column(tables.Share.spontaneous, description="Neither prompted nor rewarded 忍不住.")
    evidence: str | None = column(
        tables.Share.evidence, personal=True, description="How it is known: a link, a screenshot's place, a witness."
    )
    referrals: Connection[Referral] = connection(
        by=tables.Referral.share_id,
        orders=REFERRAL_ORDERS,
        filter=REFERRAL_FILTER,
        description="The new customers who came through it 转介绍, newest first.",
    )
    occurred_at: datetime = column(tables.Share.occurred_at, description="When; may be in the past.")
    recorded_at: datetime = column(tables.Share.recorded_at, description="When it was recorded here.")
    external_refs: list[ExternalRef] = external_refs_field("Share")


SHARE_ORDERS = orders("Share", OCCURRED_AT=tables.Share.occurred_at, RECORDED_AT=tables.Share.recorded_at)


@strawberry.input(description="Which shares.")
class ShareFilter:
    customer: IdFilter | None = matches(tables.Share.customer_id, id_of="Customer", description="Whose.")
    wow_moment: IdFilter | None = matches(
        tables.Share.wow_moment_id, id_of="WowMoment", description="Of which moment; `isNull: true` for none recorded."
    )
    medium: ChoiceFilter[ShareMedium] | None = matches(tables.Share.medium, description="Where.")
    prompted: BooleanFilter | None = matches(tables.Share.prompted, description="Whether it was asked for.")
    rewarded: BooleanFilter | None = matches(tables.Share.rewarded, description="Whether something was given for it.")
    spontaneous: BooleanFilter | None = matches(tables.Share.spontaneous, description="Neither 忍不住.")
    occurred_at: DateTimeFilter | None = matches(tables.Share.occurred_at, description="When.")


SHARE_FILTER = filter_type(ShareFilter)


# -------------------------------------------------------------------------------------------------------------- moments


@node(
    tables.WowMoment,
    permission=Permission.WOW_READ,
    description="One time a surprise happened to one customer Wow时刻. Staff see it where they see the customer.",
)
class WowMoment(BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.WowMoment.customer_id, description="To whom."
    )
    play: Annotated["WowPlay", strawberry.lazy("server.schema.wow_moments")] | None = link(
        tables.WowMoment.play_id, description="By which play; null where nobody had planned it."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        tables.WowMoment.staff_id, description="Who surprised the customer."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        tables.WowMoment.case_id, description="The case it belongs to, where it belongs to one."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        tables.WowMoment.store_id, description="The store it happened in or for, where there was one."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.WowMoment.role_id,
        description="The role it was done in, as it was then; where that is not known, the role whose play it is.",
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.WowMoment.group_id, description="The ops group it was done for, likewise."
    )
    cost: Money | None = money(
        tables.WowMoment.cost_minor,
        tables.WowMoment.cost_currency,
        description="What this one cost: as recorded, or else as its play said then. Null where nobody said.",
    )
    story: str | None = column(tables.WowMoment.story, personal=True, description="What happened, in words.")
    evidence: str | None = column(
        tables.WowMoment.evidence, personal=True, description="How it is known: a link, a picture's place, a witness."
    )
    may_be_shown: bool = column(
        _MAY_BE_SHOWN,
        description="Whether the customer allows the brand to show story and pictures to others 肖像与故事使用: their newest "
        "word on PHOTO_AND_STORY. What happened is recorded either way.",
    )
    has_spontaneous_share: bool = column(
        _SHARED_SPONTANEOUSLY,
        description="Whether the customer could not help telling others 忍不住, as far as is known.",
    )
    shares: Connection[Share] = connection(
        by=tables.Share.wow_moment_id, orders=SHARE_ORDERS, filter=SHARE_FILTER, description="Who was told of it."
    )
    referrals: Connection[Referral] = connection(
        by=tables.Referral.wow_moment_id,
        orders=REFERRAL_ORDERS,
        filter=REFERRAL_FILTER,
        description="The new customers who came because of it 转介绍, newest first.",
    )
    occurred_at: datetime = column(tables.WowMoment.occurred_at, description="When it happened; may be in the past.")
    recorded_at: datetime = column(tables.WowMoment.recorded_at, description="When it was recorded here.")
    external_refs: list[ExternalRef] = external_refs_field("WowMoment")


WOW_MOMENT_ORDERS = orders(
    "WowMoment", OCCURRED_AT=tables.WowMoment.occurred_at, RECORDED_AT=tables.WowMoment.recorded_at
)


@strawberry.input(description="Which moments.")
class WowMomentFilter:
    customer: IdFilter | None = matches(tables.WowMoment.customer_id, id_of="Customer", description="Whose.")
    play: IdFilter | None = matches(
        tables.WowMoment.play_id, id_of="WowPlay", description="By which play; `isNull: true` for unplanned ones."
    )
    staff: IdFilter | None = matches(tables.WowMoment.staff_id, id_of="StaffMember", description="By whom.")
    case: IdFilter | None = matches(tables.WowMoment.case_id, id_of="Case", description="In which case.")
    store: IdFilter | None = matches(tables.WowMoment.store_id, id_of="Store", description="At which store.")
    role: IdFilter | None = matches(
        tables.WowMoment.role_id, id_of="ServiceRole", description="By somebody in which role."
    )
    group: IdFilter | None = matches(
        tables.WowMoment.group_id, id_of="OpsGroup", description="By somebody of which ops group."
    )
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: tables.WowMoment.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    has_spontaneous_share: BooleanFilter | None = matches(
        _SHARED_SPONTANEOUSLY, description="Whether the customer could not help telling others 忍不住."
    )
    occurred_at: DateTimeFilter | None = matches(tables.WowMoment.occurred_at, description="When it happened.")


WOW_MOMENT_FILTER = filter_type(WowMomentFilter)


# ---------------------------------------------------------------------------------------------------------------- plays


@node(
    tables.WowPlay,
    permission=Permission.WOW_READ,
    description="A designed surprise 惊喜方案. It asks the customer for nothing.",
)
class WowPlay(Node):
    key: str = column(tables.WowPlay.key, description="The brand's own key; it names this play for good.")
    name: str = column(tables.WowPlay.name, description="What it is called.")
    script: str = column(tables.WowPlay.script, description="What to do, say and bring.")
    trigger: WowTrigger = column(tables.WowPlay.trigger, description="What sets it off.")
    cost: Money | None = money(
        tables.WowPlay.cost_minor,
        tables.WowPlay.cost_currency,
        description="What one performance is meant to cost; null where the brand has not said.",
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.WowPlay.role_id, description="The role that performs it. Neither role nor group: whoever serves."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.WowPlay.group_id, description="The ops group that performs it; see `role`."
    )
    occasion: WowOccasion | None = column(
        tables.WowPlay.occasion, description="What it is proposed to the inbox for; null where nothing proposes it."
    )
    stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = link(
        tables.WowPlay.stage_id, description="The stage, where the occasion is one entered."
    )
    lead_days: int | None = column(
        tables.WowPlay.lead_days, description="So many days ahead of a birthday it is proposed; null: on the day."
    )
    within_hours: int | None = column(
        tables.WowPlay.within_hours,
        description="Within so many hours of the order or stage it is to be made; null: 24.",
    )
    moments: Connection[WowMoment] = connection(
        by=tables.WowMoment.play_id,
        orders=WOW_MOMENT_ORDERS,
        filter=WOW_MOMENT_FILTER,
        description="The times it happened, newest first.",
    )
    recorded_at: datetime = column(tables.WowPlay.recorded_at, description="When it was first defined here.")
    retired_at: datetime | None = column(
        tables.WowPlay.retired_at, description="Since when it is no longer performed; null while it is."
    )
    version: int = column(tables.WowPlay.version, description="Give it as `expectedVersion` when changing the play.")
    external_refs: list[ExternalRef] = external_refs_field("WowPlay")


WOW_PLAY_ORDERS = orders("WowPlay", RECORDED_AT=tables.WowPlay.recorded_at, KEY=tables.WowPlay.key)


@strawberry.input(description="Which plays.")
class WowPlayFilter:
    key: TextFilter | None = matches(tables.WowPlay.key, description="By the brand's own key.")
    trigger: ChoiceFilter[WowTrigger] | None = matches(tables.WowPlay.trigger, description="What sets it off.")
    role: IdFilter | None = matches(tables.WowPlay.role_id, id_of="ServiceRole", description="Performed by which role.")
    group: IdFilter | None = matches(tables.WowPlay.group_id, id_of="OpsGroup", description="Performed by which group.")
    retired_at: DateTimeFilter | None = matches(
        tables.WowPlay.retired_at, description="When it was retired; `isNull: true` for what is performed."
    )


WOW_PLAY_FILTER = filter_type(WowPlayFilter)


@strawberry.type
class WowQueries:
    wow_plays: Connection[WowPlay] = connection(
        orders=WOW_PLAY_ORDERS,
        filter=WOW_PLAY_FILTER,
        permission=Permission.WOW_READ,
        description="The brand's designed surprises 惊喜方案, retired ones included, newest first.",
    )
    wow_play: WowPlay | None = by_id(permission=Permission.WOW_READ, description="One play, or null.")
    wow_moments: Connection[WowMoment] = connection(
        orders=WOW_MOMENT_ORDERS,
        filter=WOW_MOMENT_FILTER,
        permission=Permission.WOW_READ,
        description="The times a surprise happened Wow时刻, in the caller's data scope, newest first.",
    )
    wow_moment: WowMoment | None = by_id(permission=Permission.WOW_READ, description="One moment, or null.")
    shares: Connection[Share] = connection(
        orders=SHARE_ORDERS,
        filter=SHARE_FILTER,
        permission=Permission.WOW_READ,
        description="Customers telling others 分享, in the caller's data scope, newest first.",
    )
    share: Share | None = by_id(permission=Permission.WOW_READ, description="One share, or null.")
