"""What every guard does, whatever framework it stands in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Sequence

from .errors import SteelgateError
from .secret import KEY_PREFIX
from .types import Decision, DecisionRequest, Resource
from ._routes import Question

# Not a key, whatever it is asked about: which of two the application would believe is anyone's guess.
AMBIGUOUS = "ambiguous"

# The action that is asked about where no route matches: the key is judged first, and the refusal is in the decision log like others.
NO_ROUTE = "no_route"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a request is answered with that is not let through."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def reason(self) -> str:
        return {401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable"}[self.status]


def presented_key(api_keys: Sequence[str], authorizations: Sequence[str]) -> str:
    """The key that a request presents: in X-API-Key, or as Authorization: Bearer sk-steelengine-….

    Values are those of each header line; some servers have put several into one, with a comma between. One that is given twice, and two that differ, are no
    key. "" where there is none.
    """
    lines = [line for value in authorizations for line in value.split(",")]
    bearers = [key for key in map(_bearer, lines) if key is not None]
    if len(api_keys) > 1 or (bearers and len(lines) > 1):
        return AMBIGUOUS
    if api_keys and bearers and api_keys[0] != bearers[0]:
        return AMBIGUOUS
    return next(iter([*api_keys, *bearers]), "")


def _bearer(line: str) -> str | None:
    scheme, *words = line.split() or [""]  # by any blank, as steelgate reads it
    token = " ".join(words)
    return token if scheme.lower() == "bearer" and token.startswith(KEY_PREFIX) else None


def request_for(question: Question | None, key: str, client_ip: str | None) -> DecisionRequest:
    """The question to ask. Where no route matches there is one nevertheless, for the key is judged first."""
    if question is not None and not isinstance(question, Question):
        raise SteelgateError("a route answers a Question, or None")
    context: dict[str, Any] = {} if question is None else dict(question.context)
    if client_ip:
        context["client_ip"] = client_ip
    if question is None:
        return DecisionRequest(action=NO_ROUTE, resource=Resource(type="request", id=NO_ROUTE), api_key=key, context=context)
    return DecisionRequest(action=question.action, resource=question.resource, api_key=key, context=context)


def refusal_of(decision: Decision, question: Question | None) -> Refusal | None:
    """None where the request may be let through, and only there.

    A key's holder is told what forward-auth tells: not why a key is dead, nor whether a workspace exists that they are no member of.
    """
    if decision.status == 500:
        return unavailable()
    if decision.status == 401:
        challenge = ("WWW-Authenticate", 'ApiKey realm="steelengine"')
        return _refuse(401, "invalid_api_key", "The API key is missing or not valid.", decision.decision_id, challenge)
    if question is None:
        return _refuse(403, NO_ROUTE, "No route matches the request.", decision.decision_id)
    if decision.allow is True:
        return None
    if decision.code in ("not_a_member", "outside_scope"):
        return _refuse(403, "outside_scope", "The API key does not reach this resource, or it does not exist.", decision.decision_id)
    return _refuse(403, decision.code, decision.message, decision.decision_id)


def unavailable() -> Refusal:
    return _refuse(503, "unavailable", "No decision could be made: try again shortly.", None, ("Retry-After", "1"))


def _refuse(status: int, code: str, message: str, decision_id: str | None, *headers: tuple[str, str]) -> Refusal:
    error = {"code": code, "message": message} | ({} if decision_id is None else {"decision_id": decision_id})
    body = json.dumps({"error": error}).encode("utf-8")
    common = (("Cache-Control", "no-store"), ("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body))))
    return Refusal(status, (*common, *headers), body)


def told(on_error: Any, failure: BaseException, request: Any) -> None:
    """Tell why no decision could be made. What that does changes nothing."""
    if on_error is None:
        return
    try:
        on_error(failure, request)
    except Exception:  # noqa: S110
        pass
