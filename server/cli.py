"""The command line: serve, worker, migrate, restored, demo, doctor, schema, explain, verify-trust, post-interest."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from server.config import Settings
from server.db.postgres_home import PostgresUnavailable
from server.log import configure_logging

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Shuke 熟客: private-domain customer operations.")
SDL = Path(__file__).parent / "schema" / "schema.graphql"


def main() -> None:
    """Entry point of the `shuke` command."""
    try:
        cli()
    except (PostgresUnavailable, ValueError) as fault:
        typer.echo(f"shuke: {fault}", err=True)
        raise SystemExit(1) from None


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; PORT.")] = None,
    worker: Annotated[bool, typer.Option(help="Do background work in this process too.")] = True,
    migrate: Annotated[bool, typer.Option(help="Bring the database to this version first.")] = True,
) -> None:
    """Migrate, then serve the API until stopped."""
    from server.postgres import open_postgres

    settings = _settings(host=host, port=port)
    with open_postgres(settings) as postgres:
        _run(_serve(settings, postgres, worker=worker, migrating=migrate))


def _run(serving: Coroutine[Any, Any, None]) -> None:
    """Run what serves on the fastest event loop there is: uvloop, where it can be installed."""
    from uvicorn.loops.auto import auto_loop_factory

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serving)


async def _serve(
    settings: Settings,
    postgres: Any,
    *,
    worker: bool,
    migrating: bool = True,
    beside: Callable[[Any], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Serve until stopped; `beside` is given the server and runs next to it."""
    from server.app import create_app
    from server.db.migrations import migrate
    from server.http.serving import create_server
    from server.worker import run_worker

    if migrating:
        await migrate(postgres.owner_dsn, local=postgres.local)
    server = create_server(create_app(settings, postgres.app_dsn), host=settings.host, port=settings.port)
    helpers: list[Coroutine[Any, Any, None]] = []
    if worker:
        helpers.append(run_worker(settings, postgres.worker_dsn, postgres.app_dsn))
    if postgres.embedded is not None:
        helpers.append(postgres.embedded.keep_running())
    if beside is not None:
        helpers.append(beside(server))
    tasks = [asyncio.create_task(helper) for helper in helpers]
    failed: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        """What runs beside the server must not end in silence: without its database the server is no use."""
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            failed.append(fault)
            server.should_exit = True

    for task in tasks:
        task.add_done_callback(ended)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises a signal again once it has stopped; what comes after it (the database) must end in order too.
        loop.add_signal_handler(number, lambda: None)
    try:
        await server.serve()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failed:
        raise failed[0]


@cli.command()
def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on; HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; PORT.")] = None,
) -> None:
    """Serve the brands of examples/: furnish what is missing, print their keys and what to try."""
    from rich.console import Console

    from server.demo import Demo, DemoFailed, require_free
    from server.postgres import open_postgres

    settings = _settings(host=host, port=port).model_copy(update={"development": True})
    playing = Demo(settings.shuke_data, Console())
    try:
        require_free(settings.host, settings.port)
        with open_postgres(settings) as postgres:
            _run(_serve(settings, postgres, worker=True, beside=playing.beside))
    except DemoFailed as fault:
        playing.failure = str(fault)
    if playing.failure is not None:
        typer.echo(f"shuke: {playing.failure}", err=True)
        raise typer.Exit(1)


@cli.command()
def worker() -> None:
    """Do background work only."""
    from server.postgres import open_postgres
    from server.worker import run_worker

    settings = _settings()
    with open_postgres(settings) as postgres:
        asyncio.run(_until_stopped(run_worker(settings, postgres.worker_dsn, postgres.app_dsn)))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


@cli.command()
def migrate(
    check: Annotated[bool, typer.Option(help="Say whether tables and migrations agree; change nothing.")] = False,
) -> None:
    """Bring the database to the version of this code."""
    from server.db import migrations
    from server.postgres import open_postgres

    if check:
        raise typer.Exit(_drift())
    with open_postgres(_settings()) as postgres:
        asyncio.run(migrations.migrate(postgres.owner_dsn, local=postgres.local))
    typer.echo("The database is up to date.")


def _drift() -> int:
    """Migrate a database made for the purpose and compare it with the declared tables."""
    import tempfile

    from server.db import migrations
    from server.postgres import open_postgres
    from server.schema.assembly import build_schema

    async def compare(dsn: str) -> list[Any]:
        await migrations.migrate(dsn, local=True)
        return await migrations.drift(dsn)

    build_schema()  # imports every domain's tables
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # as root, PostgreSQL runs as somebody else who must get in
        settings = _settings(shuke_data=Path(folder)).model_copy(update={"database_url": None})
        with open_postgres(settings) as postgres:
            found = asyncio.run(compare(postgres.owner_dsn))
    for difference in found:
        typer.echo(str(difference), err=True)
    return 1 if found else 0


@cli.command()
def restored() -> None:
    """Run once after a backup was put back: followers of the log are told that their cursors are void."""
    from server.db.migrations import raise_epoch
    from server.postgres import open_postgres

    with open_postgres(_settings()) as postgres:
        epoch = asyncio.run(raise_epoch(postgres.owner_dsn))
    typer.echo(f"The log's epoch is now {epoch}. Restart every running process.")


