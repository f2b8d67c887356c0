"""GraphiQL is there in development only, and needs no other server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import pytest_asyncio

from tests.http.serving import Running, running

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest_asyncio.fixture(scope="module")
async def development() -> AsyncIterator[Running]:
    async with running(development=True) as one:
        yield one


class Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href") and value is not None]


async def test_browser_gets_a_page_that_loads_from_this_server_alone(development: Running) -> None:
    page = await development.http.get("/graphql", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    links = Links(page.text).found
    assert links == [
        "data:,",
        "graphiql/graphiql.min.css",
        "graphiql/explorer.css",
        "graphiql/react.production.min.js",
        "graphiql/react-dom.production.min.js",
        "graphiql/graphiql.min.js",
        "graphiql/explorer.js",
    ]
    for link in links[1:]:
        asset = await development.http.get(f"/{link}")
        assert asset.status_code == 200, link
        assert re.findall(r"""(?:@import|src=|url\()\s*["']?(?:https?:)?//""", asset.text) == [], link


async def test_clients_still_get_their_answers_there(development: Running) -> None:
    answer = await development.http.get("/graphql?query={hello}", headers=BROWSER)
    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello world"}})
    assert (await development.post("{hello}", accept=BROWSER["accept"])).json() == {"data": {"hello": "Hello world"}}
    assert (await development.http.get("/graphql")).status_code == 400


async def test_short_way_to_the_page(development: Running) -> None:
    answer = await development.http.get("/graphiql")
    assert (answer.status_code, answer.headers["location"]) == (307, "graphql")


async def test_nothing_outside_the_folder_is_served(development: Running) -> None:
    for path in ("/graphiql/../gateway.py", "/graphiql/%2e%2e/gateway.py", "/graphiql/", "/graphiql/none.js"):
        answer = await development.http.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (404, "There is nothing here."), path


async def test_production_has_no_page(server: Running) -> None:
    answer = await server.http.get("/graphql", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json; charset=utf-8")
