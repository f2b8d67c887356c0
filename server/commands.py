"""Commands: the validated, frozen input of an act. What is checked here needs no database; the rest is the service's.

A `ValidationError` of a command becomes user errors that name the fields (see schema.acts).
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints


class Command(BaseModel):
    """Base of every command: frozen, strict about unknown fields, never coercing across types silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""With these a name can make the text around it lie. Right-to-left scripts do not need them."""


def _clean(text: object) -> object:
    """NFC, without surrounding space; control characters and lone surrogates refused."""
    if not isinstance(text, str):
        return text
    text = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise ValueError("must not contain control characters")
    if any(character in _TURNING for character in text):
        raise ValueError("must not contain characters that turn the direction of what follows")
    if text and all(unicodedata.category(character) in ("Cf", "Zs") for character in text):
        raise ValueError("must contain something that can be seen")
    return text


def _single_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("must be a single line")
    return text


def _in_range(moment: datetime) -> datetime:
    """PostgreSQL and the calendars of the world agree on these years."""
    if not datetime(1900, 1, 1, tzinfo=UTC) <= moment <= datetime(2200, 1, 1, tzinfo=UTC):
        raise ValueError("must be between the years 1900 and 2200")
    return moment


Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200), BeforeValidator(_clean), AfterValidator(_single_line)
]
"""What something is called: 1 to 200 characters on one line."""

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(_clean)]
"""A reason, a title, a promise: 1 to 500 characters."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000), BeforeValidator(_clean)]
"""What a customer said, a note, a story: 1 to 4,000 characters."""

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
"""A tenant-unique key of a role, stage, group, store or item: a letter, then letters, digits and underscores."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$")]
"""A tenant's short name in addresses: 3 to 63 lower-case letters, digits and inner hyphens."""

ExternalText = Annotated[
    str, StringConstraints(min_length=1, max_length=200), BeforeValidator(_clean), AfterValidator(_single_line)
]
"""Another system's name or id."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
"""A point in time with its zone."""
