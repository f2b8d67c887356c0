"""The suite would notice: a fault is planted in each kind of field, and the operations of the CI find it.

A fault that none of them shows means that something is not compared: make the generator ask for it.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_
from sqlalchemy import Text as SqlText

from server.access.caller import Caller
from server.db.tenancy import Passage, Scope
from server.planner import bounding as bounding_module
from server.planner import declarations as d
from server.planner import executing as executing_module
from server.planner import filters, json_text, reading
from server.planner import pages as pages_module
from server.planner import selections as selections_module
from server.planner.filters import FilterType
from server.planner.nodes import strawberry_field
from server.planner.operations import Operations
from server.planner.searching import Search
from server.schema.assembly import build_schema
from server.schema.gateway import Gateway
from tests.differential import sweeping
from tests.differential.comparing import Different, differ
from tests.differential.generating import Operation
from tests.differential.ground import EACH, SEED, Ground
from tests.differential.reference.executing import Answer
from tests.differential.reference.lists import CONNECTIONS

Patch = pytest.MonkeyPatch
# Faults are planted in names a module holds for itself, whether it exports them or not.
bounding: Any = bounding_module
executing: Any = executing_module
pages: Any = pages_module
selections: Any = selections_module
_SCHEMA: list[Any] = []


def _schema() -> Any:
    if not _SCHEMA:
        _SCHEMA.append(build_schema())
    return _SCHEMA[0]


def _field(type_name: str, field: str) -> Any:
    return strawberry_field(_schema()._schema.type_map[type_name].fields[field])


def _declaration(type_name: str, field: str) -> Any:
    return _field(type_name, field).metadata[d.PLAN]


def _declared_as(patch: Patch, type_name: str, field: str, **changed: Any) -> None:
    definition = _field(type_name, field)
    declaration = dataclasses.replace(definition.metadata[d.PLAN], **changed)
    patch.setattr(definition, "metadata", {**definition.metadata, d.PLAN: declaration})


def _wrong_column(patch: Patch) -> None:
    _declared_as(patch, "Case", "openedAt", expression=_declaration("Case", "movedAt").expression)


def _wrong_label(patch: Patch) -> None:
    """A column with an argument that is not looked at."""
    declaration = _declaration("Stage", "label")
    _declared_as(patch, "Stage", "label", expression=lambda locale: declaration.expression(literal_column("'EN'")))


def _minor_units(patch: Patch) -> None:
    parts = _declaration("WowMoment", "cost").parts
    _declared_as(patch, "WowMoment", "cost", parts={**parts, "amount": parts["currency"]})


def _present_always(patch: Patch) -> None:
    _declared_as(patch, "Item", "listPrice", present=None)


def _wrong_link(patch: Patch) -> None:
    _declared_as(patch, "CaseStageChange", "fromStage", key=_declaration("CaseStageChange", "toStage").key)


def _wrong_end(patch: Patch) -> None:
    """A varying link that is always of one type."""
    _declared_as(patch, "Stage", "owner", type_key=literal_column("'ServiceRole'", SqlText))


def _list_unfiltered(patch: Patch) -> None:
    _declared_as(patch, "Query", "serviceRoles", where=None)


def _list_reversed(patch: Patch) -> None:
    order = [one.desc() for one in _declaration("OperatingModel", "listedStages").order]
    _declared_as(patch, "OperatingModel", "listedStages", order=order)


def _everybodys(patch: Patch) -> None:
    """A list below a row that holds the rows of all. Declared so, it would not start: the condition is lost on the way."""
    made = pages.connection_text

    def unbound(work: Any, one: Any, connection: Any, *more: Any) -> Any:
        return made(work, one, dataclasses.replace(connection, by=None), *more)

    patch.setattr(pages, "connection_text", unbound)


def _page_too_long(patch: Patch) -> None:
    made = executing.page_parameters

    def longer(*given: Any) -> dict[str, Any]:
        return {name: value + 1 if name.endswith("_n") else value for name, value in made(*given).items()}

    patch.setattr(executing, "page_parameters", longer)


def _never_more(patch: Patch) -> None:
    made = executing.page_parameters

    def one_too_few(*given: Any) -> dict[str, Any]:
        return {name: value - 1 if name.endswith("_n1") else value for name, value in made(*given).items()}

    patch.setattr(executing, "page_parameters", one_too_few)


def _usual_size(patch: Patch) -> None:
    for field in ("touchpoints", "customers", "staff", "cases", "feedback"):
        _declared_as(patch, "Query", field, default_size=5)


def _ordered_as(patch: Patch, ordering: Callable[..., Any]) -> None:
    """Lists below a row are ordered in one room, lists at the root in another."""
    for room in (pages, bounding):
        patch.setattr(room, "ordering", ordering)


def _direction(patch: Patch) -> None:
    made = pages.ordering
    _ordered_as(patch, lambda page, *keys: made(dataclasses.replace(page, backward=not page.backward), *keys))


def _ties(patch: Patch) -> None:
    made = pages.ordering
    _ordered_as(patch, lambda *given: [*made(*given)[:-1], literal_column("1")])


def _backward_as_it_comes(patch: Patch) -> None:
    """A page from the end that is not turned round again."""
    made = pages._connection_field

    def turned(work: Any, one: Any, child: Any, connection: Any, page: Any, *more: Any) -> Any:
        return made(work, one, child, connection, dataclasses.replace(page, backward=False), *more)

    patch.setattr(pages, "_connection_field", turned)


def _cursor_included(patch: Patch) -> None:
    made = pages.beyond

    def included(*given: Any) -> list[Any]:
        return [or_(one, one.left == one.right) for one in made(*given)]

    for room in (pages, bounding):
        patch.setattr(room, "beyond", included)


def _cursor_of_another(patch: Patch) -> None:
    made = pages.cursor_text
    zeros: ColumnElement[Any] = literal_column("'00000000-0000-0000-0000-000000000000'::uuid")
    patch.setattr(pages, "cursor_text", lambda one, order, key, id: made(one, order, key, zeros))


def _flags_turned(patch: Patch) -> None:
    made = pages._flag
    patch.setattr(pages, "_flag", lambda value: made(not value))


def _condition_dropped(patch: Patch) -> None:
    made = FilterType.given
    patch.setattr(FilterType, "given", lambda *given: made(*given)[1:])


def _counted_unfiltered(patch: Patch) -> None:
    made = pages._count

    def counted(work: Any, one: Any, connection: Any, page: Any, *more: Any) -> Any:
        return made(work, one, connection, dataclasses.replace(page, conditions=(), searched=False), *more)

    patch.setattr(pages, "_count", counted)


def _range_closed(patch: Patch) -> None:
    made = filters._compare
    patch.setattr(filters, "_compare", lambda column, operator, name, half_open: made(column, operator, name, False))


def _null_is_false(patch: Patch) -> None:
    """A null operator taken for no condition."""
    made = FilterType.used

    def used(self: FilterType, given: Any) -> Any:
        try:
            return made(self, given)
        except ValueError:
            return ()

    patch.setattr(FilterType, "used", used)


def _any_piece(patch: Patch) -> None:
    """A search that is content with one of the pieces."""

    def condition(self: Search, source: Any, name: str) -> ColumnElement[bool]:
        from sqlalchemy import ARRAY, any_, select

        term = bindparam(name, type_=ARRAY(SqlText))
        rows = select(self.owner).where(self.column == any_(term))
        found: ColumnElement[bool] = source.c.id.in_(rows)
        return found

    patch.setattr(Search, "condition", condition)


def _computed_shifted(patch: Patch) -> None:
    for type_name, field in (("BoundaryPurpose", "label"), ("Relationship", "standing"), ("Channel", "qrSvg")):
        declaration = _declaration(type_name, field)
        _declared_as(patch, type_name, field, function=_shifted(declaration.function))


def _shifted(function: Callable[..., Any]) -> Callable[..., Any]:
    def others(rows: Sequence[Any]) -> list[Any]:
        return [*rows[1:], *rows[:1]]

    async def reading_others(reader: Any, rows: Sequence[Any], **given: Any) -> Any:
        return await function(reader, others(rows), **given)

    if inspect.iscoroutinefunction(function):
        return reading_others
    return lambda call, rows, **given: function(call, others(rows), **given)


def _value_wrong(patch: Patch) -> None:
    _declared_as(patch, "TemplateStage", "owner", get=lambda stage, call: stage.key)
    _declared_as(patch, "AdviceReason", "input", get=lambda reason, call: reason.key.value)
    _declared_as(patch, "Term", "defaultLabel", get=lambda term, call: term.code)


def _id_without_padding(patch: Patch) -> None:
    made = json_text.id_text

    def unpadded(*given: Any, longest: int) -> ColumnElement[str]:
        return func.rtrim(made(*given, longest=longest), literal_column("'='", SqlText))

    patch.setattr(reading, "id_text", unpadded)


def _typename_of_the_first(patch: Patch) -> None:
    patch.setattr(reading, "_typename", lambda kind, children, infos: reading._named(next(iter(children))))


def _skip_ignored(patch: Patch) -> None:
    patch.setattr(selections.Selector, "_included", lambda self, selection: True)


def _first_selection_only(patch: Patch) -> None:
    made = selections.Selector._fields
    patch.setattr(selections.Selector, "_fields", lambda self, type_, sets: made(self, type_, sets[:1]))


def _fragment_on_any(patch: Patch) -> None:
    patch.setattr(selections.Selector, "_applies", lambda self, type_, fragment: fragment.type_condition is None)


def _wrong_reference(patch: Patch) -> None:
    """The rows that values point to, put into each other's places."""
    made = executing.refs_statement

    def shuffled(*given: Any) -> Any:
        statement = made(*given)
        text = statement.text.replace("CAST(wanted.position AS INTEGER)", "CAST(wanted.position % 2 + 1 AS INTEGER)")
        assert text != statement.text
        return dataclasses.replace(statement, text=text)

    patch.setattr(executing, "refs_statement", shuffled)


