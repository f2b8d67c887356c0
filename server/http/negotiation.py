"""Reads Accept, Content-Type and Accept-Language by their grammar and weights. Pure; results are cached by header.

Which form an answer takes is decided here once, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from server.terms import Locale

_MAX_CACHED = 300
"""Longer header values are read afresh each time: the cache stays small whatever clients send."""
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_UTF_8 = frozenset(("utf-8", "utf8", "us-ascii"))


class Form(Enum):
    """The form of an answer."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    ASSUMED_JSON = "application/json without being named"
    """The client accepts anything or says nothing. Same media type; failures keep their 4xx status."""
    EVENT_STREAM = "text/event-stream"

    @property
    def media_type(self) -> bytes:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Form.RESPONSE: b"application/graphql-response+json; charset=utf-8",
    Form.JSON: b"application/json; charset=utf-8",
    Form.ASSUMED_JSON: b"application/json; charset=utf-8",
    Form.EVENT_STREAM: b"text/event-stream; charset=utf-8",
}


def accepted_form(accept: bytes | None) -> Form | None:
    """The form the client prefers among those we have, None where it accepts none of them.

    An event stream is chosen only where it is preferred to both JSON types: a tie goes to JSON. Between equal
    weights a type that is named beats a wildcard, and the newer JSON type beats the older.
    """
    if not accept:
        return Form.ASSUMED_JSON
    return _accepted_form(accept) if len(accept) <= _MAX_CACHED else _accepted_form.__wrapped__(accept)


def prefers_page(accept: bytes | None) -> bool:
    """A browser asks: text/html is named and preferred to every form of answer."""
    ranges = dict(_weighted((accept or b"").decode("latin-1").lower()))
    page = ranges.get("text/html", 0.0)
    named = (ranges.get(form.value, 0.0) for form in (Form.RESPONSE, Form.JSON, Form.EVENT_STREAM))
    return page > max(named, default=0.0)


def is_json(content_type: bytes | None) -> bool:
    """The body is JSON in UTF-8, as far as its label says."""
    if content_type is None:
        return False
    if content_type in (b"application/json", b"application/json; charset=utf-8"):
        return True
    return len(content_type) <= _MAX_CACHED and _is_json(content_type)


def preferred_locale(accept_language: bytes | None) -> Locale:
    """Chinese where the client prefers it to English, English otherwise."""
    if not accept_language or len(accept_language) > _MAX_CACHED:
        return Locale.EN
    return _preferred_locale(accept_language)


@lru_cache(maxsize=256)
def _accepted_form(accept: bytes) -> Form | None:
    ranges: dict[str, float] = {}
    for name, weight in _weighted(accept.decode("latin-1").lower()):
        ranges[name] = max(weight, ranges.get(name, 0.0))
    if not ranges:
        return Form.ASSUMED_JSON if not accept.strip(b" ,\t") else None
    anything = ranges.get("application/*", ranges.get("*/*", 0.0))
    response, json = Form.RESPONSE.value, Form.JSON.value
    # Weight first, then being named, then our own order; behind a wildcard the older type is the safer guess.
    candidates = [
        (ranges.get(response, anything), response in ranges, 3 if response in ranges else 1, Form.RESPONSE),
        (ranges.get(json, anything), json in ranges, 2, Form.JSON if json in ranges else Form.ASSUMED_JSON),
        (ranges.get(Form.EVENT_STREAM.value, 0.0), True, 0, Form.EVENT_STREAM),
    ]
    best = max(candidates, key=lambda candidate: candidate[:3])
    return best[3] if best[0] > 0 else None


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    name, _, rest = content_type.decode("latin-1").lower().partition(";")
    if name.strip() != "application/json":
        return False
    charsets = [value for key, value in _parameters(rest) if key == "charset"]
    return len(charsets) <= 1 and all(charset in _UTF_8 for charset in charsets)


@lru_cache(maxsize=256)
def _preferred_locale(accept_language: bytes) -> Locale:
    best, best_weight = Locale.EN, 0.0
    for tag, weight in _weighted(accept_language.decode("latin-1").lower()):
        locale = {"zh": Locale.ZH, "en": Locale.EN}.get(tag.partition("-")[0])
        # The first of equals wins: some clients list languages by preference without weights.
        if locale is not None and weight > best_weight:
            best, best_weight = locale, weight
    return best


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """The elements of a list header with their weights; an element with an unreadable weight is skipped."""
    for element in header.split(","):
        name, _, rest = element.partition(";")
        if not (name := name.strip()):
            continue
        weights = [value for key, value in _parameters(rest) if key == "q"]
        if not weights:
            yield name, 1.0
        elif _WEIGHT.fullmatch(weights[0]):
            yield name, float(weights[0])


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    for parameter in text.split(";"):
        key, equals, value = parameter.partition("=")
        if equals:
            yield key.strip(), value.strip().strip('"')
