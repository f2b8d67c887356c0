"""The data every benchmark runs on: many brands of some thousand customers and one of half a million, in a folder of its own.

    python -m benchmarks.data                        # 50 × 2,000 and 500,000 customers in build/bench, some minutes once
    python -m benchmarks.data --tenants 2 --customers 200 --big 2000 --keep build/small      # seconds

The folder is an installation's (`SHUKE_DATA=build/bench shuke serve` serves it). It is built again when the sizes, the
newest migration or the code that makes it change; what a benchmark wrote into it stays. Tenants, staff and keys are made
through the API; `rows` fills in the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from alembic.script import ScriptDirectory

from benchmarks import filling
from benchmarks.onboarding import Brand, onboard
from benchmarks.serving import serving
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import ALEMBIC_INI, create_database, migrate

HERE = Path(__file__).parent
KEPT = Path("build/bench")
_MADE_BY = ("data.py", "filling.py", "names.py", "onboarding.py", "rows.py")
_LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "wal_recycle": "off",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "512MB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "autovacuum": "off",
}
"""Only while the folder is built: a load that is cut short starts again from nothing."""


@dataclass(frozen=True)
class Sizes:
    """How much. `big` is the number of customers of the one large brand; 0 leaves it out."""

    tenants: int = 50
    customers: int = 2_000
    big: int = 500_000
    staff: int = 10
    big_staff: int = 60
    scoped: int = 60
    """Customers of the one staff member of the large brand who sees only their own."""
    seed: int = 7


@dataclass(frozen=True)
class Data:
    """What was built, and how to get in."""

    folder: Path
    sizes: Sizes
    brands: tuple[Brand, ...]
    """Those of `sizes.customers` customers."""
    big: Brand | None


def prepared(sizes: Sizes, folder: Path = KEPT) -> Data:
    """The data set of these sizes in this folder, built first where it is not there yet."""
    stamp = _stamp(sizes)
    kept = folder / "data.json"
    if kept.exists():
        told = json.loads(kept.read_text())
        if told["stamp"] == stamp:
            big = told["big"] and Brand.of_json(told["big"])
            return Data(folder, sizes, tuple(Brand.of_json(one) for one in told["brands"]), big)
    _remove(folder)
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    brands, big = _build(folder, sizes)
    told = {
        "stamp": stamp,
        "sizes": asdict(sizes),
        "brands": [one.as_json() for one in brands],
        "big": None if big is None else big.as_json(),
    }
    kept.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    kept.chmod(0o600)
    return Data(folder, sizes, tuple(brands), big)


@contextmanager
def opened(data: Data) -> Iterator[EmbeddedPostgres]:
    """The database of the folder, with its usual settings, but room for the pools of several servers at once."""
    with EmbeddedPostgres(data.folder, settings={"max_connections": "120"}) as postgres:
        yield postgres


def _build(folder: Path, sizes: Sizes) -> tuple[list[Brand], Brand | None]:
    with EmbeddedPostgres(folder, settings=_LOADING) as postgres:
        dsn = postgres.dsn(SUPERUSER, DATABASE)
        asyncio.run(create_database(postgres.dsn(SUPERUSER, "postgres"), DATABASE))
        asyncio.run(migrate(dsn, local=True))
        with _told("brands, staff and keys through the API"), serving(folder) as server:
            brands, big = _onboarded(server.url, sizes)
        asyncio.run(_fill(dsn, folder, sizes, brands, big))
    with EmbeddedPostgres(folder) as postgres:  # with its usual settings it lets go of gigabytes of write-ahead log
        asyncio.run(filling.finish(postgres.dsn(SUPERUSER, DATABASE)))
    return brands, big


def _onboarded(url: str, sizes: Sizes) -> tuple[list[Brand], Brand | None]:
    def small(number: int) -> Brand:
        return onboard(url, number, customers=sizes.customers, staff=sizes.staff, stores=3, scoped=False)

    with ThreadPoolExecutor(4) as several:
        brands = list(several.map(small, range(sizes.tenants)))
    big = None
    if sizes.big:
        number = 10 * (1 + sizes.tenants // 10)  # a dentist, like the first one
        big = onboard(url, number, customers=sizes.big, staff=sizes.big_staff, stores=20, scoped=True)
    return brands, big


async def _fill(dsn: str, folder: Path, sizes: Sizes, brands: list[Brand], big: Brand | None) -> None:
    ends = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    plans = [
        filling.Plan(brand, number, touchpoints=10, feedback=3, scoped=0)
        for number, brand in enumerate(brands, start=1)
    ]
    if big is not None:
        plans.append(filling.Plan(big, len(brands) + 1, touchpoints=4, feedback=1, scoped=sizes.scoped))
    with _told("what the rows have in common"):
        connection = await asyncpg.connect(dsn)
        try:
            await filling.prepare(connection, plans, seed=sizes.seed, starts=ends - timedelta(days=730), ends=ends)
        finally:
            await connection.close()
    with _told("rows"):
        await filling.fill(dsn, folder)
    with _told("indexes"):
        await filling.index(dsn)
    with _told("statistics"):
        await filling.count(dsn)


def _stamp(sizes: Sizes) -> str:
    """What the data follows from."""
    digest = hashlib.sha256(json.dumps(asdict(sizes)).encode())
    for name in _MADE_BY:
        digest.update((HERE / name).read_bytes())
    versions = ScriptDirectory(str(ALEMBIC_INI.parent / "alembic")).versions
    for path in sorted(Path(versions).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _remove(folder: Path) -> None:
    """An earlier data set, wherever its database lies."""
    home = folder / "postgres"
    if home.is_symlink() and home.exists():
        shutil.rmtree(home.resolve())
    if folder.exists():
        if not (folder / "data.json").exists() and any(folder.iterdir()) and not home.exists():
            raise SystemExit(f"{folder} holds something else; name another folder with --keep.")
        shutil.rmtree(folder)


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.monotonic()
    print(f"  {what} …", end="", flush=True)
    with contextlib.ExitStack() as end:
        end.callback(lambda: print(f" {time.monotonic() - began:.1f} s", flush=True))
        yield


def add_sizes(arguments: argparse.ArgumentParser) -> None:
    """The options that say how much data."""
    usual = Sizes()
    arguments.add_argument("--tenants", type=int, default=usual.tenants)
    arguments.add_argument("--customers", type=int, default=usual.customers, help="of each tenant")
    arguments.add_argument("--big", type=int, default=usual.big, help="customers of the one large tenant; 0 for none")
    arguments.add_argument("--keep", type=Path, default=KEPT, help="the folder")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_sizes(arguments)
    given = arguments.parse_args()
    began = time.monotonic()
    data = prepared(Sizes(tenants=given.tenants, customers=given.customers, big=given.big), given.keep)
    print(
        f"{data.folder}: ready after {time.monotonic() - began:.1f} s. Serve it: SHUKE_DATA={data.folder} shuke serve"
    )
    print(f"A brand's key: {data.brands[0].key}")
    if data.big is not None:
        print(
            f"The large one's: {data.big.key}\nOf its staff member with {data.sizes.scoped} customers: {data.big.scoped_key}"
        )


if __name__ == "__main__":
    main()
