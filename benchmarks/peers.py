"""The servers Shuke is measured against, installed from their lock file and started as they run in production."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from benchmarks.operations import MERCURIUS, POSTGRAPHILE
from benchmarks.serving import Serving, child, free_port

SOURCES = Path(__file__).parent / "peers"
INSTALLED = Path("build/peers")
_NODE = 20

PREPARATION = """
ALTER TABLE touchpoints ALTER id SET DEFAULT uuidv7(), ALTER occurred_at SET DEFAULT now(),
  ALTER recorded_at SET DEFAULT now();
"""
"""So that PostGraphile can insert a row whose id and times nobody names. Nothing else of the database is changed for peers."""


def require_node() -> str:
    """The version of Node.js. Ends the program, saying what is missing, where there is none that will do."""
    node, npm = shutil.which("node"), shutil.which("npm")
    version = (
        subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip() if node else ""
    )
    found = re.match(r"v(\d+)", version)
    if npm is None or found is None or int(found[1]) < _NODE:
        sys.exit(
            f"The peers are Node.js servers: install Node.js {_NODE} or later with npm ({version or 'none'} found), "
            "or measure without them: make bench PEERS="
        )
    return version


def install() -> None:
    """The peers' code, and what their lock file names unless it is there already, below build/."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for path in SOURCES.iterdir():
        shutil.copy2(path, INSTALLED)
    stamp = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    done = INSTALLED / "installed"
    if done.exists() and done.read_text() == stamp:
        return
    print("Installing the peers from the npm registry …", flush=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *quiet], cwd=INSTALLED, check=True)
    done.write_text(stamp)


async def prepare(dsn: str) -> None:
    """See PREPARATION. `dsn` is the superuser's."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(PREPARATION)
    finally:
        await connection.close()


def versions() -> dict[str, str]:
    """Of what is pinned."""
    pinned = re.findall(r'"([a-z]+)": "(\d[\d.]+)"', (SOURCES / "package.json").read_text())
    return dict(pinned)


@contextmanager
def peer(name: str, socket_dir: Path, *, log: Path) -> Iterator[Serving]:
    """One of them, on the database behind this socket."""
    assert name in (MERCURIUS, POSTGRAPHILE)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PGHOST": str(socket_dir),
        "PORT": str(port),
    }
    command = ["node", f"{name}.mjs"]
    with child(name, command, port, log=log.absolute(), environment=environment, cwd=INSTALLED) as server:
        yield server
