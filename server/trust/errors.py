"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class TooManyPoints(DomainError):
    """A posting by hand is larger than one act may be."""

    code = UserErrorCode.LIMIT_REACHED
    en = "At most {most} points by hand at once."
    zh = "人工调整一次最多{most}分。"
