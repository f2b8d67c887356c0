"""GraphQL over HTTP: one operation per request, by POST or GET, answered as JSON or as an event stream.

Written straight on ASGI because it is the hot path. It follows the GraphQL-over-HTTP draft; what an operation means
is the gateway's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from starlette.types import Receive, Scope, Send

from server.errors import CredentialEnded, RequestError
from server.http.answers import (
    PROTECTION,
    Answer,
    HttpRefusal,
    collect,
    masked,
    refused,
    request_id_from,
    send_answer,
    with_request_id,
)
from server.http.body import (
    Disconnected,
    idempotency_key_from,
    read_body,
    request_from_body,
    request_from_query,
)
from server.http.gateway import CallContext, Caller, OperationRequest, Prepared, refusal_extension
from server.http.live import Live
from server.http.negotiation import Form, accepted_form, is_json, preferred_locale, prefers_page
from server.http.sse import EventStream
from server.http.stopping import going_away

_METHODS = b"GET, POST, OPTIONS"


class GraphQLEndpoint:
    """The ASGI application of `/graphql` for HTTP. `page` is what a browser gets there, where one is served."""

    def __init__(self, live: Live, *, page: Answer | None = None) -> None:
        self._live = live
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = collect(scope["headers"])
        request_id = request_id_from(headers.get(b"x-request-id"))
        cross_origin = self._live.cross_origin
        common = (
            (b"x-request-id", request_id.encode("ascii")),
            cross_origin.vary,
            *cross_origin.headers(headers.get(b"origin")),
        )
        method = scope["method"]
        try:
            if method in ("POST", "GET"):
                if self._page is not None and method == "GET" and self._asks_for_page(scope, headers):
                    await send_answer(send, self._page, common)
                    return
                form = accepted_form(headers.get(b"accept"))
                if form is None:
                    raise HttpRefusal(
                        406, "Served here: application/graphql-response+json, application/json, text/event-stream."
                    )
                answer = await self._operate(scope, receive, headers, request_id, form)
                if isinstance(answer, EventStream):
                    self._live.answers[200] += 1
                    await answer.serve(receive, send, (*common, *PROTECTION))
                    return
            elif method == "OPTIONS":
                answer = cross_origin.preflight(headers, _METHODS)
            else:
                raise HttpRefusal(405, "The methods here are GET, POST and OPTIONS.", (b"allow", _METHODS))
        except HttpRefusal as refusal:
            answer = refusal.answer
        except Disconnected:
            return
        self._live.answers[answer.status] += 1
        await send_answer(send, answer, (*common, *PROTECTION))

    async def _operate(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], request_id: str, form: Form
    ) -> Answer | EventStream:
        """Run the operation in the request, or prepare the stream that will."""
        tracker = self._live.tracker
        try:
            tracker.begin()
        except RequestError as refusal:
            return refused(refusal, form)
        by_get = scope["method"] == "GET"
        try:
            request = await self._request(scope, receive, headers)
            circumstances = partial(
                CallContext,
                locale=preferred_locale(headers.get(b"accept-language")),
                request_id=request_id,
                idempotency_key=idempotency_key_from(headers.get(b"idempotency-key")),
                read_only_transport=by_get,
            )
            authorization = _authorization(headers)
            if form is Form.EVENT_STREAM:
                return self._stream(request, circumstances(await self._live.gateway.authenticate(authorization)))
            return Answer(200, await self._result(request, circumstances, authorization), form.media_type)
        except RequestError as refusal:
            return refused(with_request_id(refusal, request_id), form)
        except (HttpRefusal, Disconnected):
            raise
        except asyncio.CancelledError:
            # Only a server at the very end of its patience cancels a request; its client shall know to try again.
            if not tracker.stopping:
                raise
            return refused(going_away(), form)
        except Exception as exception:  # noqa: BLE001  # a bug of any kind: masked, and logged, right here
            return refused(masked(exception, request_id), form)
        finally:
            tracker.end()

    async def _result(
        self, request: OperationRequest, circumstances: Callable[[Caller], CallContext], authorization: str | None
    ) -> bytes:
        """The result for whoever the credential belongs to. A caller we remember is confirmed on the way.

        Only what was refused before anything was done is tried again, with a caller authenticated anew.
        """
        gateway = self._live.gateway
        known = gateway.recognise(authorization)
        if known is not None:
            context = circumstances(known)
            try:
                prepared = self._prepared(request, context)
            except RequestError:
                if await gateway.authenticate(authorization) == known:
                    raise
            else:
                with suppress(CredentialEnded):
                    return await gateway.run(prepared, context)
        context = circumstances(await gateway.authenticate(authorization))
        return await gateway.run(self._prepared(request, context), context)

    def _prepared(self, request: OperationRequest, context: CallContext) -> Prepared:
        prepared = self._live.gateway.prepare(request, context)
        _refuse_method(prepared, context)
        if prepared.kind == "subscription":
            raise HttpRefusal(406, "Subscriptions are served as text/event-stream, or over WebSocket.")
        return prepared

    async def _request(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> OperationRequest:
        if scope["method"] == "GET":
            return request_from_query(scope["query_string"], self._live.limits)
        if not is_json(headers.get(b"content-type")):
            raise HttpRefusal(415, "The body must be application/json in UTF-8.", (b"accept-post", b"application/json"))
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise HttpRefusal(415, "The body must not be compressed.", (b"accept-encoding", b"identity"))
        return request_from_body(await read_body(receive, headers, self._live.limits, self._live.bodies))

    def _stream(self, request: OperationRequest, context: CallContext) -> EventStream:
        """The operation as an event stream. What refuses it is the stream's one event, as graphql-sse prescribes."""
        try:
            prepared = self._live.gateway.prepare(request, context)
        except RequestError as refusal:
            if refusal_extension(refusal.errors, "allow") is not None:
                raise
            return EventStream(self._live, refusal, context)
        _refuse_method(prepared, context)
        return EventStream(self._live, prepared, context)

    def _asks_for_page(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        return b"query=" not in scope["query_string"] and prefers_page(headers.get(b"accept"))


def _refuse_method(prepared: Prepared, context: CallContext) -> None:
    if prepared.kind == "mutation" and context.read_only_transport:
        raise HttpRefusal(405, "Mutations are sent by POST.", (b"allow", b"POST"))


def _authorization(headers: dict[bytes, bytes]) -> str | None:
    value = headers.get(b"authorization")
    return None if value is None else value.decode("latin-1")
