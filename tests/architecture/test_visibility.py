"""Whoever acts on a customer an input names has asked first whether the caller may see that customer.

The policies of the database hide rows from reads only: an act goes by ids, and asks `customers.visibility` itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from tests.architecture.sources import name_of, python_files, tree_of

QUESTION = "require_visible"
NAMING_FIELDS = {"customer_id", "customer_ids"}

ASKED_ABOVE: dict[str, tuple[str, str]] = {
    # trust lies below customers and cannot know who sees whom; its acts by hand are asked for by the mutations.
    "AdjustTrust": ("server/schema/trust_acts.py", "adjust_trust"),
}
"""Command → file and function that ask in place of the service."""

Function = ast.AsyncFunctionDef | ast.FunctionDef
SERVER_TREES = {name_of(path): tree_of(path) for path in python_files("server")}


def commands_naming_a_customer(trees: Iterable[ast.Module]) -> set[str]:
    """Every Command with such a field, its own or inherited, that is no mere base of others."""
    classes = {
        node.name: (
            {base.id for base in node.bases if isinstance(base, ast.Name)},
            {one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)},
        )
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }

    def line(name: str) -> set[str]:
        return {name}.union(*(line(base) for base in classes.get(name, (set(), set()))[0]))

    bases = set().union(*(bases for bases, _ in classes.values()))
    return {
        name
        for name in classes
        if "Command" in line(name) and any(classes[one][1] & NAMING_FIELDS for one in line(name) & classes.keys())
        if name not in bases
    }


def handlers(command: str, trees: dict[str, ast.Module]) -> list[tuple[str, str]]:
    """File and name of every public function of a domain that takes the command, or several of them."""
    return [
        (file, function.name)
        for file, tree in trees.items()
        if not file.startswith("server/schema/")
        for function in functions(tree).values()
        if not function.name.startswith("_") and command in names_in_arguments(function)
    ]


def asks(function: str, tree: ast.Module) -> bool:
    """Whether the function calls the question, itself or through functions of its own module."""
    known, seen, ahead = functions(tree), set[str](), [function]
    while ahead:
        name = ahead.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        called = set(calls(known[name]))
        if QUESTION in called:
            return True
        ahead.extend(called)
    return False


def calls(function: Function) -> Iterable[str]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                yield name


def functions(tree: ast.Module) -> dict[str, Function]:
    return {node.name: node for node in tree.body if isinstance(node, Function)}


def names_in_arguments(function: Function) -> set[str]:
    arguments = function.args
    annotations = [one.annotation for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return {node.id for one in annotations if one for node in ast.walk(one) if isinstance(node, ast.Name)}


COMMANDS = sorted(commands_naming_a_customer(SERVER_TREES.values()))


def test_the_commands_are_found() -> None:
    assert {"RaiseFeedback", "RecordTouchpoint", "TagCustomers", "WriteServiceNote", *ASKED_ABOVE} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_who_acts_on_a_named_customer_asks_first(command: str) -> None:
    handling = handlers(command, SERVER_TREES)
    assert handling, "Nobody handles it: the rule would hold for nothing."
    silent = [f"{file}: {name}" for file, name in handling if not asks(name, SERVER_TREES[file])]
    if command in ASKED_ABOVE:
        assert silent, "The service asks by itself now: the command leaves the list."
        file, name = ASKED_ABOVE[command]
        assert asks(name, SERVER_TREES[file])
    else:
        assert silent == []


def test_a_service_that_does_not_ask_is_found() -> None:
    source = """
class Said(Command):
    customer_id: UUID | None = None
class Praise(Said):
    text: str
class Forget(Command):
    customer_ids: tuple[UUID, ...]
class Close(Command):
    case_id: UUID
class Row(Other):
    customer_id: UUID
async def praise(work: Work, command: Praise): return await _take(work, command)
async def _take(work, command): await visibility.require_visible(work, command.customer_id, "customer_id")
async def forget(work: Work, commands: Sequence[Forget]): await _erase(work, commands)
async def _erase(work, commands): await elsewhere.require_visible_not(work)
"""
    tree = ast.parse(source)
    assert commands_naming_a_customer([tree]) == {"Praise", "Forget"}
    assert handlers("Praise", {"server/x.py": tree}) == [("server/x.py", "praise")]
    assert handlers("Forget", {"server/x.py": tree, "server/schema/x.py": tree}) == [("server/x.py", "forget")]
    assert (asks("praise", tree), asks("forget", tree)) == (True, False)
