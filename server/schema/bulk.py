"""Bulk acts, row by row: every row is recorded or refused by itself, and its refusals name it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import ValidationError

from server.errors import DomainError, Invalid
from server.planner.call import Call
from server.planner.declarations import ref
from server.schema.user_errors import UserError, user_errors

ROWS_AT_MOST = 100

Command = Callable[[Any], Awaitable[Any]]
"""(row of the input) -> command; may refuse."""

Record = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]
"""(commands) -> one row of the database or one refusal for each, in order."""


async def row_by_row(
    field: str, rows: Sequence[Any], command: Command, record: Record, call: Call
) -> list[tuple[Any, list[UserError]]]:
    """For each row of the input, in order: what it came to, as a reference, and why it was refused.

    `field` is the input's name of the list: the paths of refusals start with it and the number of the row, from 0.
    """
    if not 1 <= len(rows) <= ROWS_AT_MOST:
        raise Invalid(field, why="Give 1 to 100 rows.", why_zh="须为 1 到 100 行。")
    answers: dict[int, Any] = {}
    commands: dict[int, Any] = {}
    for number, row in enumerate(rows):
        try:
            commands[number] = await command(row)
        except (DomainError, ValidationError) as refusal:
            answers[number] = refusal
    answers.update(zip(commands, await record(list(commands.values())), strict=True))
    return [_told(field, number, answers[number], call) for number in range(len(rows))]


def _told(field: str, number: int, answer: Any, call: Call) -> tuple[Any, list[UserError]]:
    if not isinstance(answer, DomainError | ValidationError):
        return ref(answer.id), []
    errors = user_errors(answer, call.locale)
    for error in errors:
        error.field = [field, str(number), *(error.field or [])]
    return None, errors
