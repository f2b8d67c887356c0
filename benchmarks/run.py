"""`make bench`: Shuke beside PostGraphile, Mercurius and the bare database, on one machine and the same data.

One process each, everything a user gets being on. Answers are compared as JSON before anything is timed. What comes out
is a table, build/bench.json and, of a complete run, docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import comparing, floor, load, machine, peers, report, rounds, subjects
from benchmarks.data import Data, Sizes, add_sizes, opened, prepared
from benchmarks.operations import MERCURIUS, ONE, OPERATIONS, PAGE, POSTGRAPHILE, RECORD, SHUKE, Operation, Subject
from benchmarks.rounds import Contender, Run, Sample, Table
from benchmarks.serving import serving
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from server.db.postgres_home import find_programs

FLOOR = "pgbench"
_NOT_SCOPED = frozenset((POSTGRAPHILE,))
"""Who writes the statements itself, and so cannot begin with the few customers that are seen: it looks through all of them."""
_RESULT = Path("build/bench.json")


@dataclass
class Bench:
    """What is up while measuring."""

    data: Data
    postgres: EmbeddedPostgres
    pid: int
    """The postmaster: every database process descends from it."""
    contenders: dict[str, Contender] = field(default_factory=dict)

    def dsn(self, role: str) -> str:
        return self.postgres.dsn(role, DATABASE)

    def run(self, contender: Contender, operation: Operation, requests: Sequence[bytes], seconds: float) -> Sample:
        return rounds.measure(contender, requests, operation, database=self.pid, seconds=seconds)

    def floor(self, sent: Sequence[floor.Sent], seconds: float) -> Sample:
        before = machine.cpu_seconds(self.pid)
        per_second, processed = floor.run(find_programs(), self.postgres.socket_dir, sent, seconds=seconds)
        used = machine.cpu_seconds(self.pid) - before
        return Sample(per_second=per_second, database_cpu=used / processed * 1e6)


def requests_of(
    contender: Contender, operation: Operation, whose: Sequence[Subject], *, inlined: bool = False
) -> list[bytes]:
    wording = operation.wordings[contender.name]
    make = wording.inlined if inlined else wording.body
    return [load.request(contender.ports[0], make(one), one.headers(contender.name)) for one in whose]


def compare(
    bench: Bench, operations: Sequence[Operation], whose: Sequence[Subject], *, without: Collection[str] = ()
) -> None:
    """Raises Different unless every contender answers the same to each of these, as JSON."""
    for operation in operations:
        for subject in whose:
            answers = {}
            for name, contender in bench.contenders.items():
                if name in operation.wordings and name not in without:
                    [request] = requests_of(contender, operation, [subject])
                    found = json.loads(load.ask(contender.ports[0], request))
                    if "errors" in found:
                        raise comparing.Different(f"{operation.title}: {name} answers {json.dumps(found)[:1_000]}")
                    answers[name] = _at(found["data"], operation.wordings[name].path)
            comparing.require_same(operation.title, answers, made=operation.writes)


def main_rounds(
    bench: Bench, operations: Sequence[Operation], whose: Sequence[Subject], given: argparse.Namespace
) -> Table:
    """The table's upper half."""
    runs: dict[str, dict[str, Run]] = {}
    for operation in operations:
        line: dict[str, Run] = {}
        for name, contender in bench.contenders.items():
            if name in operation.wordings:
                line[name] = partial(bench.run, contender, operation, requests_of(contender, operation, whose))
        if not operation.writes:
            sent = asyncio.run(floor.planned(bench.data.folder, bench.dsn(APP), operation, whose))
            line[FLOOR] = partial(bench.floor, sent)
        runs[operation.key] = line
    return rounds.interleave(given.rounds, given.seconds, runs, partial(print, flush=True))


def further_rounds(bench: Bench, whose: Sequence[Subject], hot: Sequence[Subject], given: argparse.Namespace) -> Table:
    """What has no bar: documents that vary, a scoped page of the large brand, one brand writing, two processes."""
    runs: dict[str, dict[str, Run]] = {"varied": {}, "scoped": {}, "hot": {}, "two": {}}
    for name, contender in bench.contenders.items():
        varied = requests_of(contender, ONE, whose, inlined=True)
        runs["varied"][name] = partial(bench.run, contender, ONE, varied)
        runs["hot"][name] = partial(bench.run, contender, RECORD, requests_of(contender, RECORD, hot))
        if bench.data.big is not None and name not in _NOT_SCOPED:
            scoped = [subjects.scoped(bench.data.big)]
            runs["scoped"][name] = partial(bench.run, contender, PAGE, requests_of(contender, PAGE, scoped))
    with ExitStack() as stack:
        second = stack.enter_context(serving(bench.data.folder, name="shuke-2"))
        first = bench.contenders[SHUKE]
        both = Contender(SHUKE, (*first.ports, second.port), (*first.pids, second.pid))
        for operation in (ONE, PAGE):
            requests = requests_of(both, operation, whose)
            runs["two"][f"{SHUKE} {operation.key}"] = partial(bench.run, both, operation, requests)
        return rounds.interleave(
            1, given.seconds, {name: line for name, line in runs.items() if line}, partial(print, flush=True)
        )


