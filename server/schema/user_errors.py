"""Refusals of acts as the outside sees them: one interface, and a concrete type where a client acts on the extra data."""

import re
from collections.abc import Callable
from typing import Any

import strawberry
from pydantic import ValidationError
from strawberry.utils.str_converters import to_camel_case

from server.errors import Conflict, DomainError, Refusals, UserErrorCode
from server.planner.declarations import value
from server.terms import Locale


@strawberry.interface(description="Why an act was refused.")
class UserError:
    code: UserErrorCode = value(description="What kind of refusal; switch on this.")
    message: str = value(description="In the language of the Accept-Language header, for people.")
    field: list[str] | None = value(
        description='Path of the input field at fault, like ["owner", "email"]; null where none is.'
    )


@strawberry.type(description="A refusal that needs no further data.")
class Refusal(UserError):
    pass


@strawberry.type(description="What was to be made is there already.")
class AlreadyExists(UserError):
    pass


@strawberry.type(description="The row was changed by somebody else since it was read.")
class VersionConflict(UserError):
    current_version: int = value(description="The version it has now: read again, and decide again.")


Build = Callable[[DomainError, Locale], UserError]
_BUILDERS: dict[type[DomainError], Build] = {}


def user_error_for(refusal: type[DomainError]) -> Callable[[Build], Build]:
    """Register how a refusal with data of its own is shown: `@user_error_for(OutOfBoundary)`."""

    def register(build: Build) -> Build:
        _BUILDERS[refusal] = build
        return build

    return register


@user_error_for(Conflict)
def _version_conflict(refusal: DomainError, locale: Locale) -> UserError:
    return VersionConflict(current_version=int(str(refusal.facts["version"])), **common(refusal, locale))


def common(refusal: DomainError, locale: Locale) -> dict[str, Any]:
    """The fields every user error has."""
    field = [to_camel_case(part) for part in refusal.field] or None
    return {"code": refusal.code, "message": refusal.message(locale), "field": field}


def user_errors(refusal: Exception, locale: Locale) -> list[UserError]:
    """What a refused act says."""
    if isinstance(refusal, ValidationError):
        return [
            _from_validation(dict(error), locale) for error in refusal.errors(include_url=False, include_input=False)
        ]
    if isinstance(refusal, Refusals):
        return [error for one in refusal.refusals for error in user_errors(one, locale)]
    assert isinstance(refusal, DomainError)
    build = _BUILDERS.get(type(refusal))
    if build is not None:
        return [build(refusal, locale)]
    plain = AlreadyExists if refusal.code is UserErrorCode.ALREADY_EXISTS else Refusal
    return [plain(**common(refusal, locale))]


_IN_ENGLISH = {
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "not of the form the field's description asks for",
    "string_type": "must be a text",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "timezone_aware": "must have a zone",
    "missing": "needed",
}
_IN_CHINESE = {
    "string_too_short": "至少{min_length}个字符",
    "string_too_long": "最多{max_length}个字符",
    "string_pattern_mismatch": "格式不正确",
    "string_type": "须为文本",
    "too_short": "至少{min_length}项",
    "too_long": "最多{max_length}项",
    "greater_than": "须大于{gt}",
    "greater_than_equal": "不能小于{ge}",
    "less_than": "须小于{lt}",
    "less_than_equal": "不能大于{le}",
    "timezone_aware": "须带时区",
    "missing": "必填",
}
_TOLD_APART = re.compile(r"function-|constrained-|tagged-union|nullable")


def _from_validation(error: dict[str, Any], locale: Locale) -> UserError:
    field = [to_camel_case(str(part)) for part in error["loc"] if not _TOLD_APART.match(str(part))]
    said = str(error["msg"]).removeprefix("Value error, ")
    words = _IN_CHINESE if locale is Locale.ZH else _IN_ENGLISH
    message = words.get(str(error["type"]), "无效的值" if locale is Locale.ZH else said).format(**error.get("ctx", {}))
    return Refusal(code=UserErrorCode.INVALID, message=f"{'.'.join(field) or 'input'}: {message}", field=field or None)
