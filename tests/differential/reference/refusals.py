"""Why an operation is refused as a whole: the one place where the planner is not to do what graphql-core does.

The rules, each checked positively (the reference predicts the refusal, and the planner must refuse just so):

1. A document or variable that graphql-core refuses is refused by the same errors, with a code.
2. A caller who lacks a permission gets FORBIDDEN, with every permission that is lacking and every path that needs one.
3. An argument that cannot be meant (a size out of range, a foreign cursor, an undecodable id, a null operator) refuses the
   whole operation with BAD_USER_INPUT before any SQL, wherever the field stands, even below something that is null. Where
   there are several faults, one of them is told.
4. The same holds for what graphql-core finds wrong with the arguments of a single field.

`predicted` walks the document over all types a value could have, because rules 2 and 3 do not wait for data.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective, is_abstract_type

from tests.differential.reference import planning, texts
from tests.differential.reference.asking import Reading
from tests.differential.reference.lists import CONNECTIONS, LONGEST_SEARCH, MOST, MOST_CHOICES, ORDERS
from tests.differential.reference.paging import read_cursor
from tests.differential.reference.permissions import OF_CONDITION, OF_FIELD
from tests.differential.reference.profiles import Misunderstood, understood
from tests.differential.reference.roots import BY_ID

Error = dict[str, Any]
_TOLD_PATHS = 20


@dataclass
class Refusal:
    """What may be told: the whole list of errors is one of `answers`."""

    answers: list[list[Error]] = field(default_factory=list)


def coded(code: str, faults: Sequence[GraphQLError]) -> list[Error]:
    """The errors of graphql-core with our code, and without a path: the whole operation is refused."""
    errors = []
    for fault in faults:
        error: Error = {"message": fault.message, "extensions": {"code": code}}
        if fault.locations:
            error["locations"] = [{"line": one.line, "column": one.column} for one in fault.locations]
        errors.append(error)
    return errors


def predicted(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: VariableValues,
    reading: Reading,
) -> Refusal | None:
    walk = _Walk(schema, fragments, variables, reading)
    root = schema.get_root_type(operation.operation)
    assert root is not None
    walk.fields(root, [operation.selection_set], ())
    held = reading.asker.permissions
    lacking: dict[str, set[str]] = {}
    for permission, path in walk.demands:
        if permission not in held:
            lacking.setdefault(permission, set()).add(".".join(path))
    if lacking:
        paths = sorted(set().union(*lacking.values()))[:_TOLD_PATHS]
        names = sorted(lacking)
        message = "You may not ask for this: " + ", ".join(names) + " needed."
        extensions = {"code": "FORBIDDEN", "permissions": names, "paths": paths}
        return Refusal([[{"message": message, "extensions": extensions}]])
    if walk.faults:
        return Refusal(walk.faults)
    conditions = [
        [
            {
                "message": f"You may not filter or order by this: {permission} needed.",
                "extensions": {"code": "FORBIDDEN", "permissions": [permission], "paths": [key]},
            }
        ]
        for permission, key in walk.conditions
        if permission not in held
    ]
    late = conditions or walk.late_faults
    return Refusal(late) if late else None


def bad(message: str, argument: str) -> list[Error]:
    return [{"message": message, "extensions": {"code": "BAD_USER_INPUT", "argument": argument}}]


class _Walk:
    """Every field the document asks of every type there could be."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
        reading: Reading,
    ) -> None:
        self._schema, self._fragments, self._variables, self._reading = schema, fragments, variables, reading
        self.demands: set[tuple[str, tuple[str, ...]]] = set()
        self.faults: list[list[Error]] = []
        self.conditions: list[tuple[str, str]] = []
        self.late_faults: list[list[Error]] = []
        """Found when the root field is answered, after what is found before any SQL."""
        self._walked: set[tuple[Any, ...]] = set()

    def fields(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], path: tuple[str, ...]) -> None:
        mark = (type_.name, tuple(id(one) for one in sets), path)
        if mark in self._walked:
            return
        self._walked.add(mark)
        for key, nodes in self._collected(type_, sets).items():
            name = nodes[0].name.value
            if not name.startswith("__"):
                self._field(type_, type_.fields[name], nodes, (*path, key))
            elif name in ("__schema", "__type"):
                continue

    def _field(
        self, type_: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], path: tuple[str, ...]
    ) -> None:
        name = nodes[0].name.value
        self._arguments(type_, name, definition, nodes[0], path[-1])
        own = OF_FIELD.get((type_.name, name))
        listing = CONNECTIONS.get((type_.name, name))
        for permission in (own, self._reading.permission_of(listing.of) if listing is not None else None):
            if permission is not None:
                self.demands.add((permission, path))
        named = get_named_type(definition.type)
        if not is_composite_type(named):
            return
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        concrete: Any = self._schema.get_possible_types(named) if is_abstract_type(named) else [named]
        for one in concrete:
            permission = self._reading.permission_of(one.name)
            if permission is not None and not (is_abstract_type(named) and self._only_common(one, sets)):
                self.demands.add((permission, path))
            self.fields(one, sets, path)

    def _only_common(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> bool:
        return all(nodes[0].name.value in ("id", "__typename") for nodes in self._collected(type_, sets).values())

    def _collected(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        grouped: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for one in sets:
            for node in self._flat(type_, one, spread):
                grouped.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return grouped

    def _flat(self, type_: GraphQLObjectType, selected: SelectionSetNode, spread: set[str]) -> Iterator[FieldNode]:
        for node in selected.selections:
            if self._left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: Any = node
            if hasattr(node, "name"):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
            if fragment.type_condition is None or self._is(type_, fragment.type_condition.name.value):
                yield from self._flat(type_, fragment.selection_set, spread)

    def _is(self, type_: GraphQLObjectType, name: str) -> bool:
        wanted: Any = self._schema.type_map[name]
        return wanted is type_ or (is_abstract_type(wanted) and self._schema.is_sub_type(wanted, type_))

    def _left_out(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return bool(skip and skip["if"]) or bool(include and not include["if"])

    def _arguments(
        self, type_: GraphQLObjectType, name: str, definition: GraphQLField, node: FieldNode, key: str
    ) -> None:
        try:
            given = get_argument_values(definition, node, self._variables)
        except GraphQLError as fault:
            self.faults.append(coded("BAD_USER_INPUT", [fault]))
            return
        listing = CONNECTIONS.get((type_.name, name))
        if listing is not None:
            self.faults += [
                bad(f"{key}({argument}): {why}.", argument)
                for argument, why in list_faults(self._reading, listing.of, given)
            ]
            self.conditions += [(permission, key) for permission in _condition_permissions(definition, given)]
        elif type_.name == "Query" and name in BY_ID:
            if texts.read_global_id(given["id"]) is None:
                self.faults.append(bad(f"{key}(id): this is not an id.", "id"))
        elif (type_.name, name) in _EARLY:
            self.faults += _EARLY[type_.name, name](given)
        elif type_.name == "Query" and name in _LATE:
            self.late_faults += _LATE[name](self._reading, given)


def _condition_permissions(definition: GraphQLField, given: Mapping[str, Any]) -> Iterator[str]:
    filter_type = get_named_type(definition.args["filter"].type).name if "filter" in definition.args else ""
    for name, operators in (given.get("filter") or {}).items():
        if operators and (filter_type, name) in OF_CONDITION:
            yield OF_CONDITION[filter_type, name]
    order = given.get("orderBy")
    order_type = get_named_type(definition.args["orderBy"].type).name
    if order is not None and (order_type, order["field"]) in OF_CONDITION:
        yield OF_CONDITION[order_type, order["field"]]


def list_faults(reading: Reading, of: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the arguments of a list: (argument, why)."""
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        yield "first", "give first or last, not both"
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MOST:
            yield name, f"must be from 0 to {MOST}"
    order_by = given.get("orderBy")
    order = ORDERS[of].default if order_by is None else order_by["field"]
    for name in ("after", "before"):
        text = given.get(name)
        if text is None:
            continue
        try:
            read_cursor(reading.eyes, of, order, text)
        except texts.BadCursor as fault:
            if fault.of is None:
                yield name, "this is not a cursor of this list"
            else:
                yield name, f"this cursor belongs to the order {fault.of}, not {order}"
    yield from filter_faults(given)
    if len(given.get("search") or "") > LONGEST_SEARCH:
        yield "search", f"at most {LONGEST_SEARCH} characters"


def filter_faults(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, operators in (given.get("filter") or {}).items():
        for operator, value in (operators or {}).items():
            if value is None:
                yield "filter", f"{name}.{operator}: null is not a value; leave it out, or use isNull"
            elif isinstance(value, list) and len(value) > MOST_CHOICES:
                yield "filter", f"{name}.{operator}: at most {MOST_CHOICES} values"


def _counts(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    return [bad(f"workItemCounts({argument}): {why}.", argument) for argument, why in filter_faults(given)]


def _node(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    return [] if texts.read_global_id(given["id"]) else [bad("node(id): this is not an id.", "node(id)")]


def _nodes(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    if len(given["ids"]) > MOST:
        return [bad(f"nodes(ids): at most {MOST} ids.", "ids")]
    undecodable = any(texts.read_global_id(id) is None for id in given["ids"])
    return [bad("nodes(ids): this is not an id.", "nodes(ids)")] if undecodable else []


def _events(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    if not 0 <= given["first"] <= MOST:
        return [bad(f"events(first): must be from 0 to {MOST}.", "first")]
    after = given.get("after")
    if after is None:
        return []
    tenant_id = reading.asker.tenant_id
    parts = (texts.decoded(after) or "").split(":")
    if len(parts) != 3 or parts[0][:1] != "e" or parts[2] != tenant_id.hex[-12:]:
        return [bad("after: this is not a cursor of the event log.", "after")]
    (stream,) = reading.eyes.rows.of("tenant_streams", tenant_id)
    if parts[0] != f"e{reading.epoch}":
        why = "the log was restored since this cursor was given. Read a snapshot and follow from its cursor."
    elif int(parts[1]) > stream["last_seq"]:
        why = "the log ends before this cursor. Read a snapshot and its cursor."
    elif int(parts[1]) < stream["low_seq"] - 1:
        why = "events behind this cursor are no longer kept. Read a snapshot and its cursor."
    else:
        return []
    return [[{"message": f"after: {why}", "extensions": {"code": "CURSOR_EXPIRED"}}]]


def _profile(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    try:
        understood(reading, given["profile"])
    except Misunderstood as fault:
        return [
            [
                {
                    "message": f"{'.'.join(path)}: {why}",
                    "extensions": {"code": "BAD_USER_INPUT", "argument": "profile", "field": path},
                }
                for path, why in fault.faults
            ]
        ]
    return []


def _price_spreads(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    start, end, ids = given["period"]["from"], given["period"]["to"], given.get("itemIds")
    if not start < end <= start + timedelta(days=366):
        return [bad("quotePriceSpreads(period): must be from 1 to 366 days.", "period")]
    if not 1 <= given["first"] <= MOST:
        return [bad(f"quotePriceSpreads(first): must be from 1 to {MOST}.", "first")]
    if len(ids or ()) > MOST:
        return [bad(f"quotePriceSpreads(itemIds): at most {MOST} ids.", "itemIds")]
    return []


def _trust_report(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    start, end = given["period"]["from"], given["period"]["to"]
    if start < end <= start + timedelta(days=366):
        return []
    return [bad("trustReport(period): must be from 1 to 366 days.", "period")]


def _scorecards(given: Mapping[str, Any]) -> list[list[Error]]:
    start, end = given["period"]["from"], given["period"]["to"]
    found = []
    if not start < end <= start + timedelta(days=366):
        found.append(bad("scorecards(period): must be from 1 to 366 days.", "period"))
    found += [bad(f"scorecards({argument}): {why}.", argument) for argument, why in filter_faults(given)]
    return found + _values("scorecards", given, bool)


def _funnel(given: Mapping[str, Any]) -> list[list[Error]]:
    start, end, first = given["period"]["from"], given["period"]["to"], given["first"]
    found = [bad(f"funnel({argument}): {why}.", argument) for argument, why in filter_faults(given)]
    if not start < end <= start + timedelta(days=366):
        found.append(bad("funnel(period): must be from 1 to 366 days.", "period"))
    if not 1 <= first <= MOST:
        found.append(bad(f"funnel(first): must be from 1 to {MOST}.", "first"))
    if "STAFF" in (given.get("groupBy") or ()):
        found.append(bad("funnel(groupBy): a case passes through many hands; it has no one person.", "groupBy"))
    return found


def _metric_facts(given: Mapping[str, Any]) -> list[list[Error]]:
    return _values("facts", given, _is_moment_and_id)


def _values(field: str, given: Mapping[str, Any], is_place: Callable[[list[str]], bool]) -> list[list[Error]]:
    """What is wrong with the page of a list of values."""
    found = [] if 0 <= given["first"] <= MOST else [bad(f"{field}(first): must be from 0 to {MOST}.", "first")]
    after = given.get("after")
    if after is not None:
        try:
            place = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
            is_one = isinstance(place, list) and all(isinstance(one, str) for one in place) and is_place(place)
        except ValueError:
            is_one = False
        if not is_one:
            found.append(bad(f"{field}(after): this is not a cursor of the list.", "after"))
    return found


def _is_moment_and_id(place: list[str]) -> bool:
    at, id = place
    return isinstance(datetime.fromisoformat(at), datetime) and isinstance(UUID(id), UUID)


_EARLY: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], list[list[Error]]]] = {
    ("MetricFigure", "facts"): _metric_facts,
    ("Query", "funnel"): _funnel,
    ("Query", "scorecards"): _scorecards,
}
"""Fields that refuse an argument before anything is read."""


def _wow_figures(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    start, end = given["period"]["from"], given["period"]["to"]
    if not start < end <= start + timedelta(days=366):
        return [bad("wowFigures(period): must be from 1 to 366 days.", "period")]
    if not 1 <= given["first"] <= MOST:
        return [bad(f"wowFigures(first): must be from 1 to {MOST}.", "first")]
    return []


def _plan(field: str) -> Callable[[Reading, Mapping[str, Any]], list[list[Error]]]:
    def late(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
        refused = planning.refusal(reading, field, given)
        return [] if refused is None else [[{"message": refused[0], "extensions": refused[1]}]]

    return late


def _duplicates(reading: Reading, given: Mapping[str, Any]) -> list[list[Error]]:
    if not 0 <= given["first"] <= MOST:
        return [bad(f"duplicateCustomers(first): must be from 0 to {MOST}.", "first")]
    after = given.get("after")
    parts = None if after is None else (texts.decoded(after) or "").split("\x1f")
    if parts is not None and (len(parts) != 3 or parts[:2] != ["DuplicateGroup", str(reading.asker.tenant_id)[-8:]]):
        return [bad("duplicateCustomers(after): this is not a cursor of this list.", "after")]
    return []


_LATE: Mapping[str, Callable[[Reading, Mapping[str, Any]], list[list[Error]]]] = {
    "adviseOperatingModel": _profile,
    "duplicateCustomers": _duplicates,
    "events": _events,
    "node": _node,
    "nodes": _nodes,
    "quotePriceSpreads": _price_spreads,
    "trustReport": _trust_report,
    "workItemCounts": _counts,
    "wowFigures": _wow_figures,
    "planOperatingModelChange": _plan("planOperatingModelChange"),
    "planRoleCleanup": _plan("planRoleCleanup"),
}
"""Root fields whose own function refuses an argument."""
