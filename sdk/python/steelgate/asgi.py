"""A guard for ASGI: Starlette, FastAPI and others."""

from __future__ import annotations

import inspect
from typing import Any, Awaitable, Callable, Collection, MutableMapping
from urllib.parse import quote

from ._guard import Refusal, presented_key, refusal_of, request_for, told, unavailable
from ._routes import Question, Routes, RouteTable, canonical_segments
from .aio import AsyncSteelgate
from .types import Decision, Resource

__all__ = ["Question", "Resource", "RouteTable", "SteelgateMiddleware"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Route = Callable[[Scope], "Question | None | Awaitable[Question | None]"]


class SteelgateMiddleware:
    """Lets requests through whose key may do what they ask for; then `request.state.steelgate` is the decision.

    Others are answered: 401, 403, or 503 where no decision could be made; a websocket is refused before it is accepted. `route` is a table, or a function of
    the scope that answers a Question, or None: then the request is refused. `exempt` are paths that need no key. The client's address is the peer's unless
    `client_ip` says otherwise.
    """

    def __init__(
        self,
        app: App,
        client: AsyncSteelgate,
        route: RouteTable | Route,
        *,
        exempt: Collection[str] = (),
        client_ip: Callable[[Scope], str | None] | None = None,
        on_error: Callable[[BaseException, Scope], None] | None = None,
    ) -> None:
        self._app, self._exempt = app, frozenset(exempt)
        self._judge = Judge(client, route if callable(route) else None, None if callable(route) else Routes(route), client_ip, on_error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in self._exempt:
            await self._app(scope, receive, send)
            return
        decision = await self._judge(scope)
        if isinstance(decision, Refusal):
            await _answer(scope, send, decision)
            return
        await self._app({**scope, "state": {**scope.get("state", {}), "steelgate": decision}}, receive, send)


class Judge:
    """Decides on a request. It answers a decision where it may be let through, and only there, and never fails."""

    def __init__(self, client: AsyncSteelgate, function: Any, routes: Routes | None, client_ip: Any, on_error: Any) -> None:
        self._client, self._function, self._routes, self._client_ip, self._on_error = client, function, routes, client_ip, on_error

    async def __call__(self, scope: Scope, request: Any = None) -> Decision | Refusal:
        given = scope if request is None else request
        try:
            question = _match(self._routes, scope) if self._routes else self._function(given)
            if inspect.isawaitable(question):
                question = await question
            peer = scope.get("client")
            client_ip = self._client_ip(given) if self._client_ip else peer and peer[0]
            key = presented_key(_values(scope, b"x-api-key"), _values(scope, b"authorization"))
            decision = await self._client.decide(request_for(question, key, client_ip))
            return refusal_of(decision, question) or decision
        except Exception as failure:
            told(self._on_error, failure, given)
            return unavailable()


def _match(routes: Routes, scope: Scope) -> Question | None:
    """The path is the one that the application reads. Where the server tells what was sent, that must be canonical too."""
    raw = scope.get("raw_path")
    if raw and canonical_segments(raw.decode("latin-1")) is None:
        return None
    return routes.match(scope.get("method", "GET"), quote(scope["path"], safe="/:@!$&'()*+,;=~"))


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for given, value in scope["headers"] if given.lower() == name]


async def _answer(scope: Scope, send: Send, refusal: Refusal) -> None:
    if scope["type"] == "websocket":
        # Before it is accepted the server makes a 403 of it.
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})
