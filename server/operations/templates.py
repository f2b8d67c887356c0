"""The operating model an industry starts with, under either kind.

The reviewed templates are package data, one file per industry in ``industries/``, read once at import; a file with an
unknown key or code does not load. The other kind is derived by ``projection``. No database, no clock.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

from server.operations.channel_kinds import ChannelKind
from server.operations.metrics import Metric
from server.operations.projection import projected
from server.operations.purposes import Purpose
from server.operations.template_parts import ConversionWindow, RoleTemplate, StageTemplate, Template, Wording
from server.tenants.business import INDUSTRY_DEFAULTS, Industry, OperatingModelKind


def template(industry: Industry, kind: OperatingModelKind) -> Template:
    """Stages, roles and metrics to start with. Derived and marked as such when `kind` is not the industry's own."""
    return _TEMPLATES[industry, kind]


def reviewed_template(industry: Industry) -> Template:
    """The template of the industry's own kind."""
    return _TEMPLATES[industry, INDUSTRY_DEFAULTS[industry].model]


def parsed(industry: Industry, text: str) -> Template:
    """The reviewed template written in `text`. Raises KeyError or ValueError for a code or key nobody knows."""
    table = tomllib.loads(text)
    _only(table, {"stages", "roles", "conversions", "not_used"}, industry)
    usual = INDUSTRY_DEFAULTS[industry]
    return Template(
        industry=industry,
        kind=usual.model,
        stages=tuple(_stage(row) for row in table["stages"]),
        roles=tuple(_role(key, row) for key, row in table["roles"].items()),
        conversions=MappingProxyType({Metric[code]: _window(row) for code, row in table["conversions"].items()}),
        not_used=_purposes(table["not_used"]),
        default_channel=ChannelKind[usual.channel],
        default_subject=usual.subject,
        reviewed=True,
    ).with_adds_marked()


def _stage(row: Mapping[str, Any]) -> StageTemplate:
    _only(row, {"key", "en", "zh", "owner", "metric", "adds", "due_days"}, "stages")
    return StageTemplate(**{**row, "metric": Metric[row["metric"]]})


def _role(key: str, row: Mapping[str, Any]) -> RoleTemplate:
    known = {"name", "persona", "position", "promise", "metric", "also", "owns", "may", "duty", "cleared_for"}
    _only(row, known, key)
    return RoleTemplate(
        key=key,
        **row["name"],
        persona=Wording(**row["persona"]),
        position=Wording(**row["position"]),
        promise=Wording(**row["promise"]),
        metric=Metric[row["metric"]],
        also=tuple(Metric[code] for code in row.get("also", ())),
        owns=_purposes(row["owns"]),
        may=_purposes(row.get("may", ())),
        duty=tuple(row.get("duty", ())),
        cleared_for=tuple(row.get("cleared_for", ())),
    )


def _window(row: Mapping[str, Any]) -> ConversionWindow:
    _only(row, {"from", "to", "days"}, "conversions")
    return ConversionWindow(from_stage=row["from"], to_stage=row["to"], days=row["days"])


def _purposes(codes: Iterable[str]) -> tuple[Purpose, ...]:
    return tuple(Purpose[code] for code in codes)


def _only(row: Mapping[str, Any], known: set[str], where: str) -> None:
    """A misspelt key would be a rule silently lost, so it stops the import."""
    if unknown := row.keys() - known:
        raise ValueError(f"{where}: unknown {sorted(unknown)}")


def _both_kinds() -> dict[tuple[Industry, OperatingModelKind], Template]:
    folder = resources.files("server.operations.industries")
    reviewed = {
        industry: parsed(industry, (folder / f"{industry.lower()}.toml").read_text(encoding="utf-8"))
        for industry in Industry
    }
    other_trade = reviewed[Industry.OTHER]
    return {
        (industry, kind): own if kind is own.kind else projected(own, other_trade=other_trade)
        for industry, own in reviewed.items()
        for kind in OperatingModelKind
    }


_TEMPLATES: Mapping[tuple[Industry, OperatingModelKind], Template] = MappingProxyType(_both_kinds())
