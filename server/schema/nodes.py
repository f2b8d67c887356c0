"""What every list and every row has in common: the Node interface and Relay's connections."""

from typing import Generic, TypeVar

import strawberry

from server.planner.declarations import GlobalId, declared

T = TypeVar("T")


@strawberry.interface(description="Anything with a global id. The id is the same wherever the thing appears.")
class Node:
    id: strawberry.ID = declared(GlobalId(), "Global id: base64url of `Type:uuid`. Opaque; compare it, do not parse it.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether there is more behind this page. Of a page read with `last`: whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there is more in front of this page. Of a page read with `first`: whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; give it as `after` for the next page.")


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
