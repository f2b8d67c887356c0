"""Derives the template of the other operating model from an industry's reviewed one.

Any industry may run under either model: by override, or before a migration. Pure: templates in, template out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from server.operations.feedback_duties import duties_of
from server.operations.template_parts import (
    OPS_GROUP,
    RoleTemplate,
    StageTemplate,
    Template,
    TemplateWarning,
    Wording,
)
from server.tenants.business import Industry, OperatingModelKind

SELLS, SERVES = "sales", "service"
"""The two roles a central group is divided into: those of the trade OTHER."""

LAST_STAGE_OF_SALES: Mapping[Industry, str] = MappingProxyType(
    {
        Industry.FMCG: "IN_GROUP",
        Industry.RETAIL: "IN_GROUP",
        Industry.MARKETPLACE: "IN_GROUP",
        Industry.CATERING: "IN_GROUP",
        Industry.BAKERY: "OCCASION_KNOWN",
    }
)
"""Where a central journey is split: the ops group's stages up to and with this one are sales, later ones service."""

_Item = TypeVar("_Item")


def projected(own: Template, *, other_trade: Template) -> Template:
    """The industry's template under the model that is not its own. `other_trade` is the reviewed one of OTHER."""
    if own.kind is OperatingModelKind.PER_ROLE:
        return _to_central(own)
    return _to_roles(own, other_trade)


def _to_central(own: Template) -> Template:
    """Roles that add become dormant, and one ops group takes their stages, purposes and duties.

    Roles that never add keep theirs. Only the first stage adds; what is measured at the stages does not change.
    The group is cleared for no sensitive notes: it did not serve the case.
    """
    absorbed = tuple(role for role in own.roles if role.adds)
    absorbed_keys = {role.key for role in absorbed}
    stages = tuple(
        replace(stage, owner=OPS_GROUP if stage.owner in absorbed_keys else stage.owner, adds=position == 0)
        for position, stage in enumerate(own.stages)
    )
    group = _ops_group(absorbed, headline=stages[0])
    roles = (group, *(_asleep(role) if role.key in absorbed_keys else role for role in own.roles))
    return replace(
        own, kind=OperatingModelKind.CENTRAL_OPS_GROUP, stages=stages, roles=roles, reviewed=False
    ).with_adds_marked()


def _ops_group(absorbed: tuple[RoleTemplate, ...], *, headline: StageTemplate) -> RoleTemplate:
    owns = _distinct(purpose for role in absorbed for purpose in role.owns)
    return RoleTemplate(
        key=OPS_GROUP,
        en="Online ops group",
        zh="在线运营小组",
        persona=Wording("Little {brand}", "小{brand}"),
        position=Wording("Customer adviser", "客户顾问"),
        promise=Wording("Every question gets an answer", "有问必答"),
        metric=headline.metric,
        owns=owns,
        may=_distinct(purpose for role in absorbed for purpose in role.may if purpose not in owns),
        duty=_distinct(kind for role in absorbed for kind in role.duty),
    )


def _asleep(role: RoleTemplate) -> RoleTemplate:
    """Kept in the version so that placements, notes, evidence of a misfit and the way back can name it."""
    return replace(role, owns=(), may=(), duty=(), dormant=True)


def _to_roles(own: Template, other_trade: Template) -> Template:
    """The ops group is divided into one role that sells and one that serves, each adding at its first stage.

    Roles that never add keep what they have. Nobody has reviewed this for the trade, and the template says so.
    """
    split_at = [stage.key for stage in own.stages].index(LAST_STAGE_OF_SALES[own.industry])
    stages: list[StageTemplate] = []
    for position, stage in enumerate(own.stages):
        if stage.owner != OPS_GROUP:
            stages.append(stage)
            continue
        owner = SELLS if position <= split_at else SERVES
        is_first = all(earlier.owner != owner for earlier in stages)
        stages.append(replace(stage, owner=owner, adds=is_first))
    divided = tuple(
        _share_of(own.role(OPS_GROUP), other_trade.role(key), [stage for stage in stages if stage.owner == key])
        for key in (SELLS, SERVES)
    )
    return replace(
        own,
        kind=OperatingModelKind.PER_ROLE,
        stages=tuple(stages),
        roles=(*divided, *(role for role in own.roles if role.key != OPS_GROUP)),
        reviewed=False,
        warnings=(TemplateWarning.NO_REVIEWED_ROLES,),
    ).with_adds_marked()


def _share_of(group: RoleTemplate, role: RoleTemplate, stages: list[StageTemplate]) -> RoleTemplate:
    """The part of the group's purposes that this role has in the trade OTHER, and the metrics of its stages."""
    headline, *also = _distinct(stage.metric for stage in stages)
    owns = tuple(purpose for purpose in group.owns if purpose in role.owns)
    return replace(role, metric=headline, also=tuple(also), owns=owns, duty=duties_of(owns))


def _distinct(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(items))
