"""What generated operations found, each as a case with a name: compared like everything else."""

from __future__ import annotations

import pytest

from tests.differential.generating import Operation
from tests.differential.ground import Ground

FOUND = {
    # Without an aggregate the page was one row of the answer per item, or none: INTERNAL, or null for the whole list.
    "page info of one flag, backward": Operation("{ wowMoments(last: 3) { pageInfo { hasNextPage } } }"),
    "page info of one flag, forward": Operation("{ customers { pageInfo { hasPreviousPage } totalCount } }"),
    "page info of one flag, empty page": Operation(
        '{ items(filter: {key: {eq: "none"}}) { pageInfo { hasPreviousPage __typename } } }'
    ),
    "page info of its type alone": Operation("{ staff { pageInfo { __typename } } }"),
    # Types of one interface asked for the same keys in another order: one of them got the other's.
    "keys of interfaces in the order of each type": Operation(
        "{ events(first: 100) { nodes { ... on ApiKeyCreated { version cursor } ... on Event { cursor version } } } }"
    ),
    # Introspection was given coerced values as if they were raw ones; an enum's value is no enum's name.
    "introspection beside an enum variable": Operation(
        "query($d: OrderDirection!, $n: Int = 2) { __schema { queryType { name } } "
        "customers(orderBy: {field: NAME, direction: $d}, first: $n) { nodes { id } } }",
        {"d": "ASC"},
    ),
    # The refusal told Python's name of the operator.
    "a null operator by its own name": Operation("{ customers(filter: {homeStore: {isNull: null}}) { totalCount } }"),
    "introspection beside a time": Operation(
        'query($t: DateTime) { __type(name: "Query") { name } items(filter: {recordedAt: {from: $t}}) { totalCount } }',
        {"t": "2026-03-02T08:00:00Z"},
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(ground: Ground, name: str) -> None:
    for speaker in ("owner", "own-store"):
        ground.differ(speaker, FOUND[name])
