"""What the database alone can do: pgbench with the very SQL that the planner sends, door included, prepared.

pgbench has no lists of ids, so there is one script for each of some subjects, all prepared by every connection.
"""

from __future__ import annotations

import os
import re
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

_SCRIPTS = 100
_CONNECTIONS = 8


@dataclass(frozen=True)
class Sent:
    """One statement as the planner sends it."""

    sql: str
    values: tuple[Any, ...]


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
            sent.append(Sent(statement.text, tuple(values)))
    return sent


def run(programs: Path, socket_dir: Path, sent: Sequence[Sent], *, seconds: float) -> float:
    """Statements per second."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(programs / "pgbench"), "-h", str(socket_dir), "-U", APP, "-d", DATABASE, "-n", "-M", "prepared"]
        command += ["-c", str(_CONNECTIONS), "-j", "1", "-T", str(max(1, round(seconds)))]
        for number, one in enumerate(sent):
            script = Path(folder) / f"{number}.sql"
            script.write_text(_script(one, number))
            command += ["-f", str(script)]
            for place, value in enumerate(one.values, start=1):
                command += [] if value is None else ["-D", f"v{number}_{place}={_text(value)}"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment["PGOPTIONS"] = "-c jit=off -c timezone=UTC -c default_transaction_read_only=on"
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-1_000:]}")
    return float(found[1])


def _script(one: Sent, number: int) -> str:
    """On one line, with pgbench's variables for the parameters; it has none for NULL."""

    def variable(found: re.Match[str]) -> str:
        return "NULL" if one.values[int(found[1]) - 1] is None else f":v{number}_{found[1]}"

    return re.sub(r"\$(\d+)", variable, " ".join(one.sql.split())) + ";\n"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "{" + ",".join(f'"{one}"' for one in value) + "}"
    return str(value)
