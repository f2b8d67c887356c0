"""Whether the design in force holds together, duty with authority and metric 权责利对等: values, not rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.lifecycles import design_gaps
from server.lifecycles.design_check import design_gaps as read_gaps
from server.lifecycles.design_terms import DesignGapCode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.planner.call import Call
from server.planner.declarations import computed, ref, value
from server.schema.advice import Figure
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.journeys import Stage
    from server.schema.service_units import OpsGroup, ServiceRole


@strawberry.type(description="What a gap of the design is about 依据.")
class DesignEvidence:
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The service role, where it is about one."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = value(
        description="The ops group, where it is about one."
    )
    stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = value(
        description="The stage, where it is about one."
    )
    purpose: Purpose | None = value(description="The purpose, where it is about one.")
    metric: Metric | None = value(description="The metric, where it is about one.")


@strawberry.type(description="One place where duty, authority and metric do not meet 权责利不对等.")
class DesignGap:
    code: DesignGapCode = value(description="What does not meet.")
    message: str = value(description="The same in a sentence, for a manager to read, in the caller's language.")
    figures: list[Figure] = value(description="The numbers behind it.")
    evidence: DesignEvidence = value(description="What it is about.")


@strawberry.type(
    description="Whether in the operating model in force duty, authority and metric go together 权责利对等."
)
class DesignCheck:
    ok: bool = value(description="True where there is no gap.")
    gaps: list[DesignGap] = value(
        description="Every gap: of the journey, of the boundaries, of each group and role in turn, of the targets."
    )


async def _check(reader: Reader, rows: Sequence[Any]) -> list[DesignCheck]:
    gaps = [_shown(gap, reader.call) for gap in await read_gaps(reader)]
    return [DesignCheck(ok=not gaps, gaps=gaps)]


def _shown(gap: design_gaps.DesignGap, call: Call) -> DesignGap:
    return DesignGap(
        code=gap.code,
        message=gap.code.message(call.locale, _about(gap, call.locale)),
        figures=[Figure(name=name, currency=None, value=Decimal(number)) for name, number in gap.figures],
        evidence=DesignEvidence(
            role=ref(None if gap.unit is None else gap.unit.role_id),
            group=ref(None if gap.unit is None else gap.unit.group_id),
            stage=ref(None if gap.stage is None else gap.stage.id),
            purpose=gap.purpose,
            metric=gap.metric,
        ),
    )


def _about(gap: design_gaps.DesignGap, locale: Locale) -> dict[str, str]:
    english, chinese = gap.named
    stage = gap.stage
    return {
        "unit": chinese if locale is Locale.ZH else english,
        "stage": "" if stage is None else stage.zh if locale is Locale.ZH else stage.en,
        "purpose": "" if gap.purpose is None else gap.purpose.label(locale),
        "metric": "" if gap.metric is None else gap.metric.label(locale),
        **{name: str(number) for name, number in gap.figures},
    }


@strawberry.type
class DesignQueries:
    design_check: DesignCheck = computed(
        _check,
        permission=Permission.TENANT_READ,
        description="Whether in the operating model in force duty, authority and metric go together 权责利对等: every stage and "
        "purpose has an owner, every headline metric is moved by stages of whoever answers for it, every role has a duty and "
        "people, every metric a target. What cannot be at all is refused when it is defined.",
    )
