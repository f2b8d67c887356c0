"""Other systems' ids for things of ours: the field every writable thing has, and the input that names one."""

from collections.abc import Sequence
from typing import Any

import strawberry

from server.planner.declarations import column, links
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.tenants import tables
from server.tenants.external_refs import ExternalRefCommand


@node(tables.ExternalRef, description="The id another system gives to a thing of ours 外部编号.")
class ExternalRef:
    system: str = column(tables.ExternalRef.system, description="The other system's name, as the brand spells it.")
    id: str = column(tables.ExternalRef.external_id, description="Its id there.")


@strawberry.input(description="The id another system gives to the thing. Unique per brand, type of thing and system.")
class ExternalRefInput:
    system: str = strawberry.field(description="The other system's name, 1 to 200 characters.")
    id: str = strawberry.field(description="Its id there, 1 to 200 characters.")


def external_refs_field(node_type: str) -> Any:
    """`externalRefs: [ExternalRef!]!` of a node type: annotate the field with `list[ExternalRef]`."""
    return links(
        by=tables.ExternalRef.node_id,
        where=tables.ExternalRef.node_type == fixed(node_type),
        order=[tables.ExternalRef.system, tables.ExternalRef.external_id],
        description="Its ids in other systems. `ref:<system>:<id>` is accepted in an input wherever its id is.",
    )


def external_refs_input() -> Any:
    """`external_refs: list[ExternalRefInput] | None = external_refs_input()` of an input."""
    return strawberry.field(
        default=None, description="Its ids in other systems, added to those it has: at most 20 in all."
    )


def external_ref_commands(refs: Sequence[ExternalRefInput] | None) -> tuple[dict[str, str], ...]:
    """What a command's `external_refs` takes; the command itself checks the texts."""
    return tuple({"system": ref.system, "id": ref.id} for ref in refs or ())


__all__ = [
    "ExternalRef",
    "ExternalRefCommand",
    "ExternalRefInput",
    "external_ref_commands",
    "external_refs_field",
    "external_refs_input",
]
