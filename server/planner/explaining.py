"""Plans as objects a developer can look at: what an operation will do, before it does it.

Made from the plan itself, so it cannot tell another story than the execution; it holds no values, only how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from server.db.tenancy import PASSAGE_VALUES
from server.planner import declarations as d
from server.planner.costs import Costs, costs_by_path
from server.planner.executing import Evaluated, Plan
from server.planner.limits import MAX_DEPTH, MAX_FIELDS
from server.planner.reading import LIST, Hole
from server.planner.selections import MAX_SELECTED, Selected
from server.planner.sql_layout import readable

PART = "part"
"""The kind of what is no field of ours: `edges`, `nodes`, `node`, `pageInfo`. Its rows are its connection's."""
Demand = tuple[Selected, list[str], list[str]]


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """A field that leads to rows or to Python: its declaration, its cost, and how many rows it stands for at most."""

    path: str
    kind: str
    type: str
    rows: int
    cost: int


@dataclass(frozen=True, slots=True)
class StepDescription:
    """One thing that is done, in the order of doing."""

    what: str
    paths: list[str]
    round_trips: int
    rows: int
    """At most, of all its fields together."""
    sql: str | None = None
    parameters: list[str] = field(default_factory=list)
    """The names of $1, $2, … of the SQL."""


@dataclass(frozen=True, slots=True)
class PlanDescription:
    """Everything known of an operation before it runs; `as_json` makes it plain."""

    operation: str
    in_one_statement: bool
    round_trips: int
    """Of a caller with a credential who sees everything, where every step has something to do. What an act, or a function
    that reads, asks of the database for itself is its own affair and counts as one; a subscription's is that of one event.
    """
    steps: list[StepDescription]
    fields: list[FieldDescription]
    cost: int
    permissions: dict[str, list[str]]
    """Every permission that is needed, with the paths that need it."""
    limits: dict[str, dict[str, int]]
    """How much of what is bounded the operation uses: {what: {used, allowed}}."""


def describe(
    plan: Plan, evaluated: Evaluated, operation: str, demands: Sequence[Demand], max_cost: int
) -> PlanDescription:
    costs = Costs(evaluated.by_site)
    described = _fields(plan, costs)
    rows = {one.path: 0 if one.kind == PART else one.rows for one in described}
    steps = list(_Steps(plan, evaluated, rows).all(operation))
    whole = operation == "query" and len(steps) == 1 and steps[0].sql is not None
    trips = sum(step.round_trips for step in steps)
    permissions: dict[str, list[str]] = {}
    for _, path, needed in demands:
        for permission in needed:
            paths = permissions.setdefault(str(permission), [])
            if ".".join(path) not in paths:
                paths.append(".".join(path))
    cost = costs.total(plan.selection)
    depth = max((len(path) for _, path, _ in demands), default=0)
    limits = {
        "cost": {"used": cost, "allowed": max_cost},
        "levels": {"used": depth, "allowed": MAX_DEPTH},
        "fields": {"used": len({tuple(path) for _, path, _ in demands}), "allowed": MAX_FIELDS},
        "fieldsOfAllTypes": {"used": plan.selection.count, "allowed": MAX_SELECTED},
    }
    return PlanDescription(operation, whole, trips, steps, described, cost, dict(sorted(permissions.items())), limits)


def _fields(plan: Plan, costs: Costs) -> list[FieldDescription]:
    met = dict(_paths(plan.selection.roots))
    described = []
    for path, cost, rows in costs_by_path(plan.selection, costs):
        one = met[path]
        kind = type(one.declaration).__name__.lower() if one.declaration is not None else PART
        described.append(FieldDescription(path, kind, one.type_name, rows, cost))
    return described


