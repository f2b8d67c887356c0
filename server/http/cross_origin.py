"""Cross-origin rules: which web pages of other origins a browser may let talk to this server.

Credentials travel in the Authorization header, never in cookies, so that any origin may be allowed by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from server.http.answers import Answer, Header

_HEADER_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_EXPOSED: Header = (b"access-control-expose-headers", b"X-Request-Id, Retry-After, WWW-Authenticate, Allow")
_ANY_ORIGIN: tuple[Header, ...] = ((b"access-control-allow-origin", b"*"), _EXPOSED)
_VARY = b"Accept, Accept-Language, Authorization"
_TWO_HOURS = b"7200"


class CrossOrigin:
    """The allow list. ``*`` stands for every origin."""

    def __init__(self, allowed_origins: Sequence[str]) -> None:
        self.everyone = "*" in allowed_origins
        self._allowed = frozenset(origin.lower().rstrip("/").encode("latin-1") for origin in allowed_origins)
        self.vary: Header = (b"vary", _VARY if self.everyone else _VARY + b", Origin")

    def headers(self, origin: bytes | None) -> tuple[Header, ...]:
        """What an answer to a page of this origin carries."""
        if origin is None:
            return ()
        if self.everyone:
            return _ANY_ORIGIN
        if origin.lower() in self._allowed:
            return ((b"access-control-allow-origin", origin), _EXPOSED)
        return ()

    def preflight(self, headers: Mapping[bytes, bytes], methods: bytes) -> Answer:
        """The answer to OPTIONS: what a page may send. The headers it asks for are granted as they are."""
        answer: list[Header] = [(b"allow", methods)]
        if b"access-control-request-method" in headers and self.headers(headers.get(b"origin")):
            requested = headers.get(b"access-control-request-headers", b"")
            answer.append((b"access-control-allow-methods", methods))
            answer.append((b"access-control-max-age", _TWO_HOURS))
            if _HEADER_NAMES.fullmatch(requested):
                answer.append((b"access-control-allow-headers", requested))
        return Answer(204, b"", b"", tuple(answer))

    def admits_socket(self, headers: Mapping[bytes, bytes]) -> bool:
        """Browsers do not apply these rules to WebSocket, so the server does; other clients send no Origin."""
        origin = headers.get(b"origin")
        if origin is None or self.everyone or origin.lower() in self._allowed:
            return True
        return urlsplit(origin.lower()).netloc == headers.get(b"host", b"").lower()
