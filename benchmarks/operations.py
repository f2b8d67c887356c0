"""What is measured: the same question in the words of each server, and how their answers are compared.

The text of each is constant and its variables vary, over brands and customers. Aliases give all answers one shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.customers.search import terms_of
from server.ids import global_id

SHUKE, MERCURIUS, POSTGRAPHILE = "shuke", "mercurius", "postgraphile"


@dataclass(frozen=True)
class Subject:
    """Of whom is asked, on whose behalf. All but the keys are uuids and words of the database."""

    tenant_id: str
    key: str
    customer_id: str
    staff_id: str
    stage_id: str
    name: str
    scoped_to: str | None = None
    """The staff member who asks, where that is not the owner."""

    def headers(self, server: str) -> dict[str, str]:
        if server == SHUKE:
            return {"Authorization": f"Bearer {self.key}"}
        return {"X-Tenant": self.tenant_id, **({"X-Staff": self.scoped_to} if self.scoped_to else {})}


Variables = Callable[[Subject], dict[str, Any]]


@dataclass(frozen=True)
class Wording:
    """The operation as one server understands it. `path` leads to what is compared."""

    text: str
    variables: Variables
    path: tuple[str, ...] = ()

    def body(self, subject: Subject) -> dict[str, Any]:
        return {"query": self.text, "variables": self.variables(subject)}

    def inlined(self, subject: Subject) -> dict[str, Any]:
        """The same as a document of its own: the values in the text, as clients that know no variables write it."""
        text = "query {" + self.text.partition(") {")[2]
        for name, value in self.variables(subject).items():
            text = re.sub(rf"\${name}\b", json.dumps(value, ensure_ascii=False), text)
        return {"query": text}


@dataclass(frozen=True)
class Operation:
    """One line of the table."""

    key: str
    title: str
    wordings: Mapping[str, Wording]
    must: bytes = b'"data":'
    writes: bool = False


def _nothing(_: Subject) -> dict[str, Any]:
    return {}


_PAGE = "edges { node { id name kind addedAt updatedAt version birthday erasedAt } } pageInfo { hasNextPage endCursor }"
_PGR_CUSTOMER = "id: rowId name kind addedAt: firstAddedAt updatedAt version birthday erasedAt"
_NEWEST = "orderBy: [FIRST_ADDED_AT_DESC, ROW_ID_DESC]"
_LAST = "orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]"
_FOUND = "edges { node { id name addedAt } } pageInfo { hasNextPage }"

ONE = Operation(
    "q1",
    "one customer, 5 fields",
    {
        SHUKE: Wording(
            "query($id: ID!) { customer(id: $id) { id name kind addedAt trust { balance } } }",
            lambda of: {"id": global_id("Customer", of.customer_id)},
        ),
        MERCURIUS: Wording(
            "query($id: ID!) { customer(id: $id) { id name kind addedAt trust { balance } } }",
            lambda of: {"id": of.customer_id},
        ),
        POSTGRAPHILE: Wording(
            "query($t: UUID!, $id: UUID!) { customer: customerByTenantIdAndRowId(tenantId: $t, rowId: $id) { id: rowId name"
            " kind addedAt: firstAddedAt trust: trustAccountByTenantIdAndCustomerId { balance } } }",
            lambda of: {"t": of.tenant_id, "id": of.customer_id},
        ),
    },
)
PAGE = Operation(
    "q2",
    "50 customers, 8 fields",
    {
        SHUKE: Wording(f"{{ customers(first: 50) {{ {_PAGE} }} }}", _nothing),
        MERCURIUS: Wording(f"{{ customers(first: 50) {{ {_PAGE} }} }}", _nothing),
        POSTGRAPHILE: Wording(
            f"{{ customers: allCustomers(first: 50, {_NEWEST}) {{ edges {{ node {{ {_PGR_CUSTOMER} }} }}"
            " pageInfo { hasNextPage endCursor } } }",
            _nothing,
        ),
    },
)
_TREE = (
    "{ customers(first: 20) { edges { node { id name"
    " touchpoints(first: 5) { edges { node { id medium purpose occurredAt staff { name } } } }"
    " feedback(first: 3) { edges { node { id kind text } } } } } } }"
)
TREE = Operation(
    "q3",
    "20 customers, each 5 contacts and 3 feedbacks",
    {
        SHUKE: Wording(_TREE, _nothing),
        MERCURIUS: Wording(_TREE, _nothing),
        POSTGRAPHILE: Wording(
            f"{{ customers: allCustomers(first: 20, {_NEWEST}) {{ edges {{ node {{ id: rowId name"
            f" touchpoints: touchpointsByTenantIdAndCustomerId(first: 5, {_LAST}) {{ edges {{ node {{ id: rowId medium"
            " purpose occurredAt staff: staffMemberByTenantIdAndStaffId { name } } } }"
            f" feedback: feedbacksByTenantIdAndCustomerId(first: 3, {_LAST}) {{ edges {{ node {{ id: rowId kind text"
            " } } } } } } }",
            _nothing,
        ),
    },
)
RECORD = Operation(
    "q4",
    "record a touchpoint",
    {
        SHUKE: Wording(
            "mutation($c: ID!, $s: ID!) { recordTouchpoint(input: {customerId: $c, staffId: $s, direction: OUTBOUND,"
            " medium: WECOM_CHAT, purpose: ENQUIRY}) { touchpoint { id medium purpose occurredAt } userErrors { message } } }",
            lambda of: {"c": global_id("Customer", of.customer_id), "s": global_id("StaffMember", of.staff_id)},
            ("recordTouchpoint", "touchpoint"),
        ),
        MERCURIUS: Wording(
            'mutation($c: ID!, $s: ID!) { recordTouchpoint(customer: $c, staff: $s, direction: "OUTBOUND",'
            ' medium: "WECOM_CHAT", purpose: "ENQUIRY") { id medium purpose occurredAt } }',
            lambda of: {"c": of.customer_id, "s": of.staff_id},
            ("recordTouchpoint",),
        ),
        POSTGRAPHILE: Wording(
            "mutation($t: UUID!, $c: UUID!, $s: UUID!) { createTouchpoint(input: {touchpoint: {tenantId: $t, customerId: $c,"
            ' staffId: $s, direction: "OUTBOUND", medium: "WECOM_CHAT", purpose: "ENQUIRY", state: "SENT", outcome: "PENDING"'
            " }}) { touchpoint { id: rowId medium purpose occurredAt } } }",
            lambda of: {"t": of.tenant_id, "c": of.customer_id, "s": of.staff_id},
            ("createTouchpoint", "touchpoint"),
        ),
    },
    must=b'"medium":"WECOM_CHAT"',
    writes=True,
)
STAGE = Operation(
    "stage",
    "20 customers at one stage, newest first",
    {
        SHUKE: Wording(
            f"query($s: ID!) {{ customers(first: 20, filter: {{stage: {{eq: $s}}}}) {{ {_FOUND} }} }}",
            lambda of: {"s": global_id("Stage", of.stage_id)},
        ),
        MERCURIUS: Wording(
            f"query($s: ID!) {{ customers(first: 20, stage: $s) {{ {_FOUND} }} }}", lambda of: {"s": of.stage_id}
        ),
        POSTGRAPHILE: Wording(
            f"query($s: UUID!) {{ customers: allCustomers(first: 20, condition: {{stageId: $s}}, {_NEWEST})"
            " { edges { node { id: rowId name addedAt: firstAddedAt } } pageInfo { hasNextPage } } }",
            lambda of: {"s": of.stage_id},
        ),
    },
)
SEARCH = Operation(
    "search",
    "20 customers by name",
    {
        SHUKE: Wording(
            f"query($q: String!) {{ customers(first: 20, search: $q) {{ {_FOUND} }} }}", lambda of: {"q": of.name}
        ),
        MERCURIUS: Wording(
            f"query($q: [String!]!) {{ customers(first: 20, search: $q) {{ {_FOUND} }} }}",
            lambda of: {"q": terms_of(of.name)},
        ),
    },
)

OPERATIONS = (ONE, PAGE, TREE, STAGE, SEARCH, RECORD)