@cli.command()
def doctor() -> None:
    """Say what is wrong in this environment and how to mend it."""
    from server.db.doctor import examine

    findings = asyncio.run(examine(_settings()))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.name}: {finding.message}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@cli.command()
def schema(
    check: Annotated[bool, typer.Option(help="Compare with schema.graphql; change nothing.")] = False,
    write: Annotated[bool, typer.Option(help="Write schema.graphql.")] = False,
) -> None:
    """Print the GraphQL schema, sorted."""
    from server.schema.assembly import sdl

    text = sdl()
    if check:
        if not SDL.exists() or SDL.read_text(encoding="utf-8") != text:
            typer.echo(
                "schema.graphql is not what the code says. Run `shuke schema --write` and review the difference.",
                err=True,
            )
            raise typer.Exit(1)
    elif write:
        SDL.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


@cli.command()
def explain(
    query: Annotated[str, typer.Argument(help="The document, a file that holds it, or - for standard input.")] = "-",
    variables: Annotated[str, typer.Option(help="Variables, as a JSON object.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation, where the document has several.")] = None,
    analyze: Annotated[bool, typer.Option(help="Run the statements that only read, and count what they read.")] = False,
    key: Annotated[str | None, typer.Option(help="API key to analyze as.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what an operation would do: steps, SQL, rows, round trips, cost, permissions."""
    from server import explain as explaining

    asked = explaining.read(query, variables, operation)
    if analyze and key is None:
        raise typer.BadParameter("--analyze needs --key: rows are somebody's to see.")
    explained = (
        explaining.analyzed(_settings(), asked, key) if analyze and key else explaining.explained(_settings(), asked)
    )
    typer.echo(explained.json() if as_json else explained.text())


@cli.command("verify-trust")
def verify_trust(
    brand: Annotated[str | None, typer.Option(help="Slug of one brand; all of them if left out.")] = None,
) -> None:
    """Go through every trust account again, from its facts and by the rules; say where it is not what it must be."""
    from server.lifecycles.trust_books import Finding, verify_brand

    async def look(database: Any, tenant_id: Any) -> tuple[int, int]:
        accounts = findings = 0
        async for one in verify_brand(database, tenant_id):
            if isinstance(one, Finding):
                findings += 1
                typer.echo(f"brand {one.tenant_id}, customer {one.customer_id}: {one.what}", err=True)
            else:
                accounts += one
        return accounts, findings

    looked = _for_brands(brand, look)
    accounts, findings = sum(one for one, _ in looked), sum(one for _, one in looked)
    typer.echo(f"{accounts} trust accounts of {len(looked)} brands, {findings} differences.")
    raise typer.Exit(1 if findings else 0)


@cli.command("post-interest")
def post_interest(
    brand: Annotated[str | None, typer.Option(help="Slug of one brand; all of them if left out.")] = None,
    month: Annotated[str | None, typer.Option(help="Like 2026-09; the month that ended last if left out.")] = None,
) -> None:
    """Post a month's interest to trust accounts now, where the worker has not: never twice."""
    from server.events.log import EventLog
    from server.lifecycles import trust_books
    from server.trust.interest_terms import month_named

    wanted = None if month is None else month_named(month)

    async def post(database: Any, tenant_id: Any) -> tuple[str, int] | None:
        return await trust_books.post_interest(database, EventLog(), tenant_id, wanted)

    posted = [one for one in _for_brands(brand, post) if one is not None]
    typer.echo(f"Interest of {len(posted)} brands posted to {sum(count for _, count in posted)} accounts.")


def _for_brands(slug: str | None, act: Callable[[Any, Any], Coroutine[Any, Any, Any]]) -> list[Any]:
    """Do something for one brand or for each, one after the other; answers what each came to."""
    from server.postgres import open_postgres

    settings = _settings().model_copy(update={"read_pool": 1, "act_pool": 2})
    with open_postgres(settings) as postgres:
        return asyncio.run(_brand_by_brand(settings, postgres, slug, act))


async def _brand_by_brand(
    settings: Settings, postgres: Any, slug: str | None, act: Callable[[Any, Any], Coroutine[Any, Any, Any]]
) -> list[Any]:
    from server.db.database import Database
    from server.db.directory import tenant_by_slug, tenants_after
    from server.db.policies import WORKER

    async with contextlib.AsyncExitStack() as stack:
        database = await Database.open(postgres.app_dsn, settings)
        stack.push_async_callback(database.close)
        if slug is not None:
            async with database.acts.acquire() as connection:
                one = await tenant_by_slug(connection, slug)
            if one is None:
                raise ValueError(f"There is no brand {slug}.")
            return [await act(database, one)]
        platform = await Database.open(postgres.worker_dsn, settings, role=WORKER)
        stack.push_async_callback(platform.close)
        done: list[Any] = []
        last = None
        while True:
            async with platform.acts.acquire() as connection:
                tenants = await tenants_after(connection, last)
            if not tenants:
                return done
            done.extend([await act(database, one) for one in tenants])
            last = tenants[-1]


def _settings(**given: Any) -> Settings:
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_format)
    return settings


if __name__ == "__main__":
    main()
