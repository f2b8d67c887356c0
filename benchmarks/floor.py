"""What the database alone can do: pgbench with the very SQL that the planner sends, door included, prepared.

pgbench knows no lists of ids, so there is one script for each of a few subjects; every connection prepares all of them.
They get at once the plan that a prepared statement gets after its fifth run.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.operations import SHUKE, Operation, Subject
from server.app import open_gateway
from server.config import DATABASE, Settings
from server.db.policies import APP
from server.planner.call import Call
from server.terms import Locale

_SCRIPTS = 8
_CONNECTIONS = 8
_WARMING = 1
"""Seconds at the beginning that do not count: every connection plans every script once."""


@dataclass(frozen=True)
class Sent:
    """One statement as the planner sends it."""

    sql: str
    values: tuple[Any, ...]
    types: tuple[str, ...]
    """Of the values. pgbench makes a parameter of each mention, so one cannot tell the type of another any more."""


async def planned(folder: Path, dsn: str, operation: Operation, subjects: Sequence[Subject]) -> list[Sent]:
    """What the server would send for each of some of the subjects."""
    sent = []
    async with open_gateway(Settings(shuke_data=folder, database_url=None, read_pool=1, act_pool=1), dsn) as gateway:
        for subject in subjects[:_SCRIPTS]:
            caller = await gateway.authenticate(f"Bearer {subject.key}")
            call = Call(caller=caller, locale=Locale.EN, request_id="bench", services=gateway.services)
            body = operation.wordings[SHUKE].body(subject)
            ready = gateway.prepare(body["query"], None, body["variables"], call)
            statement = ready.plan.statement(ready.evaluated)
            values = statement.values(ready.evaluated.parameters, caller.passage)
            async with gateway.services.database.reads.acquire() as connection:
                types = [one.name for one in (await connection.prepare(statement.text)).get_parameters()]
            sent.append(Sent(statement.text, tuple(values), tuple(types)))
    return sent


def run(programs: Path, socket_dir: Path, sent: Sequence[Sent], *, seconds: float) -> tuple[float, int]:
    """Statements per second once warm, and statements in all."""
    wanted = _WARMING + max(1, round(seconds))
    with tempfile.TemporaryDirectory() as folder:
        command = [str(programs / "pgbench"), "-h", str(socket_dir), "-U", APP, "-d", DATABASE, "-n", "-M", "prepared"]
        command += ["-c", str(_CONNECTIONS), "-j", "1", "-T", str(wanted), "-P", str(_WARMING)]
        for number, one in enumerate(sent):
            script = Path(folder) / f"{number}.sql"
            script.write_text(_script(one, number))
            command += ["-f", str(script)]
            for place, value in enumerate(one.values, start=1):
                command += ["-D", f"v{number}_{place}={_text(value)}"] if _text(value) else []
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment["PGOPTIONS"] = "-c jit=off -c timezone=UTC -c plan_cache_mode=force_generic_plan"
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    per_second = [float(one) for one in re.findall(r"^progress: [\d.]+ s, ([\d.]+) tps", done.stderr, re.MULTILINE)]
    processed = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode != 0 or processed is None or len(per_second) < 2:
        raise RuntimeError(f"pgbench failed: {done.stderr[-1_000:]}")
    return statistics.mean(per_second[1:wanted]), int(processed[1])


def _script(one: Sent, number: int) -> str:
    """On one line, with pgbench's variables for the parameters; it has none for nothing."""

    def variable(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        value = one.values[place]
        named = f":v{number}_{found[1]}" if _text(value) else "NULL" if value is None else "''"
        return f" {named}::{one.types[place]}"  # apart from the colon of a slice

    text = re.sub(r"'[^']*'", _without_colons, " ".join(one.sql.split()))
    return re.sub(r"\$(\d+)", variable, text) + ";\n"


def _without_colons(literal: re.Match[str]) -> str:
    """A literal like 'HH24:MI', in which pgbench would see a variable, written in a way it does not."""
    return "E" + literal[0].replace(":", "\\x3a") if re.search(r":\w", literal[0]) else literal[0]


def _text(value: Any) -> str:
    """As pgbench's variable has it; nothing where it can have none."""
    if isinstance(value, list):
        return "{" + ",".join(f'"{one}"' for one in value) + "}"
    return "" if value is None else str(value)
