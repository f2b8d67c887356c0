"""What every example begins with: a brand is onboarded, its people are invited and placed, and get keys of their own.

Read it once, then the examples read by themselves. It holds no business of any brand.
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from examples import acts
from examples.client import Shuke, nodes

ZONE = ZoneInfo("Asia/Shanghai")

_HOUSE = """
query House {
  tenant { id name slug businessType industry operatingModel { kind } }
  operatingModel { groups { id key } roles { id key } journey { id key } }
  stores(first: 100) { edges { node { id key } } }
  channels(first: 100) { edges { node { id code name } } }
}
"""

_CHANGES = "{ operatingModelChanges(first: 1) { edges { node { id } } } }"
_TOTALS = "customers relationships roles cases touchpoints notes feedback fingerprint"
_CHANGE = f"""
query Change($id: ID!) {{
  operatingModelChange(id: $id) {{
    kind toKind status customers customersDone moved released
    totalsBefore {{ {_TOTALS} }} totalsAfter {{ {_TOTALS} }}
  }}
}}
"""


class Safe:
    """Where keys are kept. A key is shown once, so it is put away before anything else happens.

    This one forgets when the process ends. A front end would keep its key in its session, a program in its vault.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], str] = {}

    def key(self, slug: str, who: str = "owner") -> str | None:
        return self._keys.get((slug, who))

    def keep(self, tenant: dict[str, Any], key: str, who: str = "owner") -> None:
        self._keys[tenant["slug"], who] = key


