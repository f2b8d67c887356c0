"""Runs the operations against every contender in turn, round after round, and keeps what each run came to.

Interleaved, because a machine is faster at one minute than at the next; the median over the rounds is what is told.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import load, machine
from benchmarks.operations import Operation

CONNECTIONS = 32
_WARMING = 0.4
_FIRST = 1.5
"""Seconds of each run of the round that does not count."""


@dataclass(frozen=True)
class Sample:
    """One run. Times in milliseconds; processor time in microseconds per request."""

    per_second: float
    p50: float = 0.0
    p99: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float = 0.0
    bytes: float = 0.0
    own_cpu: float = 0.0


@dataclass(frozen=True)
class Contender:
    """A server under load; several processes of one count as one."""

    name: str
    ports: tuple[int, ...]
    pids: tuple[int, ...]


@dataclass
class Cell:
    """All runs of one operation against one contender."""

    samples: list[Sample] = field(default_factory=list)

    def median(self, what: str) -> float:
        values: list[float] = [getattr(sample, what) for sample in self.samples]
        return statistics.median(values)

    def as_json(self) -> dict[str, Any]:
        names = [name for name in asdict(self.samples[0]) if self.median(name)]
        return {name: round(self.median(name), 2) for name in names} | {
            "rounds": [round(sample.per_second, 1) for sample in self.samples]
        }


Table = dict[str, dict[str, Cell]]
"""By operation, then by contender."""
Run = Callable[[float], Sample]
"""Runs for so many seconds."""


def ratio(table: Table, operation: str, one: str, other: str) -> float | None:
    """How many times faster `one` is: the median of the rounds' ratios; None where one of them was not measured."""
    cells = table.get(operation, {})
    if one not in cells or other not in cells:
        return None
    pairs = zip(cells[one].samples, cells[other].samples, strict=True)
    return statistics.median(a.per_second / b.per_second for a, b in pairs)


def measure(
    contender: Contender, requests: Sequence[bytes], operation: Operation, *, database: int, seconds: float
) -> Sample:
    """One run. `database` is the process every database process descends from."""
    load.run(contender.ports, requests, connections=CONNECTIONS, seconds=_WARMING, must=operation.must)
    before = _cpu(contender.pids), machine.cpu_seconds(database)
    found = load.run(contender.ports, requests, connections=CONNECTIONS, seconds=seconds, must=operation.must)
    after = _cpu(contender.pids), machine.cpu_seconds(database)
    return Sample(
        per_second=found.per_second,
        p50=found.p50,
        p99=found.p99,
        server_cpu=(after[0] - before[0]) / found.requests * 1e6,
        database_cpu=(after[1] - before[1]) / found.requests * 1e6,
        bytes=found.bytes,
        own_cpu=found.own_cpu,
    )


def interleave(rounds: int, seconds: float, runs: Mapping[str, Mapping[str, Run]], say: Callable[[str], None]) -> Table:
    """Every run of every operation once a round, after one that does not count: compilers and caches need it."""
    table: Table = {operation: {name: Cell() for name in by_name} for operation, by_name in runs.items()}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "warming up")
        for operation, by_name in runs.items():
            for name, run in by_name.items():
                sample = run(seconds if number else min(seconds, _FIRST))
                if number:
                    table[operation][name].samples.append(sample)
                say(f"  {operation:8} {name:14} {sample.per_second:9.0f} req/s")
    return table


def _cpu(pids: Sequence[int]) -> float:
    return sum(machine.cpu_seconds(pid) for pid in pids)
