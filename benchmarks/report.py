"""From samples to what is read: the bars, the table, the JSON, and the page in docs."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, peers
from benchmarks.data import Sizes
from benchmarks.operations import MERCURIUS, OPERATIONS, POSTGRAPHILE, RECORD, SHUKE
from benchmarks.rounds import CONNECTIONS, Table, ratio
from server.db.launcher import DEFAULT_SETTINGS
from server.db.postgres_home import find_programs

DOCUMENT = Path("docs/benchmarks.md")
FLOOR = "pgbench"
MEMORY_MB = 120
_NAMED = 40
QUIET = 0.5
"""Above this load before the start others were at work, and the figures are partly theirs."""
_TITLES = {one.key: one.title for one in OPERATIONS} | {
    "varied": "one customer, every document different",
    "scoped": "50 customers, by a staff member who sees 60 of many",
    "hot": "record a touchpoint, all of one brand",
    "two": "two processes",
}


def postmaster(folder: Path) -> int:
    """The process id of the folder's database."""
    return int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


def assembled(
    table: Table,
    further: Table,
    memory: Mapping[str, float],
    scale: dict[str, Any] | None,
    *,
    sizes: Sizes,
    node: str,
    seconds: float,
    rounds: int,
    load_before: float,
) -> dict[str, Any]:
    """The whole report as plain values."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.description(),
        "load_before": load_before,
        "versions": _versions(node),
        "sizes": asdict(sizes),
        "connections": CONNECTIONS,
        "seconds": seconds,
        "rounds": rounds,
        "operations": _cells(table),
        "further": _cells(further),
        "memory_mb": {name: round(value, 1) for name, value in memory.items()},
        "bars": [*_ratios(table), *_others(memory, scale)],
        "scale": scale,
    }


def _versions(node: str) -> dict[str, str]:
    postgres = subprocess.run([find_programs() / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    pinned = {name: version for name, version in peers.versions().items() if name in (MERCURIUS, POSTGRAPHILE, "pg")}
    return {
        "shuke": commit.strip() or "unknown",
        "python": platform.python_version(),
        "postgresql": postgres.split()[2],
        **({"node": node.lstrip("v"), **pinned} if node else {}),
    }


def _cells(table: Table) -> dict[str, Any]:
    return {
        key: {"title": _TITLES[key]}
        | {name: cell.as_json() | _times_faster(table, key, name) for name, cell in line.items()}
        for key, line in table.items()
    }


def _times_faster(table: Table, operation: str, other: str) -> dict[str, float]:
    """How many times faster Shuke is."""
    found = None if other == SHUKE else ratio(table, operation, SHUKE, other)
    return {} if found is None else {"shuke_is": round(found, 2)}


def _ratios(table: Table) -> Iterator[dict[str, Any]]:
    for operation in OPERATIONS:
        for other, bar, wish in ((POSTGRAPHILE, 2.5, 3.0), (MERCURIUS, 1.2, 1.5), (FLOOR, 0.6, None)):
            found = ratio(table, operation.key, SHUKE, other)
            if found is None or (other == FLOOR and operation.key != "q1"):
                continue
            if operation is RECORD:
                if other == MERCURIUS:
                    yield _bar(f"{operation.title}, to {other}", found, at_least=1.0)
                continue
            yield _bar(f"{operation.title}, to {other}", found, at_least=bar, wish=wish)


def _others(memory: Mapping[str, float], scale: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    if scale is not None:
        of = f"of {scale['cases']} pages, filters, orders and searches of the large brand"
        yield _none(f"{of}: less than 0.77 × as fast as with 2,000 customers", scale["slow"])
        yield _none(f"{of}: discard more than 20 × the rows of a page", scale["wasteful"])
    yield {
        "what": "memory of the process after the run, MB",
        "found": round(memory[SHUKE], 1),
        "bar": f"≤ {MEMORY_MB}",
        "met": memory[SHUKE] <= MEMORY_MB,
    }


def _none(what: str, failed: list[str]) -> dict[str, Any]:
    return {"what": what, "found": len(failed), "bar": "0", "met": not failed, "failed": failed}


def _bar(what: str, found: float, *, at_least: float, wish: float | None = None) -> dict[str, Any]:
    wanted = f"≥ {at_least}" + (f", wanted {wish:g}" if wish else "")
    return {"what": what, "found": round(found, 2), "bar": wanted, "met": found >= at_least}


def table(found: Mapping[str, Any]) -> str:
    """For a terminal."""
    lines = ["", *([f"The machine:{_busy(found)}"] if _busy(found) else [])]
    for part in ("operations", "further"):
        for line in found[part].values():
            lines.append(f"{line['title']}")
            lines.append(
                f"  {'':18}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'server µs':>11}{'database µs':>13}{'KB':>8}"
            )
            lines += [f"  {name:18}" + _figures(cell) for name, cell in line.items() if name != "title"]
    lines += ["", f"{'To reach':92}{'found':>8}  {'bar':20}"]
    lines += [
        f"  {one['what']:90}{one['found']:>8}  {one['bar']:20} {'met' if one['met'] else 'MISSED'}"
        for one in found["bars"]
    ]
    return "\n".join(lines)


def _figures(cell: Mapping[str, Any]) -> str:
    def at(name: str, width: int, form: str = ".0f", by: float = 1, mark: str = "") -> str:
        return f"{cell[name] / by:>{width}{form}}{mark}" if name in cell else " " * width

    return (
        at("per_second", 10) + at("p50", 9, ".2f") + at("p99", 9, ".2f") + at("server_cpu", 11)
        + at("database_cpu", 13) + at("bytes", 8, ".1f", 1024) + at("shuke_is", 9, ".2f", mark=" ×")
    )  # fmt: skip


def document(found: Mapping[str, Any]) -> str:
    """docs/benchmarks.md."""
    return "\n".join([*_introduction(found), *_bars(found), *_tables(found), *_footing(found)]) + "\n"


def _introduction(found: Mapping[str, Any]) -> list[str]:
    sizes, versions = found["sizes"], found["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Ratios hold within one run on one machine; the processor time per request is",
        "the figure that travels best.",
        "",
        f"* **Machine** {found['machine']}; servers, database and load generator share it.{_busy(found)}",
        f"* **Versions** {named}. {found['date'][:10]}.",
        (
            f"* **Data** {sizes['tenants']} brands of {sizes['customers']:,} customers with 10 touchpoints, 3 feedbacks and a wow"
            f" moment each, one brand of {sizes['big']:,} customers."
        ),
        (
            f"* **Load** {found['connections']} connections that ask again when answered, {found['seconds']:g} seconds a run,"
            f" {found['rounds']} interleaved rounds, the median. The text is constant, brands and ids vary."
        ),
        "",
        "## To reach",
        "",
    ]


def _busy(found: Mapping[str, Any]) -> str:
    return (
        f" It was busy with other things (load {found['load_before']}), so ratios may be off."
        if found["load_before"] > QUIET
        else ""
    )


def _bars(found: Mapping[str, Any]) -> list[str]:
    lines = ["| | found | bar | |", "|---|---:|---|---|"]
    lines += [
        f"| {one['what']} | {one['found']} | {one['bar']} | {'met' if one['met'] else '**missed**'} |"
        for one in found["bars"]
    ]
    for one in found["bars"]:
        if one.get("failed"):
            lines += ["", f"{one['what'].capitalize()}: " + "; ".join(one["failed"][:_NAMED]) + "."]
    return [*lines, ""]


def _tables(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for title, part in (("Every operation", "operations"), ("Without a bar", "further")):
        lines += [
            f"## {title}",
            "",
            "Processor time in microseconds per request, of the server and of the database.",
            "",
        ]
        lines += [
            "| | | req/s | p50 ms | p99 ms | server µs | database µs | KB | Shuke is |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for line in found[part].values():
            cells = [(name, cell) for name, cell in line.items() if name != "title"]
            for number, (name, cell) in enumerate(cells):
                lines.append(f"| {line['title'] if number == 0 else ''} | {name} | {_columns(cell)} |")
        lines.append("")
    memory = ", ".join(f"{name} {value:g} MB" for name, value in found["memory_mb"].items())
    return [*lines, f"Resident after the run: {memory}.", ""]


def _columns(cell: Mapping[str, Any]) -> str:
    figures = (("per_second", ",.0f", 1), ("p50", ".2f", 1), ("p99", ".2f", 1), ("server_cpu", ",.0f", 1),
               ("database_cpu", ",.0f", 1), ("bytes", ".1f", 1024), ("shuke_is", ".2f", 1))  # fmt: skip
    return " | ".join(f"{cell[name] / by:{form}}" if name in cell else "" for name, form, by in figures)


def _footing(found: Mapping[str, Any]) -> list[str]:
    settings = ", ".join(f"{name} {value}" for name, value in DEFAULT_SETTINGS.items() if name == "shared_buffers")
    return [
        "## How",
        "",
        f"All contenders use one PostgreSQL, the embedded one with its usual settings ({settings}), and its row-level security,",
        "as the same role. Each is one process. Mercurius runs with `jit: 1`, DataLoaders over `unnest … CROSS JOIN LATERAL`,",
        "statements prepared by name and one transaction per request; PostGraphile with the Amber preset and `pgSettings`, in",
        "production mode; both with pools of 16. Shuke does everything it does for a user: keys, limits, request ids, and the",
        "event of every act, which the peers' insert does not write. Answers are compared as JSON before timing. `pgbench`",
        "sends the statements of Shuke's own plans, door included, prepared, over 8 connections.",
        "",
        "The peers' code and lock file are in `benchmarks/peers`. `make bench` needs Node.js 20 or later with npm (PostGraphile",
        "asks for 22 and runs on 20). `SECONDS=`, `ROUNDS=`, `ONLY=q1,q2`, `PEERS=` and `STRICT=1` narrow a run; only a",
        "complete one writes this page. The data is kept in build/bench, 7 GB, until something it follows from changes.",
    ]
