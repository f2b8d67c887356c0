"""A central pet hospital whose model is changed, and what the tests of the change ask."""

from __future__ import annotations

from typing import Any

from tests.factories.brands import Brand

PLAN = """
query($to: OperatingModelKind!, $input: OperatingModelChangeInput, $first: Int! = 20, $after: String) {
  planOperatingModelChange(to: $to, input: $input, first: $first, after: $after) { ...Plan }
}
"""
CLEANUP = """
query($input: OperatingModelChangeInput, $first: Int! = 20, $after: String) {
  planRoleCleanup(input: $input, first: $first, after: $after) { ...Plan }
}
"""
PLANNED = """
fragment Plan on OperatingModelChangePlan {
  planId customers friendships moved released unchanged orphans redundantAfter
  passages { fromKey toKey friendships }
  duplicates { key friendships customers }
  gaps { kind key count store { key } }
  attention { introductions customers mostPerCustomer customersOverBudget budget windowDays }
  platformLimits { key limit highest exceededBy }
  moves {
    nodes { relationship { id } customer { name } staff { name } move fromKey toKey store { key } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
ERRORS = "userErrors { __typename code field message ... on PlanChanged { planId moved released friendships } } cursor"
CHANGE = f"""
mutation($input: ChangeOperatingModelInput!) {{ changeOperatingModel(input: $input) {{
  {ERRORS} operatingModel {{ kind version }} operatingModelChange {{ id status kind customers customersDone moved }} }} }}
"""
CLEAN = f"""
mutation($input: CleanUpRolesInput!) {{ cleanUpRoles(input: $input) {{ {ERRORS} operatingModelChange {{ id status kind }} }} }}
"""
PROGRESS = """
query($id: ID!) { operatingModelChange(id: $id) {
  kind toKind status customers customersDone moved released completedAt
  totalsBefore { customers relationships roles touchpoints cases notes feedback fingerprint }
  totalsAfter { customers relationships roles touchpoints cases notes feedback fingerprint }
} }
"""
ADD = """
mutation($input: AddCustomerInput!) { addCustomer(input: $input) {
  userErrors { message } customer { id } relationship { id } } }
"""
FRIENDS = """
query($id: ID!) { customer(id: $id) { relationships(first: 20) { nodes {
  id state standing staff { name } roles { role { key } group { key } store { key } reason until }
} } } }
"""
ASSIGN = "mutation($input: AssignServiceRoleInput!) { assignServiceRole(input: $input) { userErrors { message } } }"


async def ask(brand: Brand, text: str, **variables: Any) -> dict[str, Any]:
    body = await brand.ask(text, variables)
    assert "errors" not in body, body
    [found] = body["data"].values()
    return dict(found)


async def act(brand: Brand, text: str, /, **input: Any) -> dict[str, Any]:
    payload = await ask(brand, text, input=input)
    assert payload["userErrors"] == [], payload
    return payload


async def plan_change(brand: Brand, to: str, **more: Any) -> dict[str, Any]:
    return await ask(brand, PLAN + PLANNED, to=to, **more)


async def plan_cleanup(brand: Brand, **more: Any) -> dict[str, Any]:
    return await ask(brand, CLEANUP + PLANNED, **more)


async def friends(brand: Brand, customer: str) -> list[tuple[str, str | None, str]]:
    """(name, key of the unit held now, standing) of each live friendship."""
    shown = await ask(brand, FRIENDS, id=customer)
    found = []
    for one in shown["relationships"]["nodes"]:
        held = [(role["role"] or role["group"])["key"] for role in one["roles"] if role["until"] is None]
        assert len(held) <= 1
        found.append((one["staff"]["name"], held[0] if held else None, one["standing"]))
    return sorted(found)


class Clinic:
    """A central pet hospital with two stores, an ops group of two, and a doctor and a desk who are also advisers."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.staff: dict[str, str] = {}
        self.customers: dict[str, str] = {}
        self.stores: dict[str, str] = {}

    async def furnish(self) -> None:
        one = self.brand
        shown = (await one.ask("{ opsGroups { id key } serviceRoles { id key } stores { nodes { id key } } }"))["data"]
        units = {unit["key"]: unit["id"] for unit in [*shown["opsGroups"], *shown["serviceRoles"]]}
        self.stores = {store["key"]: store["id"] for store in shown["stores"]["nodes"]}
        for name, placed in {
            "小乖": ["ops_group"],
            "小新": ["ops_group"],
            "秦朗": ["ops_group", "doctor"],
            "前台": ["ops_group", "front_desk"],
        }.items():
            body = await one.ask(
                "mutation($name: String!) { inviteStaff(input: {name: $name}) { staffMember { id } } }", {"name": name}
            )
            self.staff[name] = body["data"]["inviteStaff"]["staffMember"]["id"]
            for key in placed:
                where = (
                    {"groupId": units[key]}
                    if key == "ops_group"
                    else {"roleId": units[key], "storeId": self.stores["east"]}
                )
                await act(one, ASSIGN, staffId=self.staff[name], **where)

    async def add(self, customer: str, *friends: str, store: str | None = "east") -> None:
        for friend in friends:
            added = await act(
                self.brand,
                ADD,
                staffId=self.staff[friend],
                name=customer,
                identities=[{"kind": "MEMBER_ID", "value": customer}],
                **({} if store is None else {"homeStoreId": self.stores[store]}),
            )
            self.customers[customer] = added["customer"]["id"]
