"""Which form an answer takes, and which language its messages have."""

from __future__ import annotations

import pytest

from server.http.negotiation import Form, accepted_form, is_json, preferred_locale, prefers_page
from server.terms import Locale

APOLLO = b"application/graphql-response+json,application/json;q=0.9"
URQL = (
    b"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
BROWSER = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Form.ASSUMED_JSON),
        (b"", Form.ASSUMED_JSON),
        (b" , ", Form.ASSUMED_JSON),
        (b"*/*", Form.ASSUMED_JSON),
        (b"application/*", Form.ASSUMED_JSON),
        (b"application/json", Form.JSON),
        (b"Application/JSON; charset=utf-8", Form.JSON),
        (b"application/graphql-response+json", Form.RESPONSE),
        (b"application/json, application/graphql-response+json", Form.RESPONSE),
        (b"application/json, application/graphql-response+json;q=0.9", Form.JSON),
        (b"application/graphql-response+json, */*", Form.RESPONSE),
        (b"application/graphql-response+json;q=0.5, */*", Form.ASSUMED_JSON),
        (b"application/json;q=0, */*", Form.RESPONSE),
        (b"application/json;q=0", None),
        (b"text/event-stream", Form.EVENT_STREAM),
        (b"text/event-stream, multipart/mixed", Form.EVENT_STREAM),
        (b"text/event-stream, */*", Form.EVENT_STREAM),
        (b"text/event-stream, application/json;q=0.9", Form.EVENT_STREAM),
        (b"text/event-stream, application/json", Form.JSON),
        (b"application/json, text/event-stream;q=0.5", Form.JSON),
        (b"text/event-stream;q=0.1, application/graphql-response+json;q=0.2", Form.RESPONSE),
        (b"text/event-stream;q=0", None),
        (b"text/event-stream;q=0.4, */*;q=0.5", Form.ASSUMED_JSON),
        (b"text/*", None),
        (b"image/png", None),
        (b"application/json;q=high", None),
        (b"application/json;q=2, text/event-stream;q=0.1", Form.EVENT_STREAM),
        (APOLLO, Form.RESPONSE),
        (URQL, Form.RESPONSE),
        (BROWSER, Form.ASSUMED_JSON),
        (b"image/png, " * 2000 + b"application/json", Form.JSON),
    ],
)
def test_form_follows_the_weights_of_accept(accept: bytes | None, form: Form | None) -> None:
    assert accepted_form(accept) is form


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (None, False),
        (b"*/*", False),
        (BROWSER, True),
        (b"text/html;q=0.5, application/json", False),
        (b"text/html, application/json", False),
        (b"text/html, application/json;q=0.9", True),
    ],
)
def test_page_is_for_browsers(accept: bytes | None, page: bool) -> None:
    assert prefers_page(accept) is page


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        (None, False),
        (b"", False),
        (b"application/json", True),
        (b"APPLICATION/JSON;Charset=UTF-8", True),
        (b'application/json; charset="utf-8"', True),
        (b"application/json; profile=x", True),
        (b"application/json; charset=utf-16", False),
        (b"application/json; charset=iso-8859-1", False),
        (b"application/json; charset=klingon", False),
        (b"application/json; charset=utf-8; charset=utf-16", False),
        (b"application/graphql", False),
        (b"text/plain", False),
        (b"application/x-www-form-urlencoded", False),
        (b"application/json, text/plain", False),
    ],
)
def test_only_json_in_utf_8_is_read(content_type: bytes | None, accepted: bool) -> None:
    assert is_json(content_type) is accepted


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, Locale.EN),
        (b"", Locale.EN),
        (b"zh", Locale.ZH),
        (b"zh-CN,zh;q=0.9,en;q=0.8", Locale.ZH),
        (b"ZH-Hant-TW", Locale.ZH),
        (b"zh, en", Locale.ZH),
        (b"en, zh", Locale.EN),
        (b"en;q=0.3, zh;q=0.7", Locale.ZH),
        (b"fr, zh;q=0.2", Locale.ZH),
        (b"zh;q=0", Locale.EN),
        (b"fr", Locale.EN),
        (b"zha", Locale.EN),
        (b"*", Locale.EN),
        (b"zh," * 400, Locale.EN),
    ],
)
def test_messages_are_chinese_where_the_client_prefers_it(header: bytes | None, locale: Locale) -> None:
    assert preferred_locale(header) is locale
