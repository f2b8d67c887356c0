"""From a document to something that can be run: parsed, bounded, validated, permitted, compiled; and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    Undefined,
    execute_sync,
    get_variable_values,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as merging
from graphql.validation.validate import ValidationAbortedError

from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.cache import PlanCache, document_weight
from server.planner.call import Call
from server.planner.checking import check_catalogue
from server.planner.converting import Convert
from server.planner.costs import cost_of, weights_of
from server.planner.executing import Evaluated, Introspect, Plan, evaluate
from server.planner.explaining import PlanDescription, as_json, describe
from server.planner.limits import MAX_LENGTH, MAX_TOKENS, check_document, check_variables, too_complex
from server.planner.nodes import Catalogue, read_catalogue
from server.planner.selections import Selected, Selection, Selector, Variables, flags_of

_log = structlog.get_logger()
_CACHE_DOCUMENTS = 1_000
_CACHE_PLANS_PER_OPERATION = 32
_MAX_ERRORS = 20
_PERMISSION_SETS = 50
"""Remembered per plan: keys of a brand come in a few kinds."""
_COSTS = 200
_ABORTED = "Validation aborted."
merging.MAX_COMPLEXITY_BUDGET = 100_000
"""How long validation may compare fields that answer to the same key, which is quadratic: about 50 ms. The library's own
default allows 250 ms; it is read at every validation."""


@dataclass(slots=True)
class Compiled:
    """One valid operation. Plans are kept by the values of the variables that decide @skip and @include."""

    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    flags: tuple[str, ...]
    root: GraphQLObjectType
    grown: Callable[[int], None]
    """Tells the cache what plans and their SQL add to the weight of this operation."""
    plans: dict[tuple[bool, ...], Plan] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["query", "mutation", "subscription"]:
        return self.operation.operation.value


@dataclass(slots=True)
class Ready:
    """An operation ready to run: its plan, its arguments, and who asks."""

    compiled: Compiled
    plan: Plan
    evaluated: Evaluated
    variables: Variables
    is_explained: bool = False
    """Its plan is shown beside the data."""

    @property
    def kind(self) -> Literal["query", "mutation", "subscription"]:
        return self.compiled.kind


class Operations:
    """Prepares operations against one schema."""

    def __init__(
        self, strawberry_schema: Any, *, max_cost: int, open_introspection: bool = False, max_cache_bytes: int = 1 << 25
    ) -> None:
        self.schema = strawberry_schema._schema
        self.catalogue: Catalogue = read_catalogue(self.schema)
        check_catalogue(self.catalogue)
        self._convert = Convert(strawberry_schema)
        self._max_cost = max_cost
        self._open_introspection = open_introspection
        self.cache: PlanCache[Compiled] = PlanCache(max_entries=_CACHE_DOCUMENTS, max_bytes=max_cache_bytes)

    def prepare(self, query: str, operation_name: str | None, variables: dict[str, Any] | None, call: Call) -> Ready:
        """Raises RequestError for everything that refuses the operation before any SQL."""
        compiled = self._compiled(query, operation_name, call.caller.is_public)
        if call.read_only_transport and compiled.kind == "mutation":
            raise RequestError(ErrorCode.BAD_USER_INPUT, "A mutation must be sent by POST.", allow="POST")
        values = self._variables(compiled, variables or {}, call.caller.is_public)
        plan = self._plan(compiled, values)
        self._permit(plan, call)
        try:
            evaluated = evaluate(plan.selection, values, call)
        except GraphQLError as fault:
            raise refused(ErrorCode.BAD_USER_INPUT, [fault]) from None
        self._permit_conditions(plan.selection, evaluated, call)
        cost = _cost(plan, evaluated)
        if cost > self._max_cost:
            raise too_complex(
                f"its cost is {cost}, at most {self._max_cost} is allowed", cost=cost, maxCost=self._max_cost
            )
        return Ready(compiled, plan, evaluated, values)

    def explain(self, ready: Ready) -> PlanDescription:
        """What running it takes."""
        demands = [
            (selected, path, [permission for permission, _ in _demands(self.catalogue, selected) if permission])
            for selected, path in ready.plan.selection.demanding()
        ]
        return describe(ready.plan, ready.evaluated, ready.kind, demands, self._max_cost)

    def explained(self, ready: Ready, answer: bytes) -> bytes:
        """A JSON body with the plan in `extensions.plan`."""
        return answer[:-1] + b',"extensions":{"plan":' + orjson.dumps(as_json(self.explain(ready))) + b"}}"

    def introspect(self, ready: Ready, call: Call) -> Introspect:
        """Answers `__schema` and `__type` through graphql-core. To the public every type is absent, unless that is open."""

        def answer(selected: Selected, variables: Variables) -> tuple[Any, list[dict[str, Any]]]:
            if call.caller.is_public and not self._open_introspection:
                return None, []
            operation = ready.compiled.operation
            selections = tuple(one for one in operation.selection_set.selections if one in selected.nodes)
            reduced = OperationDefinitionNode(
                operation=operation.operation,
                variable_definitions=operation.variable_definitions,
                selection_set=type(operation.selection_set)(selections=selections),
            )
            document = DocumentNode(definitions=(reduced, *ready.compiled.fragments.values()))
            given = {name: source.value for name, source in variables.sources.items() if source.value is not Undefined}
            result = execute_sync(self.schema, document, variable_values=given)
            inside = {"code": ErrorCode.INTERNAL.value, "requestId": call.request_id}
            errors = [{**fault.formatted, "extensions": inside} for fault in result.errors or ()]
            for fault in result.errors or ():
                _log.error("introspection.failed", path=fault.path, request_id=call.request_id, exc_info=fault)
            return None if result.data is None else result.data[selected.key], errors

        return answer

    def _compiled(self, query: str, operation_name: str | None, public: bool) -> Compiled:
        key = (query, operation_name, public)
        found = self.cache.get(key)
        if found is None:
            found = self._compile(query, operation_name, public)
            self.cache.put(key, found, document_weight(query))
        return found

    def _compile(self, query: str, operation_name: str | None, public: bool) -> Compiled:
        if len(query) > MAX_LENGTH:
            raise too_complex(f"more than {MAX_LENGTH} characters")
        document = _parse(query)
        check_document(document)
        faults = validate(
            self.schema, document, max_errors=_MAX_ERRORS, hide_suggestions=public, allow_empty_selection_sets=False
        )
        if any(isinstance(fault, ValidationAbortedError) and fault.message == _ABORTED for fault in faults):
            raise too_complex("comparing its fields takes too long")
        if faults:
            raise refused(ErrorCode.GRAPHQL_VALIDATION_FAILED, faults)
        operation = _operation(document, operation_name)
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            raise RequestError(ErrorCode.BAD_USER_INPUT, f"There is no {operation.operation.value} in this schema.")
        grown = self.cache.growing((query, operation_name, public))
        return Compiled(document, operation, fragments, flags_of(operation, fragments), root, grown)

    def _variables(self, compiled: Compiled, given: dict[str, Any], public: bool) -> Variables:
        check_variables(given)
        definitions = compiled.operation.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, given, max_errors=_MAX_ERRORS, hide_suggestions=public)
        if isinstance(values, list):
            raise refused(ErrorCode.BAD_USER_INPUT, values)
        return values

    def _plan(self, compiled: Compiled, variables: Variables) -> Plan:
        key = tuple(bool(variables.coerced.get(name)) for name in compiled.flags)
        plan = compiled.plans.get(key)
        if plan is None:
            flags = dict(zip(compiled.flags, key, strict=True))
            selector = Selector(self.catalogue, compiled.fragments, flags, self._convert)
            selection = selector.select(compiled.operation, compiled.root)
            plan = Plan(self.catalogue, selection, compiled.grown)
            if len(compiled.plans) >= _CACHE_PLANS_PER_OPERATION:
                compiled.grown(-sum(old.weight for old in compiled.plans.values()))
                compiled.plans.clear()
            compiled.plans[key] = plan
            compiled.grown(plan.weight)
        return plan

    def _permit_conditions(self, selection: Selection, evaluated: Evaluated, call: Call) -> None:
        for selected in selection.sites:
            if isinstance(selected.declaration, d.Connection):
                page = evaluated.by_site[selected.site]["page"]
                for permission in _conditions_permissions(selected.declaration, page):
                    if permission not in call.caller.permissions:
                        raise RequestError(
                            ErrorCode.FORBIDDEN,
                            f"You may not filter or order by this: {permission} needed.",
                            permissions=[permission],
                            paths=[selected.key],
                        )

    def _permit(self, plan: Plan, call: Call) -> None:
        """One forbidden field refuses the whole operation, with the paths."""
        caller = call.caller
        if not caller.is_public and caller.permissions in plan.permitted:
            return
        self._look_for_forbidden(plan.selection, call)
        if not caller.is_public and len(plan.permitted) < _PERMISSION_SETS:
            plan.permitted.add(caller.permissions)

    def _look_for_forbidden(self, selection: Selection, call: Call) -> None:
        anonymous: list[str] = []
        lacking: dict[str, list[str]] = {}
        for selected, path in selection.demanding():
            if selected.name.startswith("__") and self._open_introspection:
                continue
            for permission, public in _demands(self.catalogue, selected):
                if call.caller.is_public and not public:
                    anonymous.append(".".join(path))
                elif permission is not None and permission not in call.caller.permissions:
                    lacking.setdefault(permission, []).append(".".join(path))
        if anonymous:
            raise RequestError(
                ErrorCode.UNAUTHENTICATED, "Sign in to ask for this.", paths=sorted(set(anonymous))[:_MAX_ERRORS]
            )
        if lacking:
            raise RequestError(
                ErrorCode.FORBIDDEN,
                "You may not ask for this: " + ", ".join(sorted(lacking)) + " needed.",
                permissions=sorted(lacking),
                paths=sorted({path for paths in lacking.values() for path in paths})[:_MAX_ERRORS],
            )


def _cost(plan: Plan, evaluated: Evaluated) -> int:
    """The cost, remembered by what it depends on: front ends ask for a handful of page sizes."""
    weights = weights_of(plan.selection, evaluated.by_site)
    cost = plan.costs.get(weights)
    if cost is None:
        cost = cost_of(plan.selection, evaluated.by_site)
        if len(plan.costs) < _COSTS:
            plan.costs[weights] = cost
    return cost


def _conditions_permissions(connection: d.Connection, page: Any) -> list[str]:
    """What the filters and the order in use ask for: they tell about values just as fields do."""
    assert connection.orders is not None
    used = [connection.filter.predicates[name].permission for name, _ in page.conditions]
    used.append(connection.orders.by[page.order].permission)
    return [permission for permission in used if permission is not None]


def _demands(catalogue: Catalogue, selected: Selected) -> list[tuple[str | None, bool]]:
    """What a field asks of its caller: (permission or None, whether the public may ask)."""
    if selected.is_typename:
        return []
    if selected.name.startswith("__"):
        return [(None, selected.name == "__type")]
    declaration = selected.declaration
    public = declaration is not None and (declaration.public or isinstance(declaration, d.Value))
    demands: list[tuple[str | None, bool]] = [(declaration.permission if declaration else None, public)]
    # What is found by type and id is absent where its type may not be read. A list of an interface is of one table.
    by_type = not isinstance(declaration, d.Link) or declaration.type_key is not None
    abstract = len(selected.children) > 1 and declaration is not None and by_type
    for type_name, children in selected.children.items():
        info = catalogue.nodes.get(type_name)
        # Of an interface, only the types asked for by name; `node(id)` must not need every permission there is.
        if info is not None and info.permission is not None and not (abstract and _only_common(children)):
            demands.append((info.permission, public))
    return demands


def _only_common(children: list[Selected]) -> bool:
    return all(child.is_typename or isinstance(child.declaration, d.GlobalId) for child in children)


def _parse(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=MAX_TOKENS, allow_empty_selection_sets=False)
    except GraphQLError as fault:
        if "token" in fault.message and "limit" in fault.message.lower():
            raise too_complex(f"more than {MAX_TOKENS} tokens") from None
        raise refused(ErrorCode.GRAPHQL_PARSE_FAILED, [fault]) from None
    except RecursionError:
        raise too_complex("nested too deeply") from None


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is None:
        if len(operations) != 1:
            raise RequestError(
                ErrorCode.BAD_USER_INPUT,
                "Must provide operationName: the document has several operations." if operations else "No operation.",
            )
        return operations[0]
    for one in operations:
        if one.name is not None and one.name.value == name:
            return one
    raise RequestError(ErrorCode.BAD_USER_INPUT, f"There is no operation named {name[:100]!r} in the document.")


def refused(code: ErrorCode, faults: list[GraphQLError]) -> RequestError:
    """The errors of graphql-core as a refusal of the operation."""
    errors: list[dict[str, object]] = []
    for fault in faults:
        formatted: dict[str, object] = {"message": fault.message, "extensions": {"code": code.value}}
        if fault.locations:
            formatted["locations"] = [{"line": one.line, "column": one.column} for one in fault.locations]
        errors.append(formatted)
    return RequestError(code, faults[0].message, errors=errors)
