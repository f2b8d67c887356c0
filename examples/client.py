"""A GraphQL client for Shuke in one page: what any front end does, in Python.

One POST per operation; the key in the Authorization header; two kinds of "no" kept apart:

* `errors` at the top of the answer: the operation itself was refused (a typing mistake, no permission). -> RequestFailed
* `userErrors` inside a payload: the act was understood and refused, and nothing has changed.         -> Refused

It knows nothing of any brand and keeps nothing.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx2


class RequestFailed(Exception):
    """The whole operation was refused; `errors` are GraphQL's, each with `extensions.code` to switch on."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors
        super().__init__(
            "; ".join(f"{error.get('extensions', {}).get('code')}: {error['message']}" for error in errors)
        )


class Refused(Exception):
    """An act was refused; `user_errors` say why, with `code`, `message` and the `field` of the input at fault."""

    def __init__(self, user_errors: list[dict[str, Any]]) -> None:
        self.user_errors = user_errors
        super().__init__("; ".join(f"{error['code']}: {error['message']}" for error in user_errors))


class Shuke:
    """One caller of one server: the owner of a brand, a member of staff, or the public when there is no key."""

    def __init__(self, url: str, key: str | None = None, *, language: str = "zh-CN") -> None:
        headers = {"Accept": "application/graphql-response+json", "Accept-Language": language}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        self._endpoint = url.rstrip("/") + "/graphql"
        self._http = httpx2.Client(headers=headers, timeout=30)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Run a query and return its `data`. The arguments are the variables of the operation."""
        answer = self._http.post(self._endpoint, json={"query": document, "variables": variables}).json()
        if answer.get("errors"):
            raise RequestFailed(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    def act(self, document: str, *, once: str | None = None, **input: Any) -> dict[str, Any]:
        """Run a mutation with one field and return its payload. The arguments are the fields of its `input`.

        `once` is the idempotency key (`clientMutationId`): sent again with the same input, for instance because the
        connection broke before the answer came, the act is not done again and the first answer is given.
        """
        if once is not None:
            input["clientMutationId"] = once
        [payload] = self.ask(document, input=input).values()
        if payload["userErrors"]:
            raise Refused(payload["userErrors"])
        done: dict[str, Any] = payload
        return done

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Shuke:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a Relay connection."""
    return [edge["node"] for edge in connection["edges"]]