class _Steps:
    """Walks the plan in the order in which `Execution` and the acts do, with what they send around it."""

    def __init__(self, plan: Plan, evaluated: Evaluated, rows: Mapping[str, int]) -> None:
        self._plan = plan
        self._evaluated = evaluated
        self._rows = rows

    def all(self, operation: str) -> Iterator[StepDescription]:
        if operation == "mutation":
            steps = [step for root in self._plan.plain for step in self._act(root)]
        elif operation == "subscription":
            (root,) = self._plan.plain
            stream = self._step(f"stream {root.name}: what follows, for every event", [root.key], 0)
            steps = [stream, *_snapshot(list(self._references([root])))]
        else:
            steps = list(self._query())
        if operation != "subscription" and not any(step.round_trips for step in steps):
            steps.append(StepDescription("the door, which confirms the credential", [], 1, 0))
        yield from steps

    def _act(self, root: Selected) -> Iterator[StepDescription]:
        act = root.declaration
        if not isinstance(act, d.Act):
            yield self._step(root.name, [root.key], 0)
            return
        key = getattr(self._evaluated.by_site[root.site]["input"], "client_mutation_id", None)
        references = list(self._references([root]))
        if act.at_once and key is None:
            if not references or self._is_read_where_added(root):
                once = f"act {root.name} asks, adds, numbers its events and answers: at once if the facts are the usual ones"
                yield self._step(f"{once}, else in two statements", [root.key], 1)
                return
            yield self._step(f"act {root.name} asks, in no transaction", [root.key], 1)
            yield self._step(f"act {root.name} adds: BEGIN, the door, what is added", [root.key], 3)
        else:
            claimed = "" if key is None else " its key,"
            what = f"act {root.name}: BEGIN, the door,{claimed} a savepoint, what it does, the savepoint's end"
            yield self._step(what, [root.key], 5 if key is None else 6)
        yield from references
        kept = "" if key is None else "the key's outcome, "
        yield self._step(f"act {root.name} ends: {kept}its events, COMMIT", [root.key], 2 if key is None else 3)

    def _is_read_where_added(self, root: Selected) -> bool:
        pointed = [one for _, one in self._pointed_to([root])]
        return len(pointed) == 1 and self._plan.fresh(pointed[0]) is not None

    def _query(self) -> Iterator[StepDescription]:
        plan = self._plan
        for root in plan.plain:
            yield self._step("introspection" if root.name.startswith("__") else root.name, [root.key], 0)
        for root in plan.pure:
            yield self._computed(root, root.key)
        read = [*self._read(), *(self._computed(root, root.key) for root in plan.reading)]
        steps = [*read, *self._references(plan.selection.roots)]
        alone = len(steps) == 1 and plan.read and not (plan.computed or plan.plain)
        yield from steps if alone else _snapshot(steps)

    def _read(self) -> Iterator[StepDescription]:
        plan = self._plan
        if plan.read:
            statement = plan.statement(self._evaluated)
            paths = [path for path in self._rows if path.partition(".")[0] in {root.key for root in plan.read}]
            holes = [
                (root.key, hole) for root, group in zip(statement.roots, statement.holes, strict=True) for hole in group
            ]
            yield StepDescription(
                "one statement for everything that is read from here",
                [root.key for root in plan.read],
                1,
                sum(self._rows[path] for path in paths),
                readable(statement.text),
                [*statement.names, *PASSAGE_VALUES],
            )
            for root_key, hole in sorted(holes, key=lambda one: len(one[1].path)):
                yield self._computed(hole.selected, _path_of(root_key, hole))

    def _computed(self, selected: Selected, path: str) -> StepDescription:
        declaration = selected.declaration
        assert isinstance(declaration, d.Computed)
        how = "in Python alone" if declaration.pure else "by a function that reads"
        return self._step(f"computed {selected.name}, once for all rows, {how}", [path], 0 if declaration.pure else 1)

    def _pointed_to(self, roots: Sequence[Selected]) -> Iterator[tuple[str, Selected]]:
        """The fields whose values point to rows."""
        for path, one in _paths(roots):
            produced = isinstance(one.declaration, d.Computed | d.Value | d.Act | d.Stream)
            if produced and self._plan.catalogue.is_row(one.type_name):
                yield path, one

    def _references(self, roots: Sequence[Selected]) -> Iterator[StepDescription]:
        """What is asked of values, and the rows that values point to, which are read afterwards: one statement for each
        field and type met."""
        rows, at_root = self._plan.catalogue.nodes, {id(root) for root in roots}
        for path, one in _paths(roots):
            if isinstance(one.declaration, d.Computed) and one.parent_type not in rows and id(one) not in at_root:
                yield self._computed(one, path)
        for path, one in self._pointed_to(roots):
            concrete = self._plan.catalogue.concrete(one.type_name)
            if len({self._plan.catalogue.nodes[type_.name].table for type_ in concrete}) > 1:
                yield self._step(f"rows of any of {len(concrete)} types, one statement for each type met", [path], 1)
                continue
            statement = self._plan.refs(one, one.type_name, self._evaluated)
            below = [found for found in self._rows if found == path or found.startswith(f"{path}.")]
            yield StepDescription(
                f"the rows of {one.type_name} that were pointed to",
                [path],
                1,
                sum(self._rows[found] for found in below),
                readable(statement.text),
                [*statement.names, *PASSAGE_VALUES],
            )

    def _step(self, what: str, paths: list[str], trips: int) -> StepDescription:
        return StepDescription(what, paths, trips, sum(self._rows.get(path, 1) for path in paths))


def _snapshot(steps: list[StepDescription]) -> list[StepDescription]:
    """Several statements see one snapshot, where there are any."""
    if not any(step.round_trips for step in steps):
        return steps
    begin = StepDescription("a snapshot for all that follows: BEGIN and the door", [], 2, 0)
    return [begin, *steps, StepDescription("the end of the snapshot: COMMIT", [], 1, 0)]


def _paths(roots: Sequence[Selected]) -> Iterator[tuple[str, Selected]]:
    """Every field by its path; the types of an interface share their paths."""
    stack = [(root.key, root) for root in reversed(roots)]
    met: set[tuple[str, int]] = set()
    while stack:
        path, one = stack.pop()
        if (path, id(one.children)) in met:
            continue
        met.add((path, id(one.children)))
        yield path, one
        children = {child.key: child for group in one.children.values() for child in group}
        stack.extend((f"{path}.{child.key}", child) for child in reversed(children.values()))


def _path_of(root_key: str, hole: Hole) -> str:
    return ".".join([root_key, *(key for key, _ in hole.path if key != LIST)])


def as_json(described: Any) -> Any:
    """The description as plain values, its names as GraphQL's clients write them."""
    if is_dataclass(described):
        return {to_camel_case(one.name): as_json(getattr(described, one.name)) for one in fields(described)}
    if isinstance(described, list):
        return [as_json(one) for one in described]
    return described


def actual_rows(node: Mapping[str, Any], found: dict[str, int] | None = None) -> dict[str, int]:
    """From PostgreSQL's JSON plan: how many rows were read of each table, in all loops, those a condition removed included."""
    found = {} if found is None else found
    table = node.get("Relation Name")
    if table is not None:
        removed = sum(node.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck"))
        read = (node.get("Actual Rows", 0) + removed) * node.get("Actual Loops", 1)
        found[table] = found.get(table, 0) + round(read)
    for child in node.get("Plans", ()):
        actual_rows(child, found)
    return found
