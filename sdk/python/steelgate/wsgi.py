"""A guard for WSGI: Flask, Django and others."""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable
from urllib.parse import quote

from ._guard import Refusal, presented_key, refusal_of, request_for, told, unavailable
from ._routes import Question, Routes, RouteTable, canonical_segments
from .client import Steelgate
from .types import Decision, Resource

__all__ = ["Question", "Resource", "RouteTable", "SteelgateMiddleware", "judge"]

Environ = dict[str, Any]

# Where the decision stands on a request that was let through.
DECISION = "steelgate.decision"


class SteelgateMiddleware:
    """Lets requests through whose key may do what they ask for; then `environ["steelgate.decision"]` is the decision.

    Others are answered: 401, 403, or 503 where no decision could be made. `route` is a table, or a function of the environ that answers a Question, or None:
    then the request is refused. `exempt` are paths that need no key. The client's address is the peer's unless `client_ip` says otherwise.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        client: Steelgate,
        route: RouteTable | Callable[[Environ], Question | None],
        *,
        exempt: Collection[str] = (),
        client_ip: Callable[[Environ], str | None] | None = None,
        on_error: Callable[[BaseException, Environ], None] | None = None,
    ) -> None:
        self._app, self._client, self._exempt, self._client_ip, self._on_error = app, client, frozenset(exempt), client_ip, on_error
        self._route: Callable[[Environ], Question | None]
        if callable(route):
            self._route = route
        else:
            routes = Routes(route)
            self._route = lambda environ: _match(routes, environ)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "") not in self._exempt:
            decision = judge(self._client, environ, self._route, self._client_ip, self._on_error)
            if isinstance(decision, Refusal):
                start_response(f"{decision.status} {decision.reason}", list(decision.headers))
                return [decision.body]
            environ[DECISION] = decision
        return self._app(environ, start_response)


def judge(client: Steelgate, environ: Environ, route: Any, client_ip: Any, on_error: Any) -> Decision | Refusal:
    """Decide on a request. Answers a decision where it may be let through, and only there, and never fails."""
    try:
        question = route(environ)
        address = client_ip(environ) if client_ip else environ.get("REMOTE_ADDR")
        key = presented_key(_values(environ, "HTTP_X_API_KEY"), _values(environ, "HTTP_AUTHORIZATION"))
        decision = client.decide(request_for(question, key, address))
        return refusal_of(decision, question) or decision
    except Exception as failure:
        told(on_error, failure, environ)
        return unavailable()


def _match(routes: Routes, environ: Environ) -> Question | None:
    """WSGI has the path decoded, as the application reads it. Where the server tells what was sent, that must be canonical too."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw is not None and canonical_segments(raw) is None:
        return None
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return routes.match(environ["REQUEST_METHOD"], quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~"))


def _values(environ: Environ, name: str) -> list[str]:
    return [environ[name]] if name in environ else []