@dataclass
class Story:
    """One run of the examples: on which server, at what time, and who is told what happens."""

    url: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Every time in the examples is counted from here, so that a repeated run repeats every act to the letter."""
    safe: Safe = field(default_factory=Safe)
    tell: Callable[[str], None] = lambda line: None
    suffix: str = ""
    """Put behind the brands' short names, where the brands of an earlier run are on the server already."""
    _clients: dict[str | None, Shuke] = field(default_factory=dict, repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def client(self, key: str | None = None) -> Shuke:
        """A caller with this key; without one, the public. One client per key, which keeps its connection."""
        with self._opening:
            if key not in self._clients:
                self._clients[key] = Shuke(self.url, key)
            return self._clients[key]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> str:
        """A `DateTime` so long before now."""
        return date_time(self.now - timedelta(days=days, hours=hours, minutes=minutes))

    def yesterday(self, clock: str) -> str:
        """Yesterday, at this time of day in China: `story.yesterday("14:30")`."""
        return self.day(-1, clock)

    def day(self, number: int, clock: str) -> str:
        """The same for another day: -2 is the day before yesterday."""
        date = self.now.astimezone(ZONE).date() + timedelta(days=number)
        return date_time(datetime.combine(date, time.fromisoformat(clock), ZONE))

    def date(self, number: int) -> str:
        """The day itself, as a `Date`: 0 is today."""
        return str(self.now.astimezone(ZONE).date() + timedelta(days=number))


def date_time(moment: datetime) -> str:
    """The API's one form of a point in time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Person:
    """Somebody who works for the brand: in which group or role, at which store, and whose customers they see."""

    key: str
    name: str
    unit: str
    store: str | None = None
    scope: str = "OWN_CUSTOMERS"


@dataclass
class Brand:
    """A brand on the server, with the ids a program learns once: by the brand's own keys."""

    story: Story
    owner: Shuke
    tenant: dict[str, Any]
    units: dict[str, str]
    stages: dict[str, str]
    stores: dict[str, str]
    channel: str
    """Code of the first channel."""
    staff: dict[str, str] = field(default_factory=dict)

    @classmethod
    def onboard(cls, story: Story, slug: str, *, owner: str, **input: Any) -> Brand:
        """Bring the brand onto the platform, or open the door again with the key kept from an earlier run."""
        slug += story.suffix
        key = story.safe.key(slug)
        if key is None:
            onboarded = story.client().act(
                acts.ONBOARD_TENANT,
                once=f"onboard-{slug}",
                slug=slug,
                owner={"name": owner, "email": f"owner@{slug}.example"},
                currency="CNY",
                timezone="Asia/Shanghai",
                locale="ZH",
                **input,
            )
            key = str(onboarded["apiKey"])
            story.safe.keep(onboarded["tenant"], key)
        door = story.client(key)
        house = door.ask(_HOUSE)
        tenant, model = house["tenant"], house["operatingModel"]
        story.tell(f"{tenant['name']} ({tenant['slug']}): {tenant['operatingModel']['kind']}")
        return cls(
            story=story,
            owner=door,
            tenant=tenant,
            units={unit["key"]: unit["id"] for unit in [*model["groups"], *model["roles"]]},
            stages={stage["key"]: stage["id"] for stage in model["journey"]},
            stores={store["key"]: store["id"] for store in nodes(house["stores"])},
            channel=nodes(house["channels"])[-1]["code"],
        )

    def hire(self, *people: Person) -> None:
        """Invite them all in one act, then place each."""
        rows = [{"key": person.key, "name": person.name, "dataScope": person.scope} for person in people]
        invited = self.owner.act(acts.INVITE_STAFF_BATCH, once=f"hire-{people[0].key}", staff=rows)
        for person, result in zip(people, invited["results"], strict=True):
            assert result["userErrors"] == [], result["userErrors"]
            self.staff[person.key] = result["staffMember"]["id"]
            self.place(person.key, person.unit, person.store)

    def place(self, person: str, unit: str, store: str | None = None) -> None:
        """Placement 任职: in an ops group or in a service role, at a store or everywhere."""
        kind = "groupId" if unit == "ops_group" else "roleId"
        self.owner.act(
            acts.ASSIGN_SERVICE_ROLE,
            once=f"place-{person}-{unit}-{store or 'everywhere'}",
            staffId=self.staff[person],
            storeId=None if store is None else self.stores[store],
            **{kind: self.units[unit]},
        )

    def as_staff(self, person: str) -> Shuke:
        """The same API through the eyes of one person: their key knows whose customers they see."""
        slug = self.tenant["slug"]
        key = self.story.safe.key(slug, person)
        if key is None:
            made = self.owner.act(
                acts.CREATE_API_KEY, once=f"key-{person}", name=person, kind="STAFF", staffId=self.staff[person]
            )
            key = str(made["secret"])
            self.story.safe.keep(self.tenant, key, person)
        return self.story.client(key)

    def move(self, by: Shuke, customer_id: str, stage: str, at: str) -> dict[str, Any]:
        """The customer's case reaches a stage of the journey; who moves it is whose key is used."""
        payload = by.act(
            acts.ADVANCE_CUSTOMER,
            once=f"{stage}-{customer_id}",
            customerId=customer_id,
            stageId=self.stages[stage],
            occurredAt=at,
        )
        case: dict[str, Any] = payload["case"]
        return case

    def carried_out(self, change_id: str) -> dict[str, Any]:
        """Wait until the worker has carried out a change of the operating model, or a clean-up of roles; its progress."""
        while True:
            change: dict[str, Any] = self.owner.ask(_CHANGE, id=change_id)["operatingModelChange"]
            if change["status"] != "RUNNING":
                return change
            sleep(0.2)

    def change_begun(self) -> str | None:
        """Id of the newest change there is: an example that is run again does not change the model again."""
        found = nodes(self.owner.ask(_CHANGES)["operatingModelChanges"])
        return str(found[0]["id"]) if found else None

    def say(self, line: str) -> None:
        self.story.tell(f"  {line}")

    def events(self) -> list[dict[str, Any]]:
        """The whole log 事件, page by page, as an integrator reads it."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = self.owner.ask(acts.EVENTS, after=after)["events"]
            found.extend(nodes(page))
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]


def phone(number: int) -> list[dict[str, str]]:
    """Identities of a customer known by phone: the examples count their numbers."""
    return [{"kind": "PHONE", "value": f"139{number:08}"}]


def main(play: Callable[[Story], Any]) -> None:
    """Run one example by itself: `python examples/s01_dr_yu.py http://127.0.0.1:8000`."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} URL        (for example http://127.0.0.1:8000)")
    story = Story(sys.argv[1], tell=print, suffix=f"-{secrets.token_hex(3)}")
    try:
        with closing(story):
            play(story)
    except httpx2.TransportError as fault:
        sys.exit(f"Nobody answers at {sys.argv[1]}: {fault}")
