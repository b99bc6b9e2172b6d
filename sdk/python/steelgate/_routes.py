"""What a request wants to do to what: tables of routes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Mapping
from urllib.parse import unquote_to_bytes

from .errors import SteelgateError
from .types import Resource


@dataclass(frozen=True, slots=True)
class Question:
    """What a request wants to do to what."""

    action: str
    resource: Resource
    # More for the policy to read. client_ip is set beside it.
    context: Mapping[str, Any] = field(default_factory=dict)


# Patterns such as "POST /api/workflows/{workflow}/execute", and what each stands for. A resource's id may be "{workflow}".
RouteTable = Mapping[str, Question]

_PATTERN = re.compile(r"(?:([A-Z]+) +)?(/\S*)")
_WILDCARD = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
# Escapes of a control, an unreserved character, a separator, a dot or a percent sign; and what is no escape.
_MISLEADING = re.compile(r"%[01][0-9a-f]|%7f|%3[0-9]|%[46][1-9a-f]|%[57][0-9a]|%2[def5]|%5[cf]|%7e|%(?![0-9a-f]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Route:
    method: str | None
    segments: tuple[str, ...]
    question: Question

    def matches(self, method: str, segments: list[str]) -> bool:
        if self.method not in (None, method) and (self.method, method) != ("GET", "HEAD"):
            return False
        return len(self.segments) == len(segments) and all(there != "" if _is_wildcard(here) else here == there for here, there in zip(self.segments, segments))

    def rank(self, method: str) -> tuple[Any, ...]:
        """The least is the most specific: literal where others are not, from the left; then of the method itself, then of any."""
        return tuple(_is_wildcard(segment) for segment in self.segments), self.method is None, self.method != method


class Routes:
    """A table, compiled.

    As in Go's http.ServeMux, a wildcard is one whole segment, a pattern for GET stands for HEAD too, and one without a method for every method; a path is
    matched whole.
    """

    def __init__(self, table: RouteTable) -> None:
        self._routes = [_compile(pattern, question) for pattern, question in table.items()]
        shapes = {(route.method, tuple(None if _is_wildcard(segment) else segment for segment in route.segments)) for route in self._routes}
        if len(shapes) < len(self._routes):
            raise SteelgateError("two routes of the table stand for the same requests")

    def match(self, method: str, target: str) -> Question | None:
        """What a request stands for. A path that is not canonical stands for nothing: the application may read it in another way."""
        segments = canonical_segments(target)
        found = [route for route in self._routes if segments is not None and route.matches(method, segments)]
        if segments is None or not found:
            return None
        route = min(found, key=lambda route: route.rank(method))
        question = route.question
        if not _is_wildcard(question.resource.id):
            return question
        return replace(question, resource=replace(question.resource, id=segments[route.segments.index(question.resource.id)]))


def _compile(pattern: str, question: Question) -> _Route:
    parts = _PATTERN.fullmatch(pattern)
    segments = parts[2][1:].split("/") if parts else []
    wildcards = [segment for segment in segments if _is_wildcard(segment)]
    is_readable = parts is not None and len(set(wildcards)) == len(wildcards)
    for i, segment in enumerate(segments):
        is_literal = re.search(r"[{}%]", segment) is None and (segment != "" or i == len(segments) - 1)
        is_readable = is_readable and (_is_wildcard(segment) or is_literal)
    if parts is None or not is_readable:
        raise SteelgateError(f"the route {pattern!r}: want a method, or none, and a path such as /api/workflows/{{workflow}}")
    if _is_wildcard(question.resource.id) and question.resource.id not in wildcards:
        raise SteelgateError(f"the route {pattern!r}: the resource's id is {question.resource.id}, which the pattern does not have")
    return _Route(parts[1], tuple(segments), question)


def _is_wildcard(text: str) -> bool:
    return _WILDCARD.fullmatch(text) is not None


def canonical_segments(target: str) -> list[str] | None:
    """The segments of a request target's path, decoded; None where a server may read it in another way than we do."""
    if any(character <= " " or character == "\x7f" for character in target):
        return None
    path = target.split("?", 1)[0]
    if not path.startswith("/") or "//" in path or "#" in path or "\\" in path or _MISLEADING.search(path):
        return None
    try:
        segments = unquote_to_bytes(path[1:]).decode("utf-8").split("/")
    except UnicodeError:
        return None
    return None if "." in segments or ".." in segments else segments
