"""The demo: furnishes a running server with the brands of `examples/`, and says what to try.

It is a client like any other: everything happens over HTTP through the public API. It keeps the keys it is given in
demo.json, because each is shown once; so a run that was cut short goes on where it stopped, and a furnished folder is
served as it is. It starts no server itself.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_SOURCES = Path(__file__).parent.parent
_FILE = "demo.json"


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Record:
    """demo.json: the server's address, the tenants and every key, written the moment it is learned."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.RLock()
        """Some examples act from several threads at once, and each may be given a key."""
        try:
            self._content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._content = {}
            self.begin()
        except ValueError as fault:
            raise DemoFailed(
                f"{path} is damaged ({fault}). Remove it together with its folder, and start again."
            ) from None

    def begin(self) -> None:
        """A clean page: nothing is furnished."""
        self._content = {"url": "", "startedAt": datetime.now(UTC).isoformat(), "furnished": [], "tenants": []}

    @property
    def started_at(self) -> datetime:
        return datetime.fromisoformat(self._content["startedAt"])

    @property
    def tenants(self) -> list[dict[str, Any]]:
        tenants: list[dict[str, Any]] = self._content["tenants"]
        return tenants

    def serve_at(self, url: str) -> None:
        self._content["url"] = url
        self._write()

    def is_furnished(self, system: str) -> bool:
        return system in self._content["furnished"]

    def furnished(self, system: str) -> None:
        self._content["furnished"].append(system)
        self._write()

    # The two below are what the examples expect of whoever keeps their keys (`examples.brand.Safe`).

    def key(self, slug: str, who: str = "owner") -> str | None:
        tenant = next((one for one in self.tenants if one["slug"] == slug), None)
        if tenant is None:
            return None
        key: str | None = tenant["ownerKey"] if who == "owner" else tenant["staffKeys"].get(who)
        return key

    def keep(self, tenant: dict[str, Any], key: str, who: str = "owner") -> None:
        with self._writing:
            if who == "owner":
                told = {name: tenant[name] for name in ("slug", "name", "id", "businessType", "industry")}
                kind = tenant["operatingModel"]["kind"]
                self.tenants.append({**told, "operatingModel": kind, "ownerKey": key, "staffKeys": {}})
            else:
                next(one for one in self.tenants if one["slug"] == tenant["slug"])["staffKeys"][who] = key
            self._write()

    def _write(self) -> None:
        """All or nothing, readable by the owner only: it opens every brand in it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".json.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(self._content, file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


class Demo:
    """Furnishes the server it is started beside, once that server listens."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self.failure: str | None = None
        """Why it could not be done; the server has been told to stop then."""

    async def beside(self, server: uvicorn.Server) -> None:
        """Wait for the server, furnish it, say what to try. It serves on until somebody stops it."""
        while not server.started:  # noqa: ASYNC110  # uvicorn says so in an attribute only
            await asyncio.sleep(0.05)
        try:
            await asyncio.to_thread(self._furnish, address(server))
        except DemoFailed as fault:
            self.failure = str(fault)
        except Exception as fault:  # noqa: BLE001  # whatever an example ran into ends the demo, with its name
            self.failure = None if server.should_exit else f"{type(fault).__name__}: {fault}"
        if self.failure is not None:
            server.should_exit = True

    def _furnish(self, url: str) -> None:
        with alone(self._folder):
            record = Record(self._folder / _FILE)
            systems = _example("systems").SYSTEMS
            if not self._still_there(record, url):
                record.begin()
            record.serve_at(url)
            missing = [one for one in systems if not record.is_furnished(one.NAME)]
            if missing:
                self._play(record, url, missing, total=len(systems))
            else:
                self._say(f"Serving the {len(systems)} systems that are in {self._folder} already.")
        self._say(closing_words(url, record.tenants, self._folder / _FILE))

    def _still_there(self, record: Record, url: str) -> bool:
        """Whether the keys of an earlier run open this database. One that was removed or replaced knows none of them."""
        client = _example("client")
        known = []
        for tenant in record.tenants:
            try:
                with client.Shuke(url, tenant["ownerKey"]) as door:
                    known.append(door.ask("{ tenant { slug } }")["tenant"]["slug"] == tenant["slug"])
            except client.RequestFailed:
                known.append(False)
        if any(known) and not all(known):
            raise DemoFailed(
                f"Some of the brands in {self._folder / _FILE} are not in this database. Use another folder (SHUKE_DATA), "
                "or remove this one, and start again."
            )
        return all(known)

    def _play(self, record: Record, url: str, missing: list[Any], *, total: int) -> None:
        story = _example("brand").Story
        client = _example("client")
        started = time.monotonic()
        with _progress(self._console) as progress:
            bar = progress.add_task("", total=total, completed=total - len(missing))
            for system in missing:
                began = time.monotonic()

                def tell(line: str, title: str = system.TITLE) -> None:
                    progress.update(bar, description=f"{title}: {line.strip()}")

                tell("begins")
                try:
                    with closing(story(url, now=record.started_at, safe=record, tell=tell)) as one:
                        system.play(one)
                except client.Refused as refused:
                    raise DemoFailed(_advice(refused, system.TITLE, self._folder)) from refused
                record.furnished(system.NAME)
                self._say(f"  {_padded(system.TITLE, 56)} {time.monotonic() - began:5.1f} s", progress)
                progress.advance(bar)
        self._say(f"Furnished in {time.monotonic() - started:.1f} s.")

    def _say(self, text: str, progress: Progress | None = None) -> None:
        console = self._console if progress is None else progress.console
        console.print(text, soft_wrap=True, markup=False, highlight=False)


