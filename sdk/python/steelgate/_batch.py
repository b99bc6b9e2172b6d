"""Questions that are asked at the same time go in one call. What is wrong with one is that one's alone."""

from __future__ import annotations

from .errors import NoAnswer, Problem, SteelgateError
from .types import Decision


def is_ones_fault(failure: SteelgateError) -> bool:
    """Tell a failure that one of many questions may have brought about: the server refused to read them, or they can't be written."""
    if isinstance(failure, Problem):
        return failure.status in (400, 413, 422)
    return not isinstance(failure, NoAnswer)


def outcome(decision: Decision) -> Decision | SteelgateError:
    """A decision of a batch, as it would be alone: there the policy's failure is the call's."""
    return Problem(500, decision.code, decision.message) if decision.status == 500 else decision
