"""What is answered is believed where it has the shape that was promised, and only there.

A proxy's page, a body that was cut off or another service on the address must never read as an allow.
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Mapping, TypeVar

from .errors import NoAnswer, Problem, SteelgateError
from .secret import Secret, looks_like_key, without_secrets
from .types import Decision, FieldError, Key, Pagination, Permission, ProblemDocument

T = TypeVar("T")

PASSING = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, whatever it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class ChangedKey:
    """What came of a change."""

    key: Key
    # The data revision that has the change: as the next decision's min_revision, that one sees it.
    revision: int


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key that was made."""

    key: Key
    revision: int
    # Shown once. It is None where replayed is true.
    secret: Secret | None
    # The answer to the first try was lost, and its secret with it. The key stands: rotate it for a new secret, or revoke it.
    replayed: bool


@dataclass(frozen=True, slots=True)
class ReachingKey:
    """An organization key that reaches a workspace, with its grants there alone."""

    key: Key
    # The highest that these grants give.
    permission: Permission


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    data: list[Key]
    pagination: Pagination


class _Misshapen(Exception):
    """Says where a value is not what it should be; it is not shown, for the value may be anything."""


def read(answer: Answer, what: str, make: typing.Callable[[Any], T]) -> T:
    """Make something of an answer, or fail: with what the server says, or because it is not steelgate's."""
    if answer.status not in (200, 201):
        raise problem_of(answer)
    try:
        return make(_parse(answer))
    except _Misshapen:
        raise misshapen(what, answer.status) from None


def misshapen(what: str, status: int) -> NoAnswer:
    return NoAnswer("misshapen", f"the answer is not {what}: is this steelgate's address?", status)


def problem_of(answer: Answer) -> SteelgateError:
    retry_after = _retry_after(answer.headers.get("Retry-After"))
    try:
        problem = shape(ProblemDocument, _parse(answer))
    except _Misshapen:
        if answer.status in PASSING:
            # What is in the way may say that it is busy by the status alone.
            return Problem(answer.status, "no_answer", "What answered is not steelgate.", None, retry_after)
        return misshapen("a problem that steelgate tells of", answer.status)
    errors = [FieldError(error.field, without_secrets(error.message), error.line) for error in problem.errors or []]
    return Problem(answer.status, problem.code, without_secrets(problem.detail), errors, retry_after)


def decision(value: Any) -> Decision:
    made = shape(Decision, value)
    is_known = made.key is not None and made.key.id != ""
    is_billed = made.billed_to is not None
    _require(made.decision_id != "" and made.code != "" and made.policy_revision >= 0 and made.data_revision >= 0)
    _require((made.key is None or is_known) and (not is_billed or bool(made.billed_to.id and made.billed_to.type)))
    if made.allow:
        # The three say the same thrice, and a known key is needed for an allow.
        _require(made.status == 200 and made.code == "allowed" and is_known)
    else:
        _require(made.status in (401, 403, 500) and made.code != "allowed" and not is_billed)
    return made


def decisions(value: Any, count: int) -> list[Decision]:
    items = _member(value, "decisions", list)
    _require(len(items) == count)
    return [decision(item) for item in items]


def key(value: Any) -> Key:
    made = shape(Key, value)
    _require(made.id != "")
    return made


def changed(value: Any, headers: Mapping[str, str]) -> ChangedKey:
    return ChangedKey(key(value), _revision(headers))


def issued(value: Any, headers: Mapping[str, str]) -> IssuedKey:
    secret, replayed = value.get("secret") if isinstance(value, dict) else None, headers.get("Idempotency-Replayed") == "true"
    _require(secret is None if replayed else isinstance(secret, str) and looks_like_key(secret))
    return IssuedKey(key(value), _revision(headers), None if secret is None else Secret(secret), replayed)


def page(value: Any) -> Page:
    pagination = shape(Pagination, _member(value, "pagination", dict))
    _require(not pagination.has_more or bool(pagination.cursor))
    return Page([key(item) for item in _member(value, "data", list)], pagination)


def reaching(value: Any) -> list[ReachingKey]:
    return [ReachingKey(key(item), _member(item, "permission", str)) for item in _member(value, "data", list)]


def shape(cls: type[T], value: Any) -> T:
    """Make a dataclass of JSON. Names that it does not have are passed over: a newer server may say more."""
    if not isinstance(value, dict):
        raise _Misshapen
    given = {}
    for name, (kind, is_required) in _fields(cls).items():
        if name in value:
            given[name] = _value(kind, value[name])
        elif is_required:
            raise _Misshapen
    return cls(**given)


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    kinds = typing.get_type_hints(cls)
    return {field.name: (kinds[field.name], field.default is MISSING and field.default_factory is MISSING) for field in fields(cls)}


def _value(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        (kind,) = (argument for argument in arguments if argument is not type(None))
        return _value(kind, value)
    if origin is list:
        _require(isinstance(value, list))
        return [_value(arguments[0], item) for item in value]
    if origin is dict:
        _require(isinstance(value, dict))
        return value
    if kind is datetime:
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise _Misshapen from None
    if kind in (str, int, bool) or origin is typing.Literal:
        # A word that is new is a word; true is no number.
        _require(type(value) is (kind if kind in (str, int, bool) else str))
        return value
    return shape(kind, value)


def _member(value: Any, name: str, kind: type[T]) -> T:
    member = value.get(name) if isinstance(value, dict) else None
    if not isinstance(member, kind):
        raise _Misshapen
    return member


def _parse(answer: Answer) -> Any:
    try:
        return json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _Misshapen from None


def _revision(headers: Mapping[str, str]) -> int:
    text = headers.get("Steelgate-Revision", "")
    _require(text.isascii() and text.isdigit() and len(text) < 19)
    return int(text)


def _retry_after(value: str | None) -> float | None:
    """Seconds, of seconds or of a date."""
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        return max(0.0, (date - datetime.now(date.tzinfo)).total_seconds())
    except (TypeError, ValueError):
        return None


def _require(holds: bool) -> None:
    if not holds:
        raise _Misshapen
