"""Generated operations, answered by the planner and by graphql-core with reference resolvers: the JSON must be equal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.differential.generating import Operation
from tests.differential.ground import VOICES, Ground

EACH = 145
"""Operations by each of the seven callers: about a thousand in all."""


@pytest.mark.parametrize("name", VOICES)
def test_the_planner_answers_as_the_reference(ground: Ground, name: str) -> None:
    strategy = ground.operations(name)

    @settings(
        max_examples=EACH,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def run(operation: Operation) -> None:
        ground.differ(name, operation)

    run()