def scale(bench: Bench) -> dict[str, Any] | None:
    """Pages of the large brand beside the same of a small one; None where there is no large one, or nobody to measure it."""
    big = bench.data.big
    if big is None or importlib.util.find_spec("benchmarks.scale") is None:
        return None
    measuring = importlib.import_module("benchmarks.scale")
    told = _RESULT.with_name("scale.json")
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.scale", bench.dsn(SUPERUSER), bench.dsn(APP)]
    command += [big.tenant_id, bench.data.brands[0].tenant_id, "--json", str(told)]
    subprocess.run(command, check=False)  # ends with 1 where a case fails; which one is in the file
    outcomes = [measuring.Outcome(**one) for one in json.loads(told.read_text())]
    accepted = [one for one in outcomes if not one.refused]
    return {
        "cases": len(outcomes),
        "refused": [one.name for one in outcomes if one.refused],
        "slow": [one.name for one in accepted if one.speed < measuring.SPEED],
        "wasteful": [one.name for one in accepted if one.too_many],
    }


def measure(given: argparse.Namespace, operations: Sequence[Operation], node: str) -> dict[str, Any]:
    """Everything, as the report has it."""
    load_before = round(os.getloadavg()[0], 2)
    if given.peers:
        peers.install()
    sizes = Sizes(tenants=given.tenants, customers=given.customers, big=given.big)
    data = prepared(sizes, given.keep)
    with opened(data) as postgres, ExitStack() as stack:
        bench = Bench(data, postgres, report.postmaster(data.folder))
        asyncio.run(peers.prepare(bench.dsn(SUPERUSER)))
        whose, hot = asyncio.run(subjects.drawn(bench.dsn(SUPERUSER), data))
        up = [stack.enter_context(serving(data.folder))]
        up += [
            stack.enter_context(peers.peer(name, postgres.socket_dir, log=data.folder / f"{name}.log"))
            for name in given.peers
        ]
        bench.contenders = {one.name: Contender(one.name, (one.port,), (one.pid,)) for one in up}
        print("Comparing answers …", flush=True)
        compare(bench, OPERATIONS, whose[:: max(1, len(whose) // 20)])
        if data.big is not None:
            compare(bench, [PAGE], [subjects.scoped(data.big)], without=_NOT_SCOPED)
        table = main_rounds(bench, operations, whose, given)
        further = {} if given.only else further_rounds(bench, whose, hot, given)
        memory = {one.name: machine.memory_mb(one.pid) for one in up}
        measured = None if given.only else scale(bench)
        return report.assembled(
            table,
            further,
            memory,
            measured,
            sizes=sizes,
            node=node,
            seconds=given.seconds,
            rounds=given.rounds,
            load_before=load_before,
        )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_sizes(arguments)
    arguments.add_argument("--seconds", type=float, default=3.0, help="of each run")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", default="", help=f"some of {','.join(one.key for one in OPERATIONS)}")
    arguments.add_argument("--peers", default=f"{MERCURIUS},{POSTGRAPHILE}")
    arguments.add_argument("--strict", action="store_true", help="end with 1 where a bar is missed")
    given = arguments.parse_args()
    given.peers = [name for name in given.peers.split(",") if name]
    wanted = [key for key in given.only.split(",") if key]
    operations = [one for one in OPERATIONS if not wanted or one.key in wanted]
    node = peers.require_node() if given.peers else ""
    found = measure(given, operations, node)
    _RESULT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(report.table(found))
    print(f"\nAll figures: {_RESULT}")
    usual = Sizes()
    complete = not wanted and len(given.peers) == 2 and (given.tenants, given.customers, given.big) == (
        usual.tenants, usual.customers, usual.big,
    )  # fmt: skip
    if complete:
        report.DOCUMENT.write_text(report.document(found))
        print(f"Written: {report.DOCUMENT}")
    return int(given.strict and not all(bar["met"] for bar in found["bars"]))


def _at(answer: Any, path: Sequence[str]) -> Any:
    for name in path:
        answer = answer[name]
    return answer


if __name__ == "__main__":
    sys.exit(main())
