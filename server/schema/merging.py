"""One customer under one name: candidates for being the same, merging them, and undoing it."""

import base64
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.customers import commands, duplicate_groups
from server.customers.duplicate_evidence import DuplicateEvidence
from server.customers.duplicate_groups import Group
from server.customers.errors import IdentitiesContradict
from server.customers.identity_kinds import IdentityKind
from server.customers.service import merging
from server.db.reader import Reader
from server.db.tenancy import tenant_tag
from server.db.work import Work
from server.errors import DomainError, ErrorCode, RequestError
from server.ids import global_id
from server.planner.declarations import argument, computed, ref, value
from server.schema.customers import Customer
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import PageInfo
from server.schema.user_errors import UserError, common, user_error_for
from server.terms import Locale

_MAX_PAGE = 100
_CURSOR = re.compile(r"DuplicateGroup\x1f([0-9a-f]{8})\x1f([A-Z_]+:[0-9a-f]+)", re.ASCII)


@strawberry.type(description="Something that customers share and that suggests, without proving it, that they are one.")
class DuplicateHint:
    kind: DuplicateEvidence = value(get=lambda hint, call: hint.shared.kind, description="What it is.")
    label: str = value(
        get=lambda hint, call: hint.shared.kind.label(call.locale), description="The same in the caller's language."
    )
    name: str | None = value(
        get=lambda hint, call: hint.shared.name,
        personal=True,
        description="The name as compared, without width and case; null where no name is part of it.",
    )
    tail: str | None = value(
        get=lambda hint, call: hint.shared.tail,
        personal=True,
        description="The last four digits they share; null where no number is part of it.",
    )
    birthday: date | None = value(
        get=lambda hint, call: hint.shared.birthday,
        personal=True,
        description="The day of birth they share; null where none is part of it.",
    )
    customers: list[Customer] = value(
        get=lambda hint, call: [ref(id) for id in hint.customer_ids],
        description="Which customers of the group share it, at least two.",
    )


@strawberry.type(
    description="Customers who may be one person 疑似重复客户, and what suggests it. Merged ones are told of once."
)
class DuplicateGroup:
    customers: list[Customer] = value(
        get=lambda group, call: [ref(id) for id in group.customer_ids],
        description="The customers, two to fifty, in the order of ids.",
    )
    evidence: list[DuplicateHint] = value(
        get=lambda group, call: list(group.hints), description="Everything that two or more of them share."
    )


@strawberry.type(description="A group and its place in the list.")
class DuplicateGroupEdge:
    cursor: str = value(description="The place of the group.")
    node: DuplicateGroup = value(description="The group.")


@strawberry.type(
    description="A page of candidates. One looks at a bounded number of customers: with few duplicates among many it may hold fewer "
    "groups than asked for, or none, and still have a next page."
)
class DuplicateGroupConnection:
    edges: list[DuplicateGroupEdge] = value(description="The groups with their cursors.")
    nodes: list[DuplicateGroup] = value(description="The groups, where cursors are not needed.")
    page_info: PageInfo = value(description="Whether there is more; `endCursor` is how far the page has looked.")


async def _duplicates(
    reader: Reader, rows: Sequence[Any], first: int = 20, after: str | None = None
) -> list[DuplicateGroupConnection]:
    if not 0 <= first <= _MAX_PAGE:
        message = f"duplicateCustomers(first): must be from 0 to {_MAX_PAGE}."
        raise RequestError(ErrorCode.BAD_USER_INPUT, message, argument="first")
    tag = tenant_tag(reader.tenant_id)
    page = await duplicate_groups.page_of(reader, after=None if after is None else _key(after, tag), first=first)
    edges = [DuplicateGroupEdge(cursor=_cursor(group.key, tag), node=_shown(group)) for group in page.groups]
    info = PageInfo(
        has_next_page=page.more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=None if page.end is None else _cursor(page.end, tag),
    )
    return [DuplicateGroupConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info)]


def _shown(group: Group) -> Any:
    """Typed as what the schema says of it; the fields are read off the group itself."""
    return group


