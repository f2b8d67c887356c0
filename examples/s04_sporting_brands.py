"""System 4, Hotwind 热风, Vipshop 唯品会 and JD Sports 京东运动: bursts of new friends, spread over an ops group.

Three brands on one server, who see nothing of each other.
Hotwind: colleagues sit in stores, so a store's code leads to that store's colleagues. One goes on leave: a colleague of
the store stands in, and takes who scans meanwhile.
Vipshop: sixty scans at the same time, through one code, from many connections; the group of six gets ten each. With
limits, forty more are twelve friends and twenty-eight who wait, until there is room again: nobody over the limit, nobody lost.
JD Sports: members are imported by their member number first; when they scan, they are known. One of two colleagues
leaves: the plan is looked at first, a colleague stands in, and the customers pass on in the background.

    python examples/s04_sporting_brands.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    CREATE_CHANNEL,
    DEACTIVATE_STAFF,
    MAKE_PROMISE,
    SET_ASSIGNMENT_RULE,
    SET_AVAILABILITY,
    SET_WORKLOAD,
    TAG_CUSTOMERS,
    TRANSFER_RELATIONSHIPS,
    UPSERT_CUSTOMERS,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import nodes

NAME = "s04_sporting_brands"
TITLE = "4 热风, 唯品会, 京东运动: bursts spread over the group"

LOAD = """
query Load {
  customers { totalCount }
  opsGroups {
    label
    placements(first: 20, filter: { until: { isNull: true } }) { edges { node { staff { id name } store { name } } } }
  }
}
"""
TEAMS = """
query Teams {
  customers(first: 100) { edges { node { name team { staff { name } coveredBy { name } } } } }
}
"""
WAITING = """
query Waiting {
  assignmentQueue(first: 100, filter: { state: { eq: WAITING } }) {
    totalCount
    edges { node { reason customer { name } } }
  }
}
"""
ONE_FRIEND = """
query OneFriend($staff: ID!) { customers(filter: { staff: { eq: $staff } }, first: 1) { edges { node { id } } } }
"""
FRIENDS_OF = "query FriendsOf($staff: ID!) { customers(filter: { staff: { eq: $staff } }) { totalCount } }"


def play(story: Story) -> dict[str, Any]:
    return {"hotwind": _hotwind(story), "vipshop": _vipshop(story), "jd_sports": _jd_sports(story)}


def _hotwind(story: Story) -> dict[str, Any]:
    """A code at a store leads to whoever of the group is placed at that store."""
    brand = Brand.onboard(
        story,
        "hotwind",
        owner="陈鹤",
        name="热风",
        businessType="LOW_PRICE_B2C",
        industry="RETAIL",
        stores=[{"key": "wujiaochang", "name": "五角场店"}, {"key": "zhongshan", "name": "中山公园店"}],
    )
    brand.hire(
        Person("feng_yi", "冯一", "ops_group", "wujiaochang", "OWN_GROUP"),
        Person("feng_er", "冯二", "ops_group", "wujiaochang", "OWN_GROUP"),
        Person("zhong_yi", "钟一", "ops_group", "zhongshan", "OWN_GROUP"),
    )
    scanned = {}
    for store, count in [("wujiaochang", 6), ("zhongshan", 3)]:
        code = _code(brand, "STORE_MATERIAL", f"试衣间贴 {store}", store)
        friends = []
        for number in range(count):
            added = brand.owner.act(
                ADD_CUSTOMER,
                once=f"{store}-{number}",
                channelCode=code,
                name=f"试衣客人{number + 1}",
                identities=phone(4_0000_000 + (0 if store == "wujiaochang" else 100) + number),
            )
            friends.append(added["relationship"]["staff"]["name"])
        scanned[store] = dict(Counter(friends))
    brand.say(f"a code leads to its store's colleagues: {scanned}")
    return {"brand": brand, "scanned": scanned, "leave": _on_leave(brand)}


def _on_leave(brand: Brand) -> dict[str, Any]:
    """Feng Yi is off from now on, Feng Er stands in: the customers see it, and whoever scans goes to Feng Er."""
    brand.owner.act(
        SET_AVAILABILITY,
        once="leave",
        staffId=brand.staff["feng_yi"],
        off=[{"since": brand.story.ago(minutes=1), "coverId": brand.staff["feng_er"]}],
    )
    teams = [customer["team"] for customer in nodes(brand.owner.ask(TEAMS)["customers"])]
    covered = Counter(one["coveredBy"]["name"] for team in teams for one in team if one["coveredBy"] is not None)
    scans = [
        brand.owner.act(
            ADD_CUSTOMER,
            once=f"leave-{number}",
            channelCode=_code(brand, "STORE_MATERIAL", "试衣间贴 wujiaochang", "wujiaochang"),
            name="假期客人",
            identities=phone(4_0000_200 + number),
        )
        for number in range(2)
    ]
    brand.owner.act(SET_AVAILABILITY, once="back", staffId=brand.staff["feng_yi"], off=[])
    brand.say(f"on leave, covered: {dict(covered)}")
    return {"covered": dict(covered), "taken_by": [scan["relationship"]["staff"]["name"] for scan in scans]}


def _vipshop(story: Story) -> dict[str, Any]:
    """Sixty at once. Nobody has to queue up on our side: the server spreads them, whoever comes first."""
    brand = Brand.onboard(
        story, "vipshop", owner="黄红", name="唯品会", businessType="LOW_PRICE_B2C", industry="MARKETPLACE"
    )
    brand.hire(*(Person(f"vip_{n}", f"唯{name}", "ops_group") for n, name in enumerate("安宁乐怡欣悦", 1)))
    code = _code(brand, "OFFICIAL_ACCOUNT", "特卖节公众号")

    def scan(number: int) -> str:
        added = brand.owner.act(
            ADD_CUSTOMER,
            once=f"scan-{number}",
            channelCode=code,
            name=f"特卖会员{number:02}",
            identities=phone(4_1000_000 + number),
        )
        return str(added["relationship"]["staff"]["name"])

    with ThreadPoolExecutor(max_workers=6) as connections:
        spread = Counter(connections.map(scan, range(60)))
    brand.say("60 scans at once: " + ", ".join(f"{who} {count}" for who, count in sorted(spread.items())))
    return {"brand": brand, "spread": dict(spread), "load": _load(brand), "limits": _within_limits(brand, code)}


def _within_limits(brand: Brand, code: str) -> dict[str, Any]:
    """Twelve friends are enough for everybody. Forty more scan at once; then one colleague can take twenty more."""
    brand.owner.act(SET_ASSIGNMENT_RULE, once="limits", groupId=brand.units["ops_group"], capacity=12)

    def scan(number: int) -> bool:
        added = brand.owner.act(
            ADD_CUSTOMER,
            once=f"late-{number}",
            channelCode=code,
            name=f"晚到会员{number:02}",
            identities=phone(4_1100_000 + number),
        )
        return added["relationship"] is not None

    with ThreadPoolExecutor(max_workers=6) as connections:
        taken = list(connections.map(scan, range(40)))
    full, waiting = _load(brand), brand.owner.ask(WAITING)["assignmentQueue"]
    brand.owner.act(SET_WORKLOAD, once="more", staffId=brand.staff["vip_1"], capacity=32)
    later = brand.owner.ask(WAITING)["assignmentQueue"]
    brand.say(f"at the limit {waiting['totalCount']} wait; with room for 20 more, {later['totalCount']}")
    return {
        "taken": taken.count(True),
        "full": full,
        "waiting": waiting["totalCount"],
        "reasons": sorted({one["reason"] for one in nodes(waiting)}),
        "later": later["totalCount"],
        "load": _load(brand),
    }


def _jd_sports(story: Story) -> dict[str, Any]:
    """Known members are taken over without anybody adding them; their first scan makes a friendship, not a copy."""
    brand = Brand.onboard(
        story, "jd-sports", owner="江东", name="京东运动", businessType="LOW_PRICE_B2C", industry="MARKETPLACE"
    )
    brand.hire(*(Person(f"run_{n}", name, "ops_group") for n, name in enumerate(["跑跑", "跳跳"], 1)))
    members = [
        {
            "name": f"跑团成员{number:02}",
            "identities": [{"kind": "MEMBER_ID", "value": f"JD{number:06}"}],
            "tags": ["跑鞋"],
            "externalRefs": [{"system": "jd_crm", "id": str(1000 + number)}],
        }
        for number in range(40)
    ]
    imported = brand.owner.act(UPSERT_CUSTOMERS, once="import", rows=members)["results"]
    code = _code(brand, "LIVE_STREAM", "跑鞋直播间")
    scans = [
        brand.owner.act(
            ADD_CUSTOMER,
            once=f"scan-{number}",
            channelCode=code,
            name="直播间用户",
            identities=[{"kind": "MEMBER_ID", "value": f"JD{number:06}"}, *phone(4_2000_000 + number)],
        )
        for number in range(8)
    ]
    # The member system knows no ids of ours, and need not: its own number does wherever an input asks for an id.
    runners = [f"ref:jd_crm:{1000 + number}" for number in range(10)]
    brand.owner.act(TAG_CUSTOMERS, once="marathon", customerIds=runners, add=["马拉松报名"])
    known = brand.owner.ask(
        "query Member($id: ID!) { customer(id: $id) { name tags externalRefs { system id } identities { kind tail } } }",
        id=imported[0]["customer"]["id"],
    )["customer"]
    brand.say(f"{len(imported)} members imported; {len(scans)} scanned, {sum(s['created'] for s in scans)} of them new")
    return {
        "brand": brand,
        "imported": [result["created"] for result in imported],
        "scans": [(scan["created"], scan["customer"]["name"]) for scan in scans],
        "known": known,
        "load": _load(brand),
        "leaving": _leaving(brand),
    }


def _leaving(brand: Brand) -> dict[str, Any]:
    """Pao Pao leaves. Look at the plan first; then her customers have somebody who stands in, until each has a new friend. What
    she promised one of them is not forgotten: it is her successor's to keep."""
    leaver = brand.staff["run_1"]
    for friend in nodes(brand.owner.ask(ONE_FRIEND, staff=leaver)["customers"]):  # none where the story is told again
        brand.owner.act(
            MAKE_PROMISE,
            once="promise-of-a-leaver",
            customerId=friend["id"],
            staffId=leaver,
            text="周六带新款碳板跑鞋给您试穿",
            dueAt=brand.story.ago(days=-3),
        )
    plan = brand.owner.act(TRANSFER_RELATIONSHIPS, once="plan", fromStaffId=leaver, dryRun=True)["plan"]
    left = brand.owner.act(DEACTIVATE_STAFF, once="leave", staffId=leaver)
    teams = [customer["team"] for customer in nodes(brand.owner.ask(TEAMS)["customers"])]
    brand.say(f"跑跑 leaves: {plan['total']} customers are handed over")
    return {
        "plan": (
            plan["total"],
            [(move["staff"]["name"], move["customers"]) for move in plan["moves"]],
            plan["waiting"],
        ),
        "left": (left["staffMember"]["leftAt"] is not None, left["transfer"]["total"]),
        "transfer": left["transfer"]["id"],
        # Whoever has no new friend yet shows who stands in; nobody is without anybody.
        "alone": [
            team
            for team in teams
            if len(team) == 1 and team[0]["staff"]["name"] == "跑跑" and team[0]["coveredBy"] is None
        ],
    }


def _code(brand: Brand, kind: str, name: str, store: str | None = None) -> str:
    channel = brand.owner.act(
        CREATE_CHANNEL,
        once=f"code-{store or kind}",
        name=name,
        kind=kind,
        groupId=brand.units["ops_group"],
        storeId=None if store is None else brand.stores[store],
    )["channel"]
    return str(channel["code"])


def _load(brand: Brand) -> dict[str, int]:
    """How many friends each colleague has now."""
    [group] = brand.owner.ask(LOAD)["opsGroups"]
    people = [placement["staff"] for placement in nodes(group["placements"])]
    return {
        person["name"]: brand.owner.ask(FRIENDS_OF, staff=person["id"])["customers"]["totalCount"] for person in people
    }


if __name__ == "__main__":
    main(play)
