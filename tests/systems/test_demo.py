"""`shuke demo`: furnishes a server over HTTP, remembers every key, goes on where it stopped, serves what is there."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from rich.console import Console

from examples import brand, s03_oatly, s11_direct_feedback, systems
from examples.client import Shuke, nodes
from server.demo import Demo, DemoFailed, Record, address, alone, closing_words, require_free
from tests.factories.brands import World


@pytest.fixture
def two_systems(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two small systems under names of their own; the list says which were begun."""
    begun: list[str] = []

    def renamed(system: Any, suffix: str) -> Any:
        def play(story: brand.Story) -> Any:
            begun.append(system.NAME)
            story.suffix = suffix
            return system.play(story)

        return SimpleNamespace(NAME=system.NAME, TITLE=system.TITLE, play=play)

    suffix = f"-demo-{len(_used)}"
    _used.append(suffix)
    monkeypatch.setattr(systems, "SYSTEMS", (renamed(s03_oatly, suffix), renamed(s11_direct_feedback, suffix)))
    return begun


_used: list[str] = []


async def furnish(server: uvicorn.Server, folder: Path) -> tuple[Demo, str]:
    """One `shuke demo` beside the server that runs already, and what it printed."""
    printed = io.StringIO()
    demo = Demo(folder, Console(file=printed, width=80))
    stopping = server.should_exit
    await demo.beside(server)
    server.should_exit = stopping
    return demo, printed.getvalue()


def content(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    return found


async def log_length(url: str, key: str) -> int:
    def count() -> int:
        with Shuke(url, key) as owner:
            return len(nodes(owner.ask("{ events(first: 100) { edges { node { id } } } }")["events"]))

    return await asyncio.to_thread(count)


async def test_furnishes_and_writes_what_a_front_end_needs(
    server: uvicorn.Server, two_systems: list[str], tmp_path: Path
) -> None:
    demo, printed = await furnish(server, tmp_path)
    assert demo.failure is None
    written = content(tmp_path)
    assert written["url"] == address(server)
    assert [
        (one["name"], one["businessType"], one["industry"], one["operatingModel"]) for one in written["tenants"]
    ] == [
        ("Oatly", "LOW_PRICE_B2C", "FMCG", "CENTRAL_OPS_GROUP"),
        ("果粒时代", "LOW_PRICE_B2C", "FMCG", "CENTRAL_OPS_GROUP"),
    ]
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    for tenant in written["tenants"]:
        with Shuke(written["url"], tenant["ownerKey"]) as owner:
            seen = await asyncio.to_thread(owner.ask, "{ tenant { id slug } }")
        assert seen["tenant"] == {"id": tenant["id"], "slug": tenant["slug"]}
        assert tenant["ownerKey"] in printed
    assert printed.count("curl -s ") == 3


async def test_a_second_run_serves_what_is_there(
    server: uvicorn.Server, two_systems: list[str], tmp_path: Path
) -> None:
    await furnish(server, tmp_path)
    before = content(tmp_path)
    keys = [tenant["ownerKey"] for tenant in before["tenants"]]
    lengths = [await log_length(before["url"], key) for key in keys]
    two_systems.clear()
    demo, printed = await furnish(server, tmp_path)
    assert (demo.failure, two_systems) == (None, [])
    assert content(tmp_path) == before
    assert [await log_length(before["url"], key) for key in keys] == lengths
    assert "Serving the 2 systems" in printed


async def test_a_run_cut_short_goes_on_where_it_stopped(
    server: uvicorn.Server, two_systems: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks in the middle of the second system; its acts are repeated, and done once."""
    acts = 0
    act = Shuke.act

    def breaking(self: Shuke, document: str, **given: Any) -> dict[str, Any]:
        nonlocal acts
        acts += "11" in two_systems[-1]
        answer = act(self, document, **given)
        if acts > 3 and "onboardTenant" not in document:
            raise ConnectionError("cut")
        return answer

    with monkeypatch.context() as broken:
        broken.setattr(Shuke, "act", breaking)
        demo, _ = await furnish(server, tmp_path)
    assert demo.failure == "ConnectionError: cut"
    half = content(tmp_path)
    assert half["furnished"] == ["s03_oatly"]
    assert len(half["tenants"]) == 2, "the key of the second brand is kept the moment it is shown"

    two_systems.clear()
    demo, _ = await furnish(server, tmp_path)
    assert (demo.failure, two_systems) == (None, ["s11_direct_feedback"])
    whole = content(tmp_path)
    assert whole["tenants"][0] == half["tenants"][0]
    with Shuke(whole["url"], whole["tenants"][1]["ownerKey"]) as owner:
        counted = await asyncio.to_thread(
            owner.ask, "{ customers { totalCount } feedback { totalCount } staff(first: 10) { totalCount } }"
        )
    assert {name: found["totalCount"] for name, found in counted.items()} == {
        "customers": 2,
        "feedback": 5,
        "staff": 3,
    }


async def test_says_what_to_do_when_the_key_is_lost(
    server: uvicorn.Server, two_systems: list[str], tmp_path: Path
) -> None:
    await furnish(server, tmp_path)
    (tmp_path / "demo.json").unlink()
    demo, _ = await furnish(server, tmp_path)
    assert demo.failure is not None
    assert demo.failure.startswith("3 Oatly: one to one, low frequency is in this database, but its key is not in ")
    assert "SHUKE_DATA" in demo.failure


async def test_begins_anew_when_the_database_is_another(
    server: uvicorn.Server, two_systems: list[str], tmp_path: Path
) -> None:
    """The folder's database was removed, and demo.json was not."""
    record = Record(tmp_path / "demo.json")
    gone = {"slug": "gone", "name": "Gone", "id": "x", "businessType": "B2B", "industry": "MANUFACTURING"}
    record.keep({**gone, "operatingModel": {"kind": "PER_ROLE"}}, "shuke_none_0000")
    record.furnished("s03_oatly")
    demo, _ = await furnish(server, tmp_path)
    assert demo.failure is None
    assert two_systems == ["s03_oatly", "s11_direct_feedback"]
    assert [tenant["name"] for tenant in content(tmp_path)["tenants"]] == ["Oatly", "果粒时代"]


async def test_only_one_furnishes_a_folder(server: uvicorn.Server, two_systems: list[str], tmp_path: Path) -> None:
    with alone(tmp_path):
        demo, _ = await furnish(server, tmp_path)
    assert demo.failure == (f"Another demo is furnishing {tmp_path}. Start this one again when that has finished.")
    assert two_systems == []


def test_a_damaged_record_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text('{"tenants": [', encoding="utf-8")
    with pytest.raises(DemoFailed, match="is damaged"):
        Record(path)
    assert path.read_text(encoding="utf-8") == '{"tenants": ['


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DemoFailed, match=rf"Cannot listen on 127\.0\.0\.1:{port} .*make demo PORT=9000"):
            require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)