def _cursor(key: str, tag: str) -> str:
    plain = f"DuplicateGroup\x1f{tag}\x1f{key}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _key(cursor: str, tag: str) -> str:
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        plain = ""
    found = _CURSOR.fullmatch(plain)
    if found is None or found[1] != tag:
        message = "duplicateCustomers(after): this is not a cursor of this list."
        raise RequestError(ErrorCode.BAD_USER_INPUT, message, argument="after")
    return found[2]


@strawberry.type
class MergingQueries:
    duplicate_customers: DuplicateGroupConnection = computed(
        _duplicates,
        permission=Permission.CUSTOMER_MERGE,
        arguments=[
            argument("first", int, "How many groups, at most 100.", default=20),
            argument("after", str | None, "Groups behind this cursor.", default=None),
        ],
        description="Customers in the caller's data scope who may be one person 疑似重复客户: the same name with the same end of a number "
        "or the same birthday, or the same weak identity (a WeChat union id is a hint, no key). Nothing is merged by itself.",
    )


@strawberry.type(description="The two are recognised by different ids of a kind of which a customer has one.")
class IdentitiesDiffer(UserError):
    kinds: list[IdentityKind] = value(description="Of which kinds.")


@user_error_for(IdentitiesContradict)
def _identities_differ(refusal: DomainError, locale: Locale) -> UserError:
    facts: Any = refusal.facts
    return IdentitiesDiffer(kinds=list(facts["kinds"]), **common(refusal, locale))


@strawberry.input(description="Say that customers are the same person or company.")
class MergeCustomersInput:
    customer_id: strawberry.ID = strawberry.field(
        description="Who stays. Of somebody merged before, whom they were merged into."
    )
    duplicate_ids: list[strawberry.ID] = strawberry.field(
        description="Who is the same as that one, 1 to 20: all of them are merged, or none."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of who stays, as last read; CONFLICT where it has changed since."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What a merge answers.")
class MergeCustomersPayload(Payload):
    customer: Customer | None = value(description="Who stays; their lists hold what was recorded of all of them.")
    removed_ids: list[strawberry.ID] = value(
        description="Who is no customer of their own any more: take them out of lists. Their ids still lead to what is known."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.removed_ids = self.removed_ids or []


@mutation(
    Permission.CUSTOMER_MERGE,
    description="Merge customers who are one person or company 合并客户. Identities pass to who stays; relationships, cases, quotes, "
    "trust accounts and everything else keep their ids and are read as one. Refused where both have an id of their own of a kind of "
    "which a customer has one (`IdentitiesDiffer`). Nobody sees more than before. Can be undone for 30 days.",
)
async def merge_customers(work: Work, input: MergeCustomersInput) -> MergeCustomersPayload:
    command = commands.MergeCustomers.model_validate(
        {
            "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
            "duplicate_ids": [
                await id_of(work, "Customer", id, "duplicate_ids", index)
                for index, id in enumerate(input.duplicate_ids)
            ],
            "expected_version": input.expected_version,
        }
    )
    merged = await merging.merge_customers(work, command)
    removed: Any = [global_id("Customer", id) for id in merged.removed_ids]
    return MergeCustomersPayload(customer=ref(merged.customer.id), removed_ids=removed)


@strawberry.input(description="Undo merges.")
class UnmergeCustomersInput:
    customer_ids: list[strawberry.ID] = strawberry.field(
        description="Who was merged and is a customer of their own again, 1 to 20: all of them, or none."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What undoing merges answers.")
class UnmergeCustomersPayload(Payload):
    customers: list[Customer] | None = value(
        description="Those who are customers of their own again, in the order named; null when refused."
    )


@mutation(
    Permission.CUSTOMER_MERGE,
    description="Undo merges, for 30 days 撤销合并. The identities go back; what was recorded meanwhile stays with the id it was "
    "recorded for.",
)
async def unmerge_customers(work: Work, input: UnmergeCustomersInput) -> UnmergeCustomersPayload:
    command = commands.UnmergeCustomers.model_validate(
        {
            "customer_ids": [
                await id_of(work, "Customer", id, "customer_ids", index) for index, id in enumerate(input.customer_ids)
            ]
        }
    )
    restored = await merging.unmerge_customers(work, command)
    return UnmergeCustomersPayload(customers=[ref(one.id) for one in restored])
