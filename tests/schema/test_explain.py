"""`shuke explain`, and the same as an extension of an answer in development."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from server import explain
from server.cli import cli
from server.config import DATABASE
from server.db.launcher import EmbeddedPostgres
from server.db.policies import APP
from tests.factories.brands import Brand, World
from tests.factories.serving import serving

_QUERY = "query Stores($n: Int) { stores(first: $n) { nodes { name } totalCount } }"


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The command line sets the logs up for its own stderr, which is closed when it ends; later tests need theirs back."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def _run(*arguments: str, input: str | None = None) -> str:
    result = CliRunner().invoke(cli, ["explain", *arguments], input=input)
    assert result.exit_code == 0, result.output
    return result.output


def test_from_an_argument_a_file_and_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "query.graphql"
    file.write_text(_QUERY)
    printed = _run(_QUERY, "--variables", '{"n": 3}')
    assert _run(str(file), "--variables", '{"n": 3}') == printed
    assert _run("--variables", '{"n": 3}', input=_QUERY) == printed
    lines = printed.splitlines()
    assert lines[0] == "query: one statement, round trips 1, cost 57"
    assert "1. one statement for everything that is read from here: stores" in lines
    assert "FROM stores AS stores_1" in [line.strip() for line in lines]
    assert "        3        57  stores  (connection: StoreConnection)" in lines
    assert "  cost: 57 of 20000" in lines


def test_as_json_and_by_operation() -> None:
    plain = json.loads(_run(_QUERY + " query Other { cursor }", "--operation", "Other", "--json"))
    assert [(step["what"], step["roundTrips"]) for step in plain["steps"]] == [
        ("a snapshot for all that follows: BEGIN and the door", 2),
        ("computed cursor, once for all rows, by a function that reads", 1),
        ("the end of the snapshot: COMMIT", 1),
    ]
    assert plain["roundTrips"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{ nothing }"], "GRAPHQL_VALIDATION_FAILED: Cannot query field 'nothing' on type 'Query'."),
        ([_QUERY, "--variables", "[1]"], "--variables must be a JSON object."),
        (["no such file"], "No such file or directory"),
    ],
)
def test_refusals(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli, ["explain", *arguments])
    assert result.exit_code == 1
    assert message in str(result.exception)


def test_rows_are_somebodys() -> None:
    result = CliRunner().invoke(cli, ["explain", _QUERY, "--analyze"])
    assert result.exit_code == 2
    assert "--analyze needs --key" in result.output


async def test_analyzed(world: World, brand: Callable[..., Any]) -> None:
    mine: Brand = await brand()
    asked = explain.read("{ channels { nodes { code } } cursor }", "{}", None)
    found = await explain.analyze_over(world.gateway, asked, mine.key)
    [(index, analysis)] = found.analysis.items()
    # How many rows a scan passes is PostgreSQL's choice; which tables are read is ours: the door's two and the list's.
    assert (index, set(analysis.rows)) == (1, {"api_keys", "staff_members", "channels"})
    assert analysis.rows["channels"] >= 1
    assert f"channels {analysis.rows['channels']}" in found.text()
    assert json.loads(found.json())["steps"][index]["analysis"]["rows"] == analysis.rows
    with pytest.raises(ValueError, match="credential"):
        await explain.analyze_over(world.gateway, asked, mine.key[:-1] + "x")


async def test_acts_are_explained_and_never_run(world: World, brand: Callable[..., Any]) -> None:
    mine: Brand = await brand()
    asked = explain.read('mutation { updateTenant(input: {name: "X"}) { tenant { name } cursor } }', "{}", None)
    before = await world.ask(mine.key, "{ cursor tenant { name } }")
    found = await explain.analyze_over(world.gateway, asked, mine.key)
    assert [step.what for step in found.plan.steps] == [
        "act updateTenant: BEGIN, the door, a savepoint, what it does, the savepoint's end",
        "the rows of Tenant that were pointed to",
        "act updateTenant ends: its events, COMMIT",
    ]
    assert found.analysis == {}
    assert await world.ask(mine.key, "{ cursor tenant { name } }") == before


@pytest.mark.parametrize("development", [True, False])
async def test_the_extension_answers_in_development_only(
    world: World, brand: Callable[..., Any], postgres: EmbeddedPostgres, development: bool
) -> None:
    mine: Brand = await brand()
    settings = world.gateway.services.settings.model_copy(
        update={"read_pool": 2, "act_pool": 1, "development": development}
    )
    async with serving(settings, postgres.dsn(APP, DATABASE)) as served:

        async def ask(extensions: Any) -> dict[str, Any]:
            body = {"query": _QUERY, "variables": {"n": 3}, "extensions": extensions}
            answer = await served.http.post("/graphql", json=body, headers={"authorization": f"Bearer {mine.key}"})
            found: dict[str, Any] = answer.json()
            return found

        plain = await ask(None)
        assert set(plain) == {"data"}
        for unasked in ({}, {"explain": False}, {"explain": "yes"}):
            assert await ask(unasked) == plain
        asked = await ask({"explain": True})
        assert asked["data"] == plain["data"]
        if development:
            assert asked["extensions"]["plan"]["cost"] == 57
        else:
            assert set(asked) == {"data"}