def test_the_requests_to_paste_are_valid_operations(world: World, tmp_path: Path) -> None:
    """Each curl command carries one JSON document, and its query passes the schema."""
    from graphql import parse, validate

    tenant = {
        "name": "玉泽",
        "slug": "dr-yu",
        "businessType": "LOW_PRICE_B2C",
        "industry": "FMCG",
        "operatingModel": "CENTRAL_OPS_GROUP",
        "ownerKey": "shuke_a_b",
    }
    words = closing_words("http://127.0.0.1:9000", [tenant], tmp_path / "demo.json")
    commands = [line for line in words.splitlines() if line.startswith("curl ")]
    assert len(commands) == 3
    schema = world.gateway.operations.schema
    for command in commands:
        assert command.startswith("curl -s http://127.0.0.1:9000/graphql -H ")
        body = command.partition(" -d '")[2].removesuffix("'")
        assert validate(schema, parse(json.loads(body)["query"])) == []
    assert [("Bearer shuke_a_b" in command) for command in commands] == [True, False, True]


async def test_an_example_runs_by_itself_as_a_script(url: str) -> None:
    """From any folder, against a URL; twice on one server, because each run makes brands of its own."""
    for _ in range(2):
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            s03_oatly.__file__,
            url,
            cwd="/",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complained = await running.communicate()
        assert (running.returncode, complained) == (0, b"")
        welcome = r", a greeting is welcome from \d{4}-\d\d-\d\dT02:00:00\.000000Z on"
        *board, refusal = told.decode().splitlines()[1:]
        expected = (("柳如烟", 2, 0), ("纪晓岚", 2, 0), ("叶蓁", 2, 0), ("骆冰", 1, 1))
        for line, (name, spoke_up, left) in zip(board, expected, strict=True):
            assert re.fullmatch(f"  {name}: spoke up {spoke_up} times in 30 days, {left} left{welcome}", line), line
        assert "两次联系须间隔336小时。" in refusal  # with a word on the hour of night, where it is night
