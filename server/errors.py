"""The two ways a call can fail that its caller should hear about.

A ``DomainError`` is an expected refusal of an act and becomes a user error of the payload; nothing has changed.
A ``RequestError`` refuses the whole operation and becomes a top-level error. Everything else is a bug: it is masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from server.terms import Locale, Term


class UserErrorCode(Term):
    """Why an act was refused."""

    INVALID = "INVALID", "Invalid value", "无效的值"
    REQUIRED = "REQUIRED", "Value required", "必填"
    NOT_FOUND = (
        "NOT_FOUND",
        "Not found",
        "未找到",
        "There is no such thing, or it is not yours to see; the two are never told apart.",
    )
    ALREADY_EXISTS = "ALREADY_EXISTS", "Already exists", "已存在"
    NOT_ALLOWED = "NOT_ALLOWED", "Not allowed", "不允许", "The state of the thing does not allow this move."
    CONFLICT = (
        "CONFLICT",
        "Changed meanwhile",
        "已被他人修改",
        "The row has another version than the one expected; read again and decide again.",
    )
    CONSENT_REQUIRED = "CONSENT_REQUIRED", "Consent required", "须取得同意"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED", "Idempotency key reused", "幂等键已用于其他请求"
    SECRET_ALREADY_SHOWN = "SECRET_ALREADY_SHOWN", "Secret already shown", "密钥已展示过"
    OUT_OF_BOUNDARY = (
        "OUT_OF_BOUNDARY",
        "Outside the service boundary",
        "超出服务边界",
        "The purpose is not that of the role the staff member acts in; the refusal says whose it is.",
    )
    ATTENTION_REFUSED = (
        "ATTENTION_REFUSED",
        "The customer does not welcome this",
        "客户此刻不欢迎该联系",
        "The contact goes against what the customer still welcomes; the refusal says why, and when it is welcome again.",
    )
    AMBIGUOUS = "AMBIGUOUS", "Ambiguous", "有多个可选，请指明"
    LIMIT_REACHED = "LIMIT_REACHED", "Limit reached", "已达上限"
    QUOTE_CONFLICT = (
        "QUOTE_CONFLICT",
        "Conflicting quotes",
        "报价冲突",
        "The quote contradicts a live one of the same customer in price or guarantee.",
    )


class DomainError(Exception):
    """An act was refused for a reason its caller can act on. Subclasses set `code`, `en` and `zh`.

    `field` is the path of the offending input field in Python names, for example ``("owner", "email")``.
    Extra facts a refused caller may know are keyword arguments; they fill the placeholders of the two messages.
    """

    code: UserErrorCode = UserErrorCode.INVALID
    en: str = "This cannot be done."
    zh: str = "无法执行。"

    def __init__(self, *field: str | int, **facts: object) -> None:
        self.field = tuple(str(part) for part in field)
        self.facts = facts
        super().__init__(self.message(Locale.EN))

    def message(self, locale: Locale) -> str:
        return (self.zh if locale is Locale.ZH else self.en).format(**self.facts)

    def under(self, *prefix: str | int) -> DomainError:
        """The same refusal, its field path placed below `prefix` (a row of a bulk input, a nested input)."""
        self.field = (*(str(part) for part in prefix), *self.field)
        return self


class Refusals(DomainError):
    """Several refusals found in one input, reported together so that a form can show them all."""

    def __init__(self, refusals: Sequence[DomainError]) -> None:
        super().__init__()
        self.refusals = tuple(refusals)


class Invalid(DomainError):
    """A value is out of its domain; `why` says in which way, in English and Chinese."""

    en = "{why}"
    zh = "{why_zh}"

    def __init__(self, *field: str | int, why: str, why_zh: str) -> None:
        super().__init__(*field, why=why, why_zh=why_zh)


class NotFound(DomainError):
    code = UserErrorCode.NOT_FOUND
    en = "Not found."
    zh = "未找到。"


class Conflict(DomainError):
    code = UserErrorCode.CONFLICT
    en = "Changed meanwhile: the current version is {version}."
    zh = "已被他人修改：当前版本为 {version}。"


class LimitReached(DomainError):
    """What is read whole is kept short: nothing more goes into a full list."""

    code = UserErrorCode.LIMIT_REACHED
    en = "At most {limit} of these are kept."
    zh = "最多保留{limit}个。"


class ErrorCode(StrEnum):
    """`extensions.code` of a top-level error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    TOO_COMPLEX = "TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    CONFLICT = "CONFLICT"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class RequestError(Exception):
    """The operation is refused as a whole.

    `errors` holds GraphQL errors ready to serialise (message, locations, path, extensions); without it one error is
    made from `message`. `extensions` are added beside the code.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, errors: Sequence[dict[str, object]] | None = None, **extensions: object
    ) -> None:
        super().__init__(message)
        self.code = code
        self.errors: list[dict[str, object]] = list(
            errors or [{"message": message, "extensions": {"code": str(code), **extensions}}]
        )


class CredentialEnded(RequestError):
    """The credential does not hold, or no longer grants what it did: said in the same words whatever the reason.

    Raised by the door before anything was read or changed, so the operation may be tried again with a fresh look.
    """

    def __init__(self) -> None:
        super().__init__(ErrorCode.UNAUTHENTICATED, "The credential is not valid.")
