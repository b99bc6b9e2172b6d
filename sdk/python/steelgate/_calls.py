"""The calls of the API, as data: what is sent, and what is made of the answer. Whoever carries them is elsewhere."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime, timezone
from typing import Any, Callable, Generic, Mapping, Sequence, TypedDict, TypeVar
from urllib.parse import urlencode

from . import _answer
from ._answer import Answer, ChangedKey, IssuedKey, Page, ReachingKey
from .errors import SteelgateError
from .secret import text_of
from .types import Decision, DecisionRequest, Key, KeyStatus, OwnerType

T = TypeVar("T")

# The most questions that one call takes.
LARGEST_BATCH = 1000

_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")


class KeyFilter(TypedDict, total=False):
    """Which keys a list has. Without an owner: the actor's own, and of the platform all."""

    owner_type: OwnerType
    owner_id: str
    status: KeyStatus
    q: str
    expires_before: datetime | str
    unused_since: datetime | str
    # The length of a page: 50 unless given, at most 1,000.
    limit: int


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call. To make one that is safe twice is the same as once. A body of bytes is JSON already."""

    method: str
    path: str
    is_safe: bool
    read: Callable[[Answer], T] = field(repr=False)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> bytes | None:
        return self.body if self.body is None or isinstance(self.body, bytes) else _written(self.body)


def written(request: DecisionRequest) -> bytes:
    """A question as it is sent. It is written down when it is asked: who changes a context afterwards changes another question."""
    return _written(_question(request))


def decide(question: bytes) -> Call[Decision]:
    return Call("POST", "/v1/decisions", True, lambda answer: _answer.read(answer, "a decision", _answer.decision), question)


def decide_batch(questions: Sequence[bytes]) -> Call[list[Decision]]:
    count = len(questions)
    if not 1 <= count <= LARGEST_BATCH:
        raise SteelgateError(f"want 1 to {LARGEST_BATCH} questions")
    body = b'{"decisions": [' + b", ".join(questions) + b"]}"
    return Call("POST", "/v1/decisions/batch", True, lambda answer: _answer.read(answer, f"{count} decisions", lambda value: _answer.decisions(value, count)), body)


class KeyCalls:
    """Those on keys, of one actor: a user, or the platform where it is None."""

    __slots__ = ("_headers",)

    def __init__(self, actor: str | None) -> None:
        if actor is not None and not _is_id(actor):
            raise SteelgateError("keys_for: want a user's id; for the platform itself there is platform_keys")
        self._headers = {} if actor is None else {"X-Steelgate-Actor": actor}

    def create(self, key: Mapping[str, Any], idempotency_key: str | None) -> Call[IssuedKey]:
        return self._issue("/v1/keys", dict(key), idempotency_key)

    def rotate(self, key_id: str, overlap_seconds: int, idempotency_key: str | None) -> Call[IssuedKey]:
        return self._issue(f"/v1/keys/{_segment(key_id)}/rotate", {"overlap_seconds": overlap_seconds}, idempotency_key)

    def get(self, key_id: str) -> Call[Key]:
        return Call("GET", f"/v1/keys/{_segment(key_id)}", True, lambda answer: _answer.read(answer, "a key", _answer.key), None, self._headers)

    def page(self, filter: Mapping[str, Any], cursor: str | None) -> Call[Page]:
        named = {name: _wire(value) if isinstance(value, datetime) else value for name, value in {**filter, "cursor": cursor}.items() if value is not None}
        query = "?" + urlencode(named) if named else ""
        return Call("GET", "/v1/keys" + query, True, lambda answer: _answer.read(answer, "a page of keys", _answer.page), None, self._headers)

    def update(self, key_id: str, change: Mapping[str, Any]) -> Call[ChangedKey]:
        return Call("PATCH", f"/v1/keys/{_segment(key_id)}", False, _read_change, dict(change), self._headers)

    def revoke(self, key_id: str) -> Call[ChangedKey]:
        return Call("POST", f"/v1/keys/{_segment(key_id)}/revoke", True, _read_change, None, self._headers)

    def reaching(self, workspace_id: str) -> Call[list[ReachingKey]]:
        path = f"/v1/workspaces/{_segment(workspace_id)}/reaching-keys"
        return Call("GET", path, True, lambda answer: _answer.read(answer, "a page of keys", _answer.reaching), None, self._headers)

    def _issue(self, path: str, body: dict[str, Any], idempotency_key: str | None) -> Call[IssuedKey]:
        name = str(uuid.uuid4()) if idempotency_key is None else idempotency_key
        if re.fullmatch(r"[\x21-\x7e]{1,255}", name) is None:
            raise SteelgateError("idempotency_key: want 1 to 255 visible ASCII characters")
        read = lambda answer: _answer.read(answer, "a new key", lambda value: _answer.issued(value, answer.headers))  # noqa: E731
        return Call("POST", path, True, read, body, {**self._headers, "Idempotency-Key": name})


def _read_change(answer: Answer) -> ChangedKey:
    return _answer.read(answer, "a changed key", lambda value: _answer.changed(value, answer.headers))


def _question(request: DecisionRequest) -> dict[str, Any]:
    asked: dict[str, Any] = {"action": request.action, "resource": request.resource}
    # This is the one place where a key stands in JSON.
    if request.api_key is not None:
        asked["api_key"] = text_of(request.api_key)
    if request.context is not None:
        asked["context"] = request.context
    if request.min_revision is not None:
        asked["min_revision"] = request.min_revision
    return asked


def _written(body: Any) -> bytes:
    try:
        return json.dumps(body, default=_wire).encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise SteelgateError("the request can't be written as JSON") from None


def _wire(value: Any) -> Any:
    """JSON of what has none: our own types without what is absent, and times."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise SteelgateError("want a time with its time zone")
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {name: given for name, given in asdict(value).items() if given is not None}
    raise TypeError


def _is_id(text: Any) -> bool:
    # Dots alone would make another path of it.
    return isinstance(text, str) and _ID.fullmatch(text) is not None and text.strip(".") != ""


def _segment(text: str) -> str:
    if not _is_id(text):
        raise SteelgateError("want an id: 1 to 128 characters of A-Z a-z 0-9 _ - . : @")
    return text
