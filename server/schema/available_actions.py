"""What a front end may offer to do with a thing: every act on it, whether it would be refused, and why."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import strawberry

from server.access.permissions import Permission
from server.errors import DomainError
from server.planner.call import Call
from server.planner.declarations import value
from server.terms import Locale


@strawberry.type(description="An act and whether it would be refused now. What others do meanwhile may change that.")
class AvailableAction:
    action: str = value(description="Name of the mutation, like `answerFeedback`.")
    allowed: bool = value(description="Whether it would be done.")
    reason: str | None = value(description="Why it would be refused, for people; null where it would not.")


Judged = tuple[StrEnum, DomainError | None]
"""An act, whose value is the mutation's name, and why it would be refused."""


def available_actions(
    call: Call, permission: Permission, rows: Iterable[Sequence[Judged]]
) -> list[list[AvailableAction]]:
    """One list per row; to who lacks the permission everything is refused."""
    if permission not in call.caller.permissions:
        reason = _missing(permission, call.locale)
        return [[AvailableAction(action=act.value, allowed=False, reason=reason) for act, _ in row] for row in rows]
    return [[_told(act, refused, call.locale) for act, refused in row] for row in rows]


def _told(act: StrEnum, refused: DomainError | None, locale: Locale) -> AvailableAction:
    return AvailableAction(
        action=act.value, allowed=refused is None, reason=None if refused is None else refused.message(locale)
    )


def _missing(permission: Permission, locale: Locale) -> str:
    if locale is Locale.ZH:
        return f"需要权限：{permission.zh}（{permission.value}）。"
    return f"This needs the permission {permission.value}."
