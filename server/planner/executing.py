"""Runs a plan: one statement where everything is read from the database, a snapshot where Python has a part in it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg
import orjson

from server.db.database import Database, Snapshot
from server.db.reader import Reader
from server.db.tenancy import Passage, Scope
from server.errors import CredentialEnded, ErrorCode, RequestError
from server.ids import parse_global_id
from server.planner import declarations as d
from server.planner.cache import fields_weight, statement_weight
from server.planner.call import Call
from server.planner.completing import Completion, Data, Slot, Unasked, hole_slots
from server.planner.json_text import MARK
from server.planner.nodes import Catalogue, strawberry_field
from server.planner.pages import page_parameters, read_page
from server.planner.reading import Hole, step
from server.planner.selections import Selected, Selection, Settled, Variables
from server.planner.statements import Statement, fresh_text, refs_statement, roots_statement

_NOTHING = UUID(int=0)
_MAX_SHAPES = 200
"""SQL texts kept per plan: shapes come from filters and orders, of which a front end has a handful."""

READ_FROM_DATABASE = (d.Link, d.Connection, d.Column)


class Introspect(Protocol):
    """Answers `__schema` and `__type`, with the errors that told; graphql-core does."""

    def __call__(self, selected: Selected, variables: Variables) -> tuple[Any, list[dict[str, Any]]]: ...


@dataclass(slots=True)
class Evaluated:
    """The arguments of one call: checked values by site, the parameters they become, and their shape."""

    by_site: dict[int, dict[str, Any]]
    parameters: dict[str, Any]
    shape: tuple[Any, ...]
    hidden: frozenset[str] = frozenset()
    """Of the permissions that references by type and id may need, those the caller lacks; part of the shape."""

    def seen_by(self, selection: Selection, permissions: frozenset[Any]) -> Evaluated:
        """The same for somebody with these permissions."""
        hidden = selection.referred - permissions
        return self if hidden == self.hidden else replace(self, hidden=hidden)


def evaluate(selection: Selection, variables: Variables, call: Call) -> Evaluated:
    """Raises BAD_USER_INPUT for arguments that cannot be meant."""
    evaluated = Evaluated({}, {}, ())
    shape: list[Any] = []
    for selected in selection.sites:
        settled = selected.settled.get(call.caller.sees_everything)
        if settled is None:
            settled = _evaluate(selected, variables, call)
            if selected.is_constant and _is_for_everybody(selected, settled):
                selected.settled[call.caller.sees_everything] = settled
        if settled.given is not None:
            evaluated.by_site[selected.site] = settled.given
        evaluated.parameters.update(settled.parameters)
        if settled.shape is not None:
            shape.append(settled.shape)
    evaluated.shape = tuple(shape)
    return evaluated.seen_by(selection, call.caller.permissions) if selection.referred else evaluated


def _evaluate(selected: Selected, variables: Variables, call: Call) -> Settled:
    assert selected.arguments is not None
    given = selected.arguments(variables)
    match selected.declaration:
        case d.Connection() as connection:
            page = read_page(connection, given, selected, call.caller.tenant_id, scoped=not call.caller.sees_everything)
            parameters = page_parameters(connection, page, given, selected.site)
            return Settled({**given, "page": page}, parameters, page.shape)
        case d.Link(argument=name) if name is not None:
            return Settled(None, {f"s{selected.site}_{name}": _id_argument(given[name], selected, name)})
        case d.Column():
            return Settled(None, _column_parameters(selected, given, call))
        case d.Computed(check=check) if check is not None:
            check(**given)
    return Settled(given, {})


def _is_for_everybody(selected: Selected, settled: Settled) -> bool:
    """Whether written-out arguments come to the same in every call: cursors are a tenant's, labels follow the locale,
    and an act may do with its input as it likes."""
    match selected.declaration:
        case d.Connection():
            assert settled.given is not None
            page = settled.given["page"]
            return page.after is None and page.before is None
        case d.Column() | d.Act():
            return False
    return True


def _id_argument(text: str, selected: Selected, name: str) -> UUID:
    parsed = parse_global_id(text)
    if parsed is None:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"{selected.key}({name}): this is not an id.", argument=name)
    return parsed[1] if parsed[0] == selected.type_name else _NOTHING


def _column_parameters(selected: Selected, given: dict[str, Any], call: Call) -> dict[str, Any]:
    """A missing `locale` is the call's."""
    assert selected.definition is not None
    found = {}
    for argument in strawberry_field(selected.definition).arguments:
        value = given.get(argument.python_name)
        if argument.python_name == "locale" and value is None:
            value = call.locale
        found[f"s{selected.site}_{argument.python_name}"] = getattr(value, "value", value)
    return found


