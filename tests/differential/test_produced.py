"""What acts and subscriptions produce, asked for by generated selections.

An act is done through the gateway; then the whole tables are read again, and the reference says what the payload had to
be: the rows that are new, the place of the act in the log, or why it was refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from server.planner.call import Call
from server.terms import Locale
from tests.differential.comparing import Different, Voice, compare, ours
from tests.differential.data import Rows
from tests.differential.generating import Operation, literal, operations_below
from tests.differential.ground import Ground, furnished_ground
from tests.differential.reference import texts
from tests.differential.reference.asking import TABLES, Reading, Thing, Told
from tests.differential.reference.executing import schema
from tests.factories.brands import World

EACH_ACT, EACH_STREAM = 6, 30
SPEAKERS = ("owner", "all-customers")
Produced = dict[str, Any]


@pytest.fixture(scope="module")
async def acting(ground: Ground) -> Ground:
    """Brands of their own, for these tests change them."""
    return await furnished_ground(World(ground.gateway), ground.dsn, ground.loop)


class Done:
    """An act that was done: the rows before and after it."""

    def __init__(self, before: Rows, reading: Reading) -> None:
        self._before, self.reading = before, reading

    def new(self, type_name: str) -> Thing | None:
        """The one row of a type that was not there before, if the caller sees it."""
        rows = self.reading.eyes.rows.of(TABLES[type_name], self.reading.asker.tenant_id)
        there = {row["id"] for row in self._before.of(TABLES[type_name], self.reading.asker.tenant_id)}
        (id,) = {row["id"] for row in rows} - there
        return self.reading.thing(type_name, id)

    def thing(self, global_id: str) -> Thing | None:
        parsed = texts.read_global_id(global_id)
        assert parsed is not None
        return self.reading.thing(*parsed)

    def cursor(self) -> str:
        tenant_id = self.reading.asker.tenant_id
        (stream,) = self.reading.eyes.rows.of("tenant_streams", tenant_id)
        return texts.log_cursor(stream["last_seq"], tenant_id, self.reading.epoch)


Build = Callable[[Done], Produced]


class _Null(dict[str, Any]):
    """A payload whose other fields are null."""

    def __missing__(self, key: str) -> None:
        return None


def _done(**fields: Callable[[Done], Any]) -> Build:
    return lambda done: {
        "userErrors": [],
        "cursor": done.cursor(),
        **{name: make(done) for name, make in fields.items()},
    }


def _refused(type_name: str, code: str, message: str, *field: str, **more: Any) -> Build:
    told = Told(type_name, code=code, message=message, field=list(field), **more)
    return lambda done: {"userErrors": [told], "cursor": None}


def _acts(ids: dict[str, str], foreign: str, number: int) -> dict[str, tuple[str, dict[str, Any], Build]]:
    """By name: the mutation, its input (a text that begins with ! is a code) and what its payload is to hold."""
    customer, staff, about = ids["Customer"], ids["StaffMember"], {"customerId": ids["Customer"]}
    contact = {"staffId": staff, "direction": "!INBOUND", "medium": "!WECOM_CHAT", "purpose": "!ENQUIRY"}
    return {
        "a contact": (
            "recordTouchpoint",
            {**about, **contact, "summary": 'said "so"\n', "itemId": ids["Item"]},
            _done(touchpoint=lambda done: done.new("Touchpoint")),
        ),
        "a contact with somebody else's customer": (
            "recordTouchpoint",
            {**contact, "customerId": foreign},
            _refused("Refusal", "NOT_FOUND", "Not found.", "customerId"),
        ),
        "a customer changed": (
            "updateCustomer",
            {**about, "name": f"熟客 {number}"},
            _done(customer=lambda done: done.thing(customer)),
        ),
        "a customer changed by another": (
            "updateCustomer",
            {**about, "name": "x", "expectedVersion": 9999},
            lambda done: _conflict(done, customer),
        ),
        "a new customer": (
            "addCustomer",
            {"name": f"New {number}", "staffId": staff, "tags": ["b", "a"]},
            _done(
                customer=lambda done: done.new("Customer"),
                relationship=lambda done: done.new("Relationship"),
                case=lambda done: done.new("Case"),
                created=lambda done: True,
            ),
        ),
        "a need": ("recordNeed", {**about, "text": "wants"}, _done(need=lambda done: done.new("CustomerNeed"))),
        "a feedback": (
            "raiseFeedback",
            {**about, "kind": "!COMPLAINT", "text": "cold"},
            _done(feedback=lambda done: done.new("Feedback")),
        ),
        "trust": (
            "adjustTrust",
            {**about, "deposit": 1, "reason": "kind"},
            _done(
                trustEntry=lambda done: done.new("TrustEntry"),
                trustAccount=lambda done: done.thing(ids["TrustAccount"]),
            ),
        ),
        "tags": (
            "tagCustomers",
            {"customerIds": [customer], "add": [f"tag{number}"]},
            _done(customers=lambda done: [done.thing(customer)]),
        ),
        "a store": (
            "defineStore",
            {"key": f"new_store_{number}", "name": "New"},
            _done(store=lambda done: done.new("Store")),
        ),
    }


ACTS = tuple(_acts(dict.fromkeys(TABLES, ""), "", 0))


def _conflict(done: Done, customer: str) -> Produced:
    thing = done.thing(customer)
    assert thing is not None
    version = thing.row["version"]
    message = f"Changed meanwhile: the current version is {version}."
    return _refused("VersionConflict", "CONFLICT", message, "expectedVersion", currentVersion=version)(done)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("speaker", SPEAKERS)
def test_payloads(acting: Ground, name: str, speaker: str) -> None:
    """Staff without the permission for an act are refused it, and then nothing has happened."""
    foreign = acting.rows.of("customers", acting.foreign.tenant_id)[0]
    numbers = iter(range(1_000 * SPEAKERS.index(speaker), 1_000_000))
    mutation = _acts(acting.ids, "", 0)[name][0]
    payload = str(schema().type_map["Mutation"].fields[mutation].type).strip("!")  # type: ignore[attr-defined]  # an object type

    @seed(5)
    @settings(
        max_examples=EACH_ACT,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operations_below(schema(), acting.material(speaker), ("mutation", "HERE", payload)))
    def run(operation: Operation) -> None:
        _, input, build = _acts(acting.ids, texts.global_id("Customer", foreign["id"]), next(numbers))[name]
        query = operation.query.replace("HERE", f"{mutation}(input: {_written(input)})")
        _act(acting, acting.voices[speaker], Operation(query, operation.variables), (mutation, build))

    run()


def _act(acting: Ground, who: Voice, operation: Operation, act: tuple[str, Build]) -> None:
    mutation, build = act
    before = acting.rows
    got = acting.run(ours(acting.gateway, who, operation))
    acting.run(acting.reread())
    if "data" not in got:
        assert acting.rows.tables == before.tables
        if got["errors"][0]["extensions"]["code"] == "FORBIDDEN":
            assert who.name != "owner"
        else:  # faulty arguments below the payload refuse the whole operation, as the reference says they must
            _compare(got, acting, who, operation, {mutation: None})
        return
    done = Done(before, acting.reference.reading(who.asker))
    produced = {mutation: _Null(build(done))}
    _compare(got, acting, who, operation, produced)


def _compare(got: Any, ground: Ground, who: Voice, operation: Operation, produced: Produced) -> None:
    expected = ground.reference.answer(who.asker, operation.query, operation.variables, produced)
    try:
        compare(got, expected)
    except Different as difference:
        raise Different(f"{difference}\n{operation!r}") from None


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return value[1:] if isinstance(value, str) and value.startswith("!") else literal(value)


@pytest.mark.parametrize("speaker", ["owner", "own-store"])
def test_followed_events(ground: Ground, speaker: str) -> None:
    who = ground.voices[speaker]
    start = texts.log_cursor(0, who.asker.tenant_id, ground.gateway.services.epoch)
    call = ("subscription", f'events(after: "{start}")', "Event")

    @seed(6)
    @settings(
        max_examples=EACH_STREAM,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operations_below(schema(), ground.material(speaker), call))
    def run(operation: Operation) -> None:
        reading = ground.reference.reading(who.asker)
        rows = sorted(reading.eyes.all("events"), key=lambda row: row["seq"])[:50]
        produced = [{"events": reading.event(row)} for row in rows]
        answer = ground.reference.answer(who.asker, operation.query, operation.variables, produced[0])
        if answer.refusal is not None:  # it comes before anything is followed
            _compare(ground.run(ours(ground.gateway, who, operation)), ground, who, operation, produced[0])
            return
        followed = ground.run(_followed(ground, who, operation, len(rows)))
        for one, got in zip(produced, followed, strict=True):
            _compare(got, ground, who, operation, one)

    run()


async def _followed(ground: Ground, who: Voice, operation: Operation, count: int) -> list[dict[str, Any]]:
    call = Call(who.caller, Locale(who.asker.locale), "differential", services=ground.gateway.services)
    ready = ground.gateway.prepare(operation.query, None, operation.variables, call)
    following = aiter(ground.gateway.follow(ready))
    found = [json.loads(await anext(following)) for _ in range(count)]
    await following.aclose()  # type: ignore[attr-defined]  # it is a generator
    return found
