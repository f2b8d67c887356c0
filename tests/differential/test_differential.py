"""Generated operations, answered by the planner and by graphql-core with reference resolvers: the JSON must be equal."""

from __future__ import annotations

import pytest

from tests.differential.ground import EACH, SEED, VOICES, Ground


@pytest.mark.parametrize("name", VOICES)
def test_the_planner_answers_as_the_reference(ground: Ground, name: str) -> None:
    ground.each(name, EACH, SEED)
