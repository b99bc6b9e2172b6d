"""A guard for single routes of FastAPI, as a dependency. For a whole application there is `steelgate.asgi`."""

from __future__ import annotations

from typing import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from ._guard import Refusal
from ._routes import Question
from .aio import AsyncSteelgate
from .asgi import Judge
from .types import Decision, Resource

__all__ = ["Guard", "Question", "Resource"]


class _Refused(Exception):
    """A request is not let through."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"refused with {refusal.status}")
        self.refusal = refusal


class Guard:
    """Makes dependencies that let requests through whose key may do what they ask for, and answer the decision.

    guard = Guard(app, client)
    @app.post("/api/workflows/{workflow}/execute")
    async def execute(workflow: str, decision: Decision = Depends(guard(lambda request: Question("workflow.execute", Resource("workflow", request.path_params["workflow"]))))): ...
    """

    def __init__(
        self,
        app: FastAPI,
        client: AsyncSteelgate,
        *,
        client_ip: Callable[[Request], str | None] | None = None,
        on_error: Callable[[BaseException, Request], None] | None = None,
    ) -> None:
        self._client, self._client_ip, self._on_error = client, client_ip, on_error
        app.add_exception_handler(_Refused, _refused)

    def __call__(self, route: Callable[[Request], Question | None | Awaitable[Question | None]]) -> Callable[[Request], Awaitable[Decision]]:
        judge = Judge(self._client, route, None, self._client_ip, self._on_error)

        async def decision_of(request: Request) -> Decision:
            decision = await judge(request.scope, request)
            if isinstance(decision, Refusal):
                raise _Refused(decision)
            return decision

        return decision_of


async def _refused(_: Request, failure: Exception) -> Response:
    assert isinstance(failure, _Refused)
    return Response(failure.refusal.body, failure.refusal.status, dict(failure.refusal.headers))
