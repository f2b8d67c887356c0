"""How a mutation is declared: one act, one input, one payload with user errors and the act's place in the event log."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from server.access.permissions import Permission
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.ids import parse_global_id
from server.planner.declarations import Act, argument, declared, value
from server.schema.user_errors import UserError
from server.tenants import external_refs

_MAX_KEY = 255


@strawberry.type(description="What every mutation answers.")
class Payload:
    user_errors: list[UserError] = value(
        description="Why the act was refused; empty when it was done. A refused act changes nothing."
    )
    cursor: str | None = value(
        description="The place of this act in the brand's event log: follow `events(after:)` from here. Null where nothing happened."
    )

    def __post_init__(self) -> None:
        self.user_errors = self.user_errors or []


def idempotency_key() -> Any:
    return strawberry.field(
        default=None,
        description="Idempotency key, 1 to 255 printable characters, kept for 72 hours: a retry with the same input gets "
        "the first answer and does nothing. A refusal is an answer too: a corrected input needs a new key.",
    )


ActFunction = Callable[..., Awaitable[Any]]


def mutation(
    permission: Permission | None,
    *,
    description: str,
    public: bool = False,
    opens_tenant: bool = False,
    at_once: bool = False,
) -> Callable[[ActFunction], StrawberryField]:
    """Declare `async def act(work, input) -> Payload` (or `(work, input, call)`) as the mutation of its name.

    `at_once`: see `Act`; such an act refuses by raising, before it adds anything.
    """

    def declare(function: ActFunction) -> StrawberryField:
        hints = get_type_hints(function)
        act = Act(
            function=function if "call" in inspect.signature(function).parameters else _without_call(function),
            permission=permission,
            public=public,
            opens_tenant=opens_tenant,
            at_once=at_once,
        )
        field: StrawberryField = declared(
            act,
            description,
            arguments=[argument("input", hints["input"], _input_description(hints["input"]))],
            annotation=hints["return"],
        )
        field.python_name = function.__name__
        return field

    return declare


def _input_description(input_type: type) -> str:
    """Points to the words of the input type, which a reader of the mutation alone does not see."""
    description = input_type.__strawberry_definition__.description  # type: ignore[attr-defined]  # set by strawberry.input
    return f"The act's particulars: {description}"


def _without_call(function: ActFunction) -> ActFunction:
    async def act(work: Work, input: Any, call: Any) -> Any:
        return await function(work, input)

    return act


def payload_type(field: StrawberryField) -> type[Payload]:
    """The payload class of a mutation."""
    assert field.type_annotation is not None
    annotation: Any = field.type_annotation.annotation
    payload: type[Payload] = annotation
    return payload


async def id_of(work: Work, type_name: str, text: str, *field: str | int) -> UUID:
    """The uuid in an input's id, or behind an external reference `ref:<system>:<id>`.

    Raises NotFound on `field` for what is no id, an id of another type, or an unknown reference. Whether the row exists is
    the service's question.
    """
    parsed = parse_global_id(text)
    if parsed is not None and parsed[0] == type_name:
        return parsed[1]
    if text.startswith("ref:"):
        found = await external_refs.find(work, type_name, text)
        if found is not None:
            return found
    raise NotFound(*field)


async def id_or_none(work: Work, type_name: str, text: str | None, *field: str | int) -> UUID | None:
    return None if text is None or text is strawberry.UNSET else await id_of(work, type_name, text, *field)


def check_key(key: str) -> str:
    """Raises Invalid for an idempotency key that is empty, too long or not printable."""
    if not 1 <= len(key) <= _MAX_KEY or not key.isprintable():
        raise Invalid(
            "client_mutation_id", why="must be 1 to 255 printable characters", why_zh="须为1至255个可打印字符"
        )
    return key