class Plan:
    """A compiled selection. It knows no values; its SQL is made once per shape of the arguments."""

    def __init__(
        self, catalogue: Catalogue, selection: Selection, grown: Callable[[int], None] = lambda weight: None
    ) -> None:
        self.catalogue = catalogue
        self.selection = selection
        self.weight = fields_weight(selection.count)
        """Bytes it takes, about; `grown` is told of every change."""
        self._grown = grown
        self.read = [root for root in selection.roots if isinstance(root.declaration, READ_FROM_DATABASE)]
        self.computed = [root for root in selection.roots if isinstance(root.declaration, d.Computed)]
        self.pure = [
            root for root in self.computed if isinstance(root.declaration, d.Computed) and root.declaration.pure
        ]
        self.reading = [root for root in self.computed if root not in self.pure]
        self.plain = [root for root in selection.roots if root not in self.read and root not in self.computed]
        self._statements: dict[tuple[Any, ...], Statement] = {}
        self._refs: dict[tuple[Any, ...], Statement] = {}
        self._fresh: dict[int, tuple[str, tuple[Hole, ...]] | None] = {}
        self.permitted: set[frozenset[Any]] = set()
        """Sets of permissions that were found to suffice."""
        self.costs: dict[tuple[Any, ...], int] = {}
        """By what the cost depends on of the arguments."""

    def statement(self, evaluated: Evaluated) -> Statement:
        key = (evaluated.shape, evaluated.hidden)
        found = self._statements.get(key)
        if found is None:
            found = roots_statement(self.catalogue, self.read, evaluated.by_site, evaluated.hidden)
            self._keep(self._statements, key, found)
        return found

    def refs(self, selected: Selected, type_name: str, evaluated: Evaluated) -> Statement:
        key = (id(selected), type_name, evaluated.shape, evaluated.hidden)
        found = self._refs.get(key)
        if found is None:
            found = refs_statement(self.catalogue, selected, type_name, evaluated.by_site, evaluated.hidden)
            self._keep(self._refs, key, found)
        return found

    def fresh(self, selected: Selected) -> tuple[str, tuple[Hole, ...]] | None:
        """The SELECT that answers `selected` from the very row its statement adds, where that can be; and its doubts."""
        key = id(selected)
        if key not in self._fresh:
            self._fresh[key] = fresh_text(self.catalogue, selected)
        return self._fresh[key]

    def _keep(self, kept: dict[tuple[Any, ...], Statement], key: tuple[Any, ...], statement: Statement) -> None:
        change = statement_weight(statement.text)
        if len(kept) >= _MAX_SHAPES:
            change -= statement_weight(kept.pop(next(iter(kept))).text)
        kept[key] = statement
        self.weight += change
        self._grown(change)


class Fresh(NamedTuple):
    """A place that waits for a row about to be added, the SELECT of its JSON text, and the doubts that leaves."""

    slot: Slot
    select: str
    doubts: tuple[Hole, ...]


