"""A guard for single views of Flask, as a decorator. For a whole application there is `steelgate.wsgi`."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable

import flask

from ._guard import Refusal
from ._routes import Question
from .client import Steelgate
from .types import Resource
from .wsgi import judge

__all__ = ["Guard", "Question", "Resource"]


class Guard:
    """Makes decorators that let requests through whose key may do what they ask for; then `flask.g.steelgate` is the decision.

    guard = Guard(client)
    @app.post("/api/workflows/<workflow>/execute")
    @guard(lambda workflow: Question("workflow.execute", Resource("workflow", workflow)))
    def execute(workflow): ...

    The function gets what the view gets.
    """

    def __init__(
        self,
        client: Steelgate,
        *,
        client_ip: Callable[[flask.Request], str | None] | None = None,
        on_error: Callable[[BaseException, flask.Request], None] | None = None,
    ) -> None:
        self._client, self._client_ip, self._on_error = client, client_ip, on_error

    def __call__(self, route: Callable[..., Question | None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*arguments: Any, **named: Any) -> Any:
                request = flask.request
                client_ip = self._client_ip and (lambda _: self._client_ip(request))
                on_error = self._on_error and (lambda failure, _: self._on_error(failure, request))
                decision = judge(self._client, request.environ, lambda _: route(*arguments, **named), client_ip, on_error)
                if isinstance(decision, Refusal):
                    return flask.Response(decision.body, decision.status, list(decision.headers))
                flask.g.steelgate = decision
                return view(*arguments, **named)

            return guarded

        return decorate
