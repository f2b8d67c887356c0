"""Operations that leave nothing to chance: each field of each type of row, each order, filter and end of each list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from tests.differential.generating import Code, Operation, literal
from tests.differential.ground import Ground
from tests.differential.reference import lists, texts
from tests.differential.reference.executing import schema

PLAIN = ("adviseOperatingModel", "businessHours", "closedDays", "designCheck", "duplicateCustomers", "funnel", "glossary",
         "journey", "operatingModel", "operatingModelFit", "operatingModelTemplate", "opsGroups",
         "planOperatingModelChange", "planRoleCleanup", "scorecards", "serviceRoles", "tenant", "viewer")  # fmt: skip
"""Root fields that are swept with all they lead to at once."""

_PAGE = (
    "totalCount totalCountIsExact nodes { id } edges { cursor node { __typename } } "
    "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
)
_FACTS = "edges { cursor node { at result subject { __typename id } customer { id } staff { id } store { id } } } pageInfo { hasNextPage }"
_CARD = (
    "{ unit { __typename id } store { id } staff { id } channel { id } campaign figures { metric label value numerator "
    "denominator maturing isEnough isHeadline change isOnTarget target { basisPoints } beside { kind number } "
    "window { fromStage { id } toStage { id } days } previous { since until value numerator denominator maturing } "
    f"facts(first: 3) {{ {_FACTS} }} hits: facts(results: [HIT], first: 2) {{ {_FACTS} }} "
    f"more: facts(after: $middle, results: [MISS, MATURING]) {{ {_FACTS} }} }} }}"
)
_AT_ONCE = 12
"""Pages asked for in one operation."""
_GIVEN = {
    "adviseOperatingModel": '(profile: {averageOrderValue: {amount: "4800"}, servedInPerson: true})',
    "planOperatingModelChange": "(to: CENTRAL_OPS_GROUP, first: 100)",
    "planRoleCleanup": "(first: 100)",
    "funnel": '(period: {from: "2026-02-20", to: "2026-03-10"}, groupBy: [STORE])',
    "scorecards": '(period: {from: "2026-02-20", to: "2026-03-10"}, first: 100)',
    "operatingModelTemplate": "(industry: MEDICAL_AESTHETICS, kind: CENTRAL_OPS_GROUP)",
    "attention": "(purpose: CONTENT)",
    "balanceAt": '(time: "2026-03-03T08:00:00Z")',
}


def of_type(ground: Ground, type_name: str) -> Operation:
    """Every field of the rows of a type."""
    ids = ground.material().ids[type_name][:40]
    fields = " ".join(_fields(type_name))
    return Operation(
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {fields} }} }} }}", {"ids": ids}
    )


def of_root(name: str) -> Operation:
    """A root field with everything below it, some levels deep."""
    return Operation(f"{{ {name}{_GIVEN.get(name, '')} {_deep(schema().query_type.fields[name].type, 3)} }}")  # type: ignore[union-attr]  # there is one


def of_scorecards(ids: Mapping[str, Sequence[UUID]], since: date, until: date) -> Iterator[Operation]:
    """Cards split and narrowed in every way, with the facts behind each figure, from the newest and from the middle."""

    def named(type_name: str, place: int) -> str:
        return literal(texts.global_id(type_name, ids[type_name][place % len(ids[type_name])]))

    middle = [f"{since + (until - since) / 2}T08:00:00+00:00", str(UUID(int=1))]
    card = _CARD.replace("$middle", literal(texts.encoded(json.dumps(middle)).rstrip("=")))
    for given in (
        "",
        ", compareTo: PREVIOUS_PERIOD, groupBy: [STORE]",
        ", compareTo: PREVIOUS_YEAR, groupBy: [STAFF]",
        ", groupBy: [CAMPAIGN, CHANNEL]",
        ", groupBy: [STAFF, STORE, CHANNEL, CAMPAIGN], first: 30",
        f", filter: {{store: {{in: [{named('Store', 0)}, {named('Store', 1)}]}}}}, groupBy: [STORE], compareTo: PREVIOUS_PERIOD",
        f", filter: {{store: {{eq: {named('Store', -1)}}}}}",
        f", filter: {{staff: {{eq: {named('StaffMember', 0)}}}, role: {{isNull: false}}}}",
        f", filter: {{channel: {{eq: {named('Channel', 1)}}}, metric: {{in: [RETENTION_RATE, SATISFACTION]}}}}",
        ", filter: {campaign: {isNull: true}, staff: {isNull: true}}",
        ', filter: {campaign: {in: ["spring", "x"]}, group: {isNull: false}}, groupBy: [CAMPAIGN]',
        f", filter: {{role: {{in: [{named('ServiceRole', 0)}, {named('ServiceRole', 1)}]}}, store: {{isNull: true}}}}",
    ):
        size = "" if "first:" in given else ", first: 100"
        period = f'period: {{from: "{since}", to: "{until}"}}'
        yield Operation(
            f"{{ scorecards({period}{size}{given}) {{ edges {{ cursor node {card} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )


def of_funnels(ids: Mapping[str, Sequence[UUID]], since: date, until: date) -> Iterator[Operation]:
    """Funnels split and narrowed in every way."""
    store, channel = (literal(texts.global_id(name, ids[name][0])) for name in ("Store", "Channel"))
    for given in (
        "",
        ", groupBy: [STORE]",
        ", groupBy: [CAMPAIGN, CHANNEL], first: 3",
        f", filter: {{store: {{eq: {store}}}, channel: {{isNull: false}}}}, groupBy: [STORE, CHANNEL, CAMPAIGN], first: 100",
        f", filter: {{channel: {{in: [{channel}]}}, campaign: {{isNull: true}}}}",
    ):
        steps = "steps { stage { key } reached share passed }"
        yield Operation(
            f'{{ funnel(period: {{from: "{since}", to: "{until}"}}{given}) '
            f"{{ store {{ id }} channel {{ id }} campaign cases {steps} }} }}"
        )


def of_list(ground: Ground, type_name: str, field: str) -> Iterator[Operation]:
    """A list by each of its orders, from both ends, by each operator of each filter, and with arguments refused."""
    pages = [f"{field}({given}) {{ {_PAGE} }}" for given in _arguments(ground, type_name, field)]
    for start in range(0, len(pages), _AT_ONCE):
        together = " ".join(f"p{number}: {page}" for number, page in enumerate(pages[start : start + _AT_ONCE]))
        yield _on(ground, type_name, together)
    for given in _refused(type_name, field):
        yield _on(ground, type_name, f"{field}({given}) {{ totalCount }}")


def _on(ground: Ground, type_name: str, selected: str) -> Operation:
    """The fields of the query, or of some rows of a type."""
    if type_name == "Query":
        return Operation(f"{{ {selected} }}")
    ids = ground.material().ids[type_name][:6]
    return Operation(
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {selected} }} }} }}", {"ids": ids}
    )


def of_events(ground: Ground) -> Iterator[Operation]:
    """What all events have in common in one selection, then each type by its own ids."""
    yield Operation(f"{{ events(first: 100) {{ nodes {{ __typename {' '.join(_fields('Event'))} }} }} }}")
    yield from (of_type(ground, name) for name in sorted(ground.reference.event_types.values()))


def _deep(type_: Any, depth: int) -> str:
    kind: Any = get_named_type(type_)
    if is_leaf_type(kind):
        return ""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner: Any = get_named_type(field.type)
        asked = name + (_GIVEN.get(name, "") if any(map(is_required_argument, field.args.values())) else "")
        if is_leaf_type(inner):
            parts.append(asked)
        elif depth > 0 and "pageInfo" not in inner.fields and not isinstance(inner, GraphQLInterfaceType):
            parts.append(f"{asked} {_deep(inner, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


def _fields(type_name: str) -> Iterator[str]:
    """What a selection of every field says, one level deep."""
    type_: Any = schema().type_map[type_name]
    for name, field in type_.fields.items():
        kind: Any = get_named_type(field.type)
        asked = name + (_GIVEN.get(name, "") if any(map(is_required_argument, field.args.values())) else "")
        if is_leaf_type(kind):
            yield asked
        elif "totalCount" in kind.fields:
            yield f"{asked} {{ {_PAGE} }}"
        elif isinstance(kind, GraphQLInterfaceType) or "id" in kind.fields:
            yield f"{asked} {{ __typename id }}"
        else:
            yield f"{asked} {{ {' '.join(_flat(kind))} }}"


def _flat(kind: GraphQLObjectType) -> Iterator[str]:
    yield "__typename"
    for name, field in kind.fields.items():
        inner: Any = get_named_type(field.type)
        if is_leaf_type(inner):
            yield name
        else:
            yield f"{name} {{ __typename {'id' if 'id' in inner.fields else ''} }}"


def _arguments(ground: Ground, type_name: str, field: str) -> Iterator[str]:
    arguments = schema().type_map[type_name].fields[field].args  # type: ignore[attr-defined]  # object types have fields
    listing = lists.CONNECTIONS[type_name, field]
    reading = ground.reference.reading(ground.voices["owner"].asker)
    rows = sorted(reading.eyes.all(reading.table_of(listing.of) or ""), key=lambda row: row["id"])
    row = rows[len(rows) // 2]
    for order in get_named_type(get_named_type(arguments["orderBy"].type).fields["field"].type).values:
        value = lists.ordered_by(reading.eyes, listing.of, order, row)
        place = literal(texts.cursor(texts.Order(listing.of, order, reading.eyes.tenant_id), value, row["id"]))
        for direction in ("ASC", "DESC"):
            by = f"orderBy: {{field: {order}, direction: {direction}}}"
            yield from (f"{by}, first: 3", f"{by}, last: 3", f"{by}, first: 2, after: {place}")
            yield from (f"{by}, last: 2, before: {place}", f"{by}, last: 2, after: {place}")
    if "filter" in arguments and (type_name == "Query" or not _is_listed(listing.of)):
        filters: Any = get_named_type(arguments["filter"].type)
        for name in filters.fields:
            yield from _operators(filters, name, reading, rows)
    if "search" in arguments:
        yield from (f"search: {literal(text)}" for text in ("to", "王小", "小明 to", "t王", "5678", "!"))


def _is_listed(of: str) -> bool:
    """Whether a list at the root has the same filters; then they are swept there."""
    return any(type_name == "Query" and listing.of == of for (type_name, _), listing in lists.CONNECTIONS.items())


def _refused(type_name: str, field: str) -> Iterator[str]:
    yield from ("first: 101", "last: -1", "first: 1, last: 1", 'after: "x"', 'before: "T0NDVVJSRURfQVQfeA"')
    arguments = schema().type_map[type_name].fields[field].args  # type: ignore[attr-defined]  # object types have fields
    if type_name == "Query" and "filter" in arguments:
        filters: Any = get_named_type(arguments["filter"].type)
        for name, one in filters.fields.items():
            operators: Any = get_named_type(one.type)
            yield from (f"filter: {{{name}: {{{operator}: null}}}}" for operator in operators.fields)


def _operators(filters: Any, name: str, reading: Any, rows: list[Any]) -> Iterator[str]:
    """Each operator of a filter field with values its column holds."""
    operators: Any = get_named_type(filters.fields[name].type)
    candidates = lists.candidates_of(filters.name, name)
    held = {value for row in rows for value in candidates(reading.eyes, row) if value is not None}
    values = sorted(held, key=str)[:: max(len(held) // 3, 1)][:4] or [None]
    for operator, field in operators.fields.items():
        if operator == "isNull":
            yield from (f"filter: {{{name}: {{isNull: {flag}}}}}" for flag in ("true", "false"))
            continue
        kind = get_named_type(field.type).name
        for value in values:
            if value is not None:
                told = _told(name, kind, value)
                yield f"filter: {{{name}: {{{operator}: {f'[{told}]' if operator == 'in' else told}}}}}"


def _told(name: str, kind: str, value: Any) -> str:
    if kind == "ID":
        return literal(texts.global_id(lists.ID_TYPES[name], value))
    if kind == "DateTime":
        return literal(texts.time_text(value))
    if kind in ("String", "Date"):
        return literal(str(value))
    return literal(value) if kind in ("Int", "Boolean") else literal(Code(value))
