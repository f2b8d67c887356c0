"""What every list and every row has in common: the Node interface and Relay's connections."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import strawberry

from server.errors import ErrorCode, RequestError
from server.ids import parse_global_id
from server.planner.call import Call
from server.planner.declarations import GlobalId, argument, computed, declared, ref

T = TypeVar("T")
_MAX_IDS = 100


@strawberry.interface(description="Anything with a global id. The id is the same wherever the thing appears.")
class Node:
    id: strawberry.ID = declared(
        GlobalId(), "Global id: base64url of `Type:uuid`. Opaque; compare it, do not parse it."
    )


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether there is more behind this page. Of a page read with `last`: whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there is more in front of this page. Of a page read with `first`: whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item; give it as `after` for the next page."
    )


@strawberry.type(description="One item of a list, and its place in it.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The place of this item in the order asked for.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list that can grow.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page with their cursors.")
    nodes: list[T] = strawberry.field(description="The items of this page, where cursors are not needed.")
    page_info: PageInfo = strawberry.field(description="How to get the pages before and behind this one.")
    total_count: int = strawberry.field(
        description="How many there are in all pages together: exact up to 10,000, above that 10,000. Has a cost of its own."
    )
    total_count_is_exact: bool = strawberry.field(description="False where there are more than `totalCount` says.")


def _reference(id: str, place: str) -> Any:
    parsed = parse_global_id(id)
    if parsed is None:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"{place}: this is not an id.", argument=place)
    return ref(parsed[1], parsed[0])


def _node(_: Call, rows: Sequence[Any], id: str) -> list[Any]:
    return [_reference(id, "node(id)")]


def _nodes(_: Call, rows: Sequence[Any], ids: list[str]) -> list[list[Any]]:
    if len(ids) > _MAX_IDS:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"nodes(ids): at most {_MAX_IDS} ids.", argument="ids")
    return [[_reference(id, "nodes(ids)") for id in ids]]


@strawberry.type
class NodeQueries:
    node: Node | None = computed(
        _node,
        pure=True,
        arguments=[argument("id", strawberry.ID, "Global id.")],
        description="Anything by its global id; null where there is no such thing, or it is not yours to see.",
    )
    nodes: list[Node | None] = computed(
        _nodes,
        pure=True,
        arguments=[argument("ids", list[strawberry.ID], "Up to 100 global ids.")],
        description="Several things by their global ids, in the order asked for, null in the place of what is absent.",
    )
