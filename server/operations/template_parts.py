"""The parts a template of an operating model is made of: stages, roles, conversion windows.

Frozen values, no rules of their own. Codes of feedback kinds, note kinds and subject kinds are text here, because the
domains whose words they are stand above this floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from server.operations.channel_kinds import ChannelKind
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.tenants.business import Industry, OperatingModelKind
from server.terms import Locale, Term

OPS_GROUP = "ops_group"
"""The key of the central team in every template."""


class TemplateWarning(Term):
    """What a tenant must know before it takes a template over."""

    NO_REVIEWED_ROLES = (
        "NO_REVIEWED_ROLES",
        "No reviewed per-role template",
        "没有经过审定的按角色模板",
        "This industry has no reviewed per-role template: please define your own roles.",
    )


@dataclass(frozen=True)
class Wording:
    """One text in both languages. Personas may hold the placeholders {staff} (staff member's name) and {brand}."""

    en: str
    zh: str

    def label(self, locale: Locale) -> str:
        return self.zh if locale is Locale.ZH else self.en


@dataclass(frozen=True)
class StageTemplate:
    """One stage 环节 of the journey. `owner` is a role's key; `metric` is what it answers for while a case is here."""

    key: str
    en: str
    zh: str
    owner: str
    metric: Metric
    adds: bool
    """A key node 关键节点: the owner adds the customer as a friend here."""
    due_days: int | None = None

    def label(self, locale: Locale) -> str:
        return self.zh if locale is Locale.ZH else self.en


@dataclass(frozen=True)
class RoleTemplate:
    """One service role, or the ops group: what the customer sees, what it may do, what it answers for."""

    key: str
    en: str
    zh: str
    persona: Wording
    """What the customer sees as the name."""
    position: Wording
    """At most 32 characters in either language: WeCom shows no more."""
    promise: Wording
    metric: Metric
    """The headline figure."""
    also: tuple[Metric, ...] = ()
    owns: tuple[Purpose, ...] = ()
    may: tuple[Purpose, ...] = ()
    duty: tuple[str, ...] = ()
    """Feedback kinds the role must answer; each follows from owning the kind's purpose."""
    cleared_for: tuple[str, ...] = ()
    """Kinds of sensitive notes whose text the role may read."""
    adds: bool = False
    """It adds customers at one of its stages; otherwise it never gets friends by itself."""
    dormant: bool = False
    """Named in the version, but without stages, boundary or friends, and answering for nothing."""

    def label(self, locale: Locale) -> str:
        return self.zh if locale is Locale.ZH else self.en


@dataclass(frozen=True)
class ConversionWindow:
    """Of the cases that entered `from_stage`, those that entered `to_stage` or a later one within `days` count."""

    from_stage: str
    to_stage: str
    days: int


@dataclass(frozen=True)
class Template:
    """A complete operating model for one industry under one kind."""

    industry: Industry
    kind: OperatingModelKind
    stages: tuple[StageTemplate, ...]
    roles: tuple[RoleTemplate, ...]
    conversions: Mapping[Metric, ConversionWindow]
    not_used: tuple[Purpose, ...]
    """Purposes without an owner; a tenant that switches one on must name its owner."""
    default_channel: ChannelKind
    default_subject: str
    reviewed: bool
    """Reviewed for this industry and kind; otherwise derived from the industry's other model."""
    warnings: tuple[TemplateWarning, ...] = ()

    @property
    def active_roles(self) -> tuple[RoleTemplate, ...]:
        return tuple(role for role in self.roles if not role.dormant)

    def role(self, key: str) -> RoleTemplate:
        """The role of this key; KeyError when the template has none."""
        return {role.key: role for role in self.roles}[key]

    def owner_of(self, purpose: Purpose) -> RoleTemplate | None:
        """The one role that owns the purpose; None for shared purposes and those not used."""
        return next((role for role in self.roles if purpose in role.owns), None)

    def with_adds_marked(self) -> Self:
        """The same template, each role's `adds` following from its stages."""
        adding = {stage.owner for stage in self.stages if stage.adds}
        return replace(self, roles=tuple(replace(role, adds=role.key in adding) for role in self.roles))