class Execution:
    """One run of a plan on behalf of one call."""

    def __init__(self, plan: Plan, evaluated: Evaluated, call: Call, passage: Passage) -> None:
        self._plan = plan
        self._evaluated = evaluated
        self._call = call
        self._passage = passage
        self._within = passage.within
        self.completion = Completion(plan.catalogue, call, evaluated.by_site)

    async def query(self, database: Database, introspect: Introspect, variables: Variables) -> bytes:
        """The JSON body of a query."""
        plan = self._plan
        whole = not plan.read or plan.statement(self._evaluated).is_whole
        if plan.read and whole and not (plan.computed or plan.plain):
            return await self._single(database)
        data = Data({root.key: None for root in plan.selection.roots})
        for root in plan.plain:
            if root.is_typename:
                data[root.key] = root.parent_type
                continue
            data[root.key], errors = introspect(root, variables)
            self.completion.errors.extend(errors)
            if data[root.key] is None:
                Slot(data, root.key, None, step(root)[1]).null()
        for root in plan.pure:
            await self._compute_root(None, root, data)
        if plan.read or plan.reading or self.completion.pending:
            async with database.snapshot(self._passage) as snapshot:
                await self._in_snapshot(snapshot, data)
        else:
            await database.confirm(self._passage)
        return body(data, self.completion.errors)

    async def _single(self, database: Database) -> bytes:
        statement = self._plan.statement(self._evaluated)
        values = statement.values(self._evaluated.parameters, self._passage)
        row = await database.read_row(statement.text, values)
        if row is None:
            raise CredentialEnded
        parts = [f'"{root.key}":{text}' for root, text in zip(statement.roots, row, strict=True)]
        joined = ",".join(parts)
        if MARK not in joined:
            return ('{"data":{' + joined + "}}").encode()
        data = Data({root.key: None for root in statement.roots})
        for root, text, doubts in zip(statement.roots, row, statement.doubts, strict=True):
            self.place(Slot(data, root.key, None, step(root)[1]), text, doubts)
        return body(data, self.completion.errors)

    def place(self, slot: Slot, text: str, doubts: Sequence[Hole], *, parsed: bool = False) -> None:
        """Put an answer's JSON text in its slot, telling the errors of what may not stand there."""
        if MARK not in text:
            slot.container[slot.key] = orjson.loads(text) if parsed else orjson.Fragment(text)
            return
        slot.container[slot.key] = orjson.loads(text.replace(MARK, ""))
        self.completion.settle(doubts, slot)

    async def _in_snapshot(self, snapshot: Snapshot, data: Data) -> None:
        raw = snapshot.raw
        reader = Reader(raw, self._passage.tenant_id, self._call, snapshot.now)
        if self._plan.read:
            statement = self._plan.statement(self._evaluated)
            row = await raw.fetchrow(statement.text, *statement.values(self._evaluated.parameters, self._within))
            for root, text, holes, doubts in zip(statement.roots, row, statement.holes, statement.doubts, strict=True):
                slot = Slot(data, root.key, None, step(root)[1])
                self.place(slot, text, doubts, parsed=bool(holes))
                await self._fill(reader, holes, [slot])
        for root in self._plan.reading:
            await self._compute_root(reader, root, data)
        await self.read_refs(reader)

    async def _compute_root(self, reader: Reader | None, root: Selected, data: Data) -> None:
        slot = Slot(data, root.key, None, step(root)[1])
        await self._compute(reader, root, [slot], [SimpleNamespace()])

    async def _fill(self, reader: Reader, holes: Sequence[Hole], trees: Sequence[Slot]) -> None:
        """Fill the holes of some answers, the shallow ones first, each hole once for all of them."""
        for hole in sorted(holes, key=lambda hole: len(hole.path)):
            slots = [slot for tree in trees for slot in hole_slots(tree.container[tree.key], hole, tree)]
            if not slots:
                continue
            rows = [
                SimpleNamespace(**dict(zip(hole.needs, slot.container[slot.key][1:], strict=True))) for slot in slots
            ]
            for slot in slots:
                slot.container[slot.key] = None
            await self._compute(reader, hole.selected, slots, rows)

    async def _compute(
        self, reader: Reader | None, selected: Selected, slots: Sequence[Slot], rows: Sequence[Any]
    ) -> None:
        declaration = selected.declaration
        assert isinstance(declaration, d.Computed)
        given = self._evaluated.by_site.get(selected.site, {})
        try:
            results = declaration.function(self._call if declaration.pure else reader, rows, **given)
            if inspect.isawaitable(results):
                results = await results
        except RequestError:
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncio.CancelledError):
            raise
        except Exception as fault:  # noqa: BLE001  # whatever a field raises is that field's error, with its path
            for slot in slots:
                self.completion.fail(selected, slot, fault)
            return
        for slot, result in zip(slots, results, strict=True):
            self.completion.put(selected, result, slot)

    async def references(self, database: Database) -> None:
        """Read what produced values point to, in a snapshot of their own."""
        if not self.completion.pending:
            return
        async with database.snapshot(self._passage) as (raw, now):
            await self.read_refs(Reader(raw, self._passage.tenant_id, self._call, now))

    def fresh(self, row: Any) -> Fresh | None:
        """The one place that waits for `row`, which is about to be added, and how it is read from there.

        None where more is waited for, where it cannot be read so, or where the caller's scope has to be asked.
        """
        waiting = list(self.completion.pending.values())
        if len(waiting) != 1 or len(waiting[0][1]) != 1 or self._passage.scope is not Scope.ALL:
            return None
        selected, [(slot, reference)] = waiting[0]
        info = self._plan.catalogue.nodes.get(selected.type_name)
        if isinstance(reference, Unasked) or info is None or not isinstance(row, info.model):
            return None
        if getattr(row, "id", None) != reference.id:
            return None
        made = self._plan.fresh(selected) if self._may_read(selected.type_name) else None
        return None if made is None else Fresh(slot, *made)

    async def read_refs(self, reader: Reader) -> None:
        """Read the nodes that values pointed to, level by level, one statement per field and type; ask computed fields
        of values, once for all objects of the field."""
        while self.completion.pending:
            for selected, waiting in list(self.completion.take_pending()):
                by_type: dict[str, list[tuple[Slot, d.Ref]]] = {}
                objects: list[tuple[Slot, Any]] = []
                for slot, what in waiting:
                    if isinstance(what, Unasked):
                        objects.append((slot, what.source))
                    else:
                        by_type.setdefault(what.type_name or selected.type_name, []).append((slot, what))
                if objects:
                    slots, sources = zip(*objects, strict=True)
                    await self._compute(reader, selected, slots, sources)
                for type_name, group in by_type.items():
                    await self._read_group(reader, selected, type_name, group)

    async def _read_group(
        self, reader: Reader, selected: Selected, type_name: str, group: list[tuple[Slot, d.Ref]]
    ) -> None:
        found: Mapping[int, str] = {}
        if self._may_read(type_name):
            statement = self._plan.refs(selected, type_name, self._evaluated)
            parameters = {**self._evaluated.parameters, "ids": [reference.id for _, reference in group]}
            rows = await reader.raw.fetch(statement.text, *statement.values(parameters, self._within))
            found = {row[0] - 1: row[1] for row in rows}
            (holes,), (doubts,) = statement.holes, statement.doubts
        else:
            holes = doubts = ()
        for index, (slot, _) in enumerate(group):
            text = found.get(index)
            if text is None:
                slot.null()
                continue
            self.place(slot, text, doubts, parsed=bool(holes))
        await self._fill(reader, holes, [slot for index, (slot, _) in enumerate(group) if index in found])

    def _may_read(self, type_name: str) -> bool:
        """What is no type, or one the caller may not read, is absent; only `node` and `nodes` get here without naming it."""
        catalogue = self._plan.catalogue
        if type_name not in catalogue.schema.type_map or not catalogue.is_row(type_name):
            return False
        info = catalogue.nodes[catalogue.concrete(type_name)[0].name]
        return info.permission is None or info.permission in self._call.caller.permissions


def body(data: Data, errors: list[dict[str, Any]]) -> bytes:
    """The JSON body; `errors` comes first, as people look for it."""
    if errors:
        return orjson.dumps({"errors": errors, "data": None if data.lost else data})
    return orjson.dumps({"data": data})
