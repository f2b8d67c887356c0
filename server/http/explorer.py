"""GraphiQL, for development only: one page and its scripts, all from this server, usable without a network."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from server.http.answers import Answer, Header

_FOLDER = Path(__file__).parent / "graphiql"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PROTECTION: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _POLICY.encode("ascii")),
)


def explorer_page() -> Answer:
    """What a browser gets at `/graphql`."""
    return Answer(200, (_FOLDER / "index.html").read_bytes(), b"text/html; charset=utf-8", _PROTECTION)


def explorer_routes() -> list[BaseRoute]:
    """Where the page's scripts are, and a short way to the page."""
    return [
        Route("/graphiql", _to_page, methods=["GET"]),
        Mount("/graphiql", StaticFiles(directory=_FOLDER)),
    ]


async def _to_page(request: Request) -> RedirectResponse:
    return RedirectResponse("graphql", 307)