def address(server: uvicorn.Server) -> str:
    """Where a client on this machine reaches the server."""
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def require_free(host: str, port: int) -> None:
    """Raises DemoFailed where somebody listens already: better told before a database is started than after."""
    if port == 0:
        return
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as fault:
            raise DemoFailed(
                f"Cannot listen on {host}:{port} ({fault.strerror}). Try another: make demo PORT=9000"
            ) from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one process at a time furnishes a folder: a key that two wrote at once would be lost. Raises DemoFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailed(
                f"Another demo is furnishing {folder}. Start this one again when that has finished."
            ) from None
        yield


def closing_words(url: str, tenants: list[dict[str, Any]], file: Path) -> str:
    """What a newcomer needs next: where, who, and three requests to paste."""
    lines = [
        "",
        f"Shuke 熟客 serves at {url}/graphql (in a browser: GraphiQL)",
        "",
        "Brands, with the owner's key:",
    ]
    for tenant in tenants:
        facts = f"{tenant['businessType']} {tenant['industry']}, {tenant['operatingModel']}"
        lines += [
            f"  {_padded(tenant['name'], 16)} {_padded(tenant['slug'], 16)} {facts}",
            f"      {tenant['ownerKey']}",
        ]
    key = tenants[0]["ownerKey"]
    lines += ["", f"The same, with the keys of some members of staff, is in {file}", "", "Three requests to paste:", ""]
    for title, query, signed_in in _REQUESTS:
        lines += [f"# {title}", _curl(url, query, key if signed_in else None), ""]
    return "\n".join([*lines, "Stop with Ctrl-C; the data stays."])


_CUSTOMERS = """
{ customers(first: 5) { totalCount edges { node {
    name stage { label }
    relationships(first: 3) { edges { node { personaName since } } }
    touchpoints(first: 3) { edges { node { occurredAt purpose summary staff { name } } } }
    feedback(first: 3) { edges { node { kind status text answerText } } }
    wowMoments(first: 3) { edges { node { story hasSpontaneousShare } } }
} } } }
"""
_ADVICE = """
{ adviseOperatingModel(profile: { businessType: LOW_PRICE_B2C, industry: PET_HOSPITAL }) {
    model strength decidedBy reasons { code message } warnings { code severity message }
} }
"""
_LOG = """
{ cursor events(first: 10) { edges { node { cursor type occurredAt actor { kind } subject { id } } } } }
"""
_REQUESTS = (
    ("Customers with their friends, touchpoints, feedback and wow moments, in one request", _CUSTOMERS, True),
    ("Who should add the customers of a pet-hospital chain, and why; open to everybody", _ADVICE, False),
    ("What happened, in order; go on from any cursor with events(after: …)", _LOG, True),
)


def _curl(url: str, query: str, key: str | None) -> str:
    sent = ["Content-Type: application/json", "Accept-Language: zh-CN"]
    if key is not None:
        sent.append(f"Authorization: Bearer {key}")
    headers = " ".join(f"-H '{header}'" for header in sent)
    one_line = " ".join(query.split())
    return f"curl -s {url}/graphql {headers} -d '{json.dumps({'query': one_line})}'"


def _advice(refused: Any, title: str, folder: Path) -> str:
    codes = {error["code"] for error in refused.user_errors}
    if codes & {"SECRET_ALREADY_SHOWN", "ALREADY_EXISTS"}:
        return (
            f"{title} is in this database, but its key is not in {folder / _FILE}. Use another folder (SHUKE_DATA), or remove "
            "this one, and start again."
        )
    return f"{title}: {refused}"


def _example(name: str) -> Any:
    """A module of `examples/`, which lies beside this package in the sources. Raises DemoFailed where it does not."""
    if not (_SOURCES / "examples").is_dir():
        raise DemoFailed(
            f"The demo plays the examples, and there is no folder {_SOURCES / 'examples'}. Run it from a clone."
        )
    if str(_SOURCES) not in sys.path:
        sys.path.insert(0, str(_SOURCES))
    return importlib.import_module(f"examples.{name}")


def _progress(console: Console) -> Progress:
    """A moving bar on a terminal, and nothing but the finished lines elsewhere."""
    columns = (
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _padded(text: str, width: int) -> str:
    """Chinese characters take two columns."""
    return text + " " * max(0, width - cell_len(text))
