"""Whatever this library fails with."""

from __future__ import annotations

from typing import Literal

from .types import Decision, FieldError

Reason = Literal["timeout", "unreachable", "misshapen"]


class SteelgateError(Exception):
    """The base of all. None of them is ever an allow, and none holds a secret."""


class Denied(SteelgateError):
    """A decision was made, and it is no."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.code}: {decision.message}")
        # What to answer your own client with: 401 or 403.
        self.status = decision.status
        self.code = decision.code
        self.message = decision.message
        self.decision_id = decision.decision_id
        self.decision = decision


class Problem(SteelgateError):
    """The server answered with an error, as RFC 9457 has it. No decision was made, and nothing was changed.

    With the code `no_answer` it was something before the server that answered, and whether a change was made is not known.
    """

    def __init__(self, status: int, code: str, detail: str, errors: list[FieldError] | None = None, retry_after: float | None = None) -> None:
        fields = "".join(f" {error.field}: {error.message}." for error in errors or [])
        super().__init__(f"{code}: {detail}{fields}")
        self.status = status
        self.code = code
        self.detail = detail
        # Which fields are at fault, if any are.
        self.errors = errors or []
        # After how many seconds the server may be asked again, where it said so.
        self.retry_after = retry_after


class NoAnswer(SteelgateError):
    """There is no answer to go by. Whether a change was made is not known.

    `misshapen` is that what answered is not steelgate, or speaks another version.
    """

    def __init__(self, reason: Reason, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        # The status of what was answered, where something was.
        self.status = status