def _scope_ignored(patch: Patch) -> None:
    """A staff member who is let through the door as somebody who sees everything."""
    patch.setattr(
        Caller,
        "passage",
        property(lambda caller: Passage(caller.tenant_id, caller.staff_id, Scope.ALL, caller.key_id, caller.stamp)),
    )


def _size_unbounded(patch: Patch) -> None:
    patch.setattr(pages, "MAX_PAGE", 10**10)


FAULTS: dict[str, tuple[Callable[[Patch], None], str]] = {
    "column: another column": (_wrong_column, "Case"),
    "column: its argument ignored": (_wrong_label, "Stage"),
    "composite: another part": (_minor_units, "WowMoment"),
    "composite: there where it is null": (_present_always, "Item"),
    "link: another key": (_wrong_link, "CaseStageChange"),
    "link: another type": (_wrong_end, "Stage"),
    "links: a condition dropped": (_list_unfiltered, "serviceRoles"),
    "links: in reverse": (_list_reversed, "operatingModel"),
    "connection: not of this row": (_everybodys, "StaffMember"),
    "connection: a page one too long": (_page_too_long, "customers"),
    "connection: another usual size": (_usual_size, "customers"),
    "connection: sizes without bound": (_size_unbounded, "items"),
    "order: reversed": (_direction, ""),
    "order: ties as they come": (_ties, "touchpoints"),
    "order: a last page left in reverse": (_backward_as_it_comes, "customers"),
    "cursor: the row itself again": (_cursor_included, "touchpoints"),
    "cursor: of another row": (_cursor_of_another, "customers"),
    "pageInfo: never more": (_never_more, "customers"),
    "pageInfo: flags turned round": (_flags_turned, ""),
    "filter: a condition dropped": (_condition_dropped, ""),
    "filter: ranges closed": (_range_closed, "feedback"),
    "filter: null taken for nothing": (_null_is_false, "items"),
    "search: any piece will do": (_any_piece, "customers"),
    "totalCount: without the filter": (_counted_unfiltered, ""),
    "computed: results of other rows": (_computed_shifted, "Channel"),
    "value: another attribute": (_value_wrong, "operatingModelTemplate"),
    "id: without its padding": (_id_without_padding, ""),
    "typename: of the first type": (_typename_of_the_first, "events"),
    "@skip: ignored": (_skip_ignored, ""),
    "fragments: never of an interface": (_fragment_on_any, ""),
    "merging: the first selection only": (_first_selection_only, ""),
    "refs: in each other's places": (_wrong_reference, ""),
    "scope: ignored": (_scope_ignored, "customers"),
}
"""The fault, and the part of the sweep that must find it; without one the generated operations must."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(ground: Ground, monkeypatch: Patch, fault: str) -> None:
    plant, swept = FAULTS[fault]
    plant(monkeypatch)
    gateway = Gateway(Operations(_schema(), max_cost=10**9), ground.gateway.services)
    found = any(_shows(ground, gateway, *one) for one in (_swept(ground, swept) if swept else _generated(ground)))
    assert found, "nothing the CI asks shows this fault"


Asked = tuple[str, Operation, Answer]


def _swept(ground: Ground, part: str) -> Iterator[Asked]:
    if part == "events":
        operations = list(sweeping.of_events(ground))[:1]
    elif part in sweeping.PLAIN:
        operations = [sweeping.of_root(part)]
    elif ("Query", part) in CONNECTIONS:
        operations = list(sweeping.of_list(ground, "Query", part))
    else:
        operations = [sweeping.of_type(ground, part)]
    for operation in operations:
        for name in ("owner-zh", "own-store"):
            asker = ground.voices[name].asker
            yield name, operation, ground.reference.answer(asker, operation.query, operation.variables)


def _generated(ground: Ground) -> Iterator[Asked]:
    for name in ("owner", "own-group"):
        for operation, expected in ground.asked(name, EACH, SEED):
            yield name, operation, expected


def _shows(ground: Ground, gateway: Gateway, name: str, operation: Operation, expected: Answer) -> bool:
    try:
        ground.run(differ(gateway, ground.voices[name], operation, expected))
    except Different:
        return True
    return False
