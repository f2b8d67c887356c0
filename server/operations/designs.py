"""Puts an operating model in force from a template: the first one of a tenant, or the next version.

Groups, roles and stages keep their id, their key and the tenant's own words for them from version to version; what the
new version does not name is retired. Placements, relationships and cases are left as they are: moving them is the
business of the act that changes the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.db.work import Work
from server.operations import queries
from server.operations.advice_record import reasons_document, warnings_document
from server.operations.boundaries import Boundary, write_boundaries
from server.operations.design_rules import check_design, design_of
from server.operations.drawing import UnitRow, change_unit, emit_unit, list_units
from server.operations.errors import OverrideNeedsReason
from server.operations.events import OperatingModelInstalled, PersonaDefined
from server.operations.journeys import WantedStage, WantedWindow, write_stages, write_windows
from server.operations.tables import OperatingModel, OpsGroup, Persona, ServiceRole, Stage
from server.operations.template_parts import OPS_GROUP, RoleTemplate, Template
from server.operations.units import unit_of
from server.tenants.business import OperatingModelKind
from server.tenants.operating_model import Advice, AdviceWarning

BRAND = "{brand}"
"""In a persona of a template; {staff} stays, because it differs from person to person."""


async def install(
    work: Work,
    template: Template,
    *,
    kind: OperatingModelKind,
    advice: Advice,
    override_reason: str | None,
    brand_name: str,
    warnings: Sequence[AdviceWarning] | None = None,
) -> OperatingModel:
    """The new version, in force from now; the one before it ends. It is locked, so two changes follow each other.

    `warnings` are those of the choice; without them those of the advice are kept, which are about the advised model.
    Raises OverrideNeedsReason where `kind` is not the advised one and no reason is given.
    """
    if kind is not template.kind:
        raise ValueError(f"This is a template of {template.kind}, not of {kind}.")
    if advice.model is not kind and not override_reason:
        raise OverrideNeedsReason("override_reason")
    check_design(design_of(template))
    previous = await queries.in_force(work, lock=True)
    if previous is not None:
        await work.change(previous, in_force=False, until=work.now)
    model = work.add(
        OperatingModel(
            number=1 if previous is None else previous.number + 1,
            kind=kind,
            industry=template.industry,
            reviewed=template.reviewed,
            since=work.now,
            advised_kind=advice.model,
            decided_by=advice.decided_by,
            strength=advice.strength,
            reasons=reasons_document(advice.reasons),
            warnings=warnings_document(advice.warnings if warnings is None else warnings),
            assumed=list(advice.assumed),
            missing=list(advice.missing),
            override_reason=override_reason if advice.model is not kind else None,
        )
    )
    work.emit(_installed(model, template, advice, previous))
    units = await _write_units(work, template)
    await _write_personas(work, template, units, brand_name)
    await list_units(work, model.id, [units[role.key] for role in template.roles])
    await write_boundaries(
        work,
        model.id,
        {queries.as_unit(units[role.key]): _boundary(role) for role in template.active_roles},
    )
    known = {stage.key: stage for stage in await work.rows(Stage)}
    stages = await write_stages(work, model.id, known, _wanted_stages(template, units, known))
    windows = {
        metric: WantedWindow(window.from_stage, window.to_stage, window.days)
        for metric, window in template.conversions.items()
    }
    await write_windows(work, model.id, stages, windows)
    return model


def _installed(
    model: OperatingModel, template: Template, advice: Advice, previous: OperatingModel | None
) -> OperatingModelInstalled:
    return OperatingModelInstalled(
        operating_model_id=model.id,
        replaced_id=None if previous is None else previous.id,
        number=model.number,
        kind=template.kind,
        industry=template.industry,
        reviewed=template.reviewed,
        advised_kind=advice.model,
        decided_by=advice.decided_by,
        strength=advice.strength,
        since=model.since,
    )


async def _write_units(work: Work, template: Template) -> dict[str, UnitRow]:
    """The template's groups and roles by key; those it does not name are retired."""
    known = await queries.units_by_key(work)
    units: dict[str, UnitRow] = {}
    for role in template.roles:
        row = known.pop(role.key, None)
        values = _values(role)
        if row is None:
            row = work.add(_new_unit(role, values))
            emit_unit(work, row)
        else:
            await change_unit(work, row, retired_at=None, **values)
        units[role.key] = row
    for row in known.values():
        if row.retired_at is None:
            await change_unit(work, row, retired_at=work.now, adds=False, duty=[])
    return units


def _values(role: RoleTemplate) -> dict[str, Any]:
    values: dict[str, Any] = {
        "headline_metric": role.metric,
        "also": list(role.also),
        "duty": list(role.duty),
        "cleared_for": list(role.cleared_for),
        "adds": role.adds,
    }
    return values if role.key == OPS_GROUP else {**values, "dormant": role.dormant}


def _new_unit(role: RoleTemplate, values: dict[str, Any]) -> UnitRow:
    model = OpsGroup if role.key == OPS_GROUP else ServiceRole
    return model(key=role.key, label_en=role.en, label_zh=role.zh, **values)


async def _write_personas(work: Work, template: Template, units: dict[str, UnitRow], brand_name: str) -> None:
    """A unit without any persona gets the template's, under the unit's own key."""
    faces = {unit_of(row) for row in await work.rows(Persona)}
    for role in template.roles:
        unit = queries.as_unit(units[role.key])
        if unit in faces:
            continue
        persona = work.add(
            Persona(
                key=role.key,
                group_id=unit.group_id,
                role_id=unit.role_id,
                name_en=role.persona.en.replace(BRAND, brand_name),
                name_zh=role.persona.zh.replace(BRAND, brand_name),
                position_en=role.position.en,
                position_zh=role.position.zh,
                promise_en=role.promise.en,
                promise_zh=role.promise.zh,
            )
        )
        work.emit(
            PersonaDefined(
                persona_id=persona.id,
                group_id=unit.group_id,
                role_id=unit.role_id,
                retired_at=None,
                persona_version=persona.version,
            )
        )


def _boundary(role: RoleTemplate) -> Boundary:
    return Boundary(frozenset(role.owns), frozenset(role.may))


def _wanted_stages(template: Template, units: dict[str, UnitRow], known: dict[str, Stage]) -> list[WantedStage]:
    """The template's stages; a stage the tenant has already keeps the tenant's words for it."""
    return [
        WantedStage(
            key=stage.key,
            label_en=known[stage.key].label_en if stage.key in known else stage.en,
            label_zh=known[stage.key].label_zh if stage.key in known else stage.zh,
            owner=queries.as_unit(units[stage.owner]),
            metric=stage.metric,
            adds=stage.adds,
            due_days=stage.due_days,
        )
        for stage in template.stages
    ]
