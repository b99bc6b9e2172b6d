"""The client for threads."""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any, Iterator, Sequence, Unpack

from . import _calls
from ._answer import ChangedKey, IssuedKey, Page, ReachingKey
from ._batch import is_ones_fault, outcome
from ._calls import LARGEST_BATCH, KeyCalls, KeyFilter
from ._http import Transport
from .errors import Denied, NoAnswer, SteelgateError
from .secret import Secret
from .types import Decision, DecisionRequest, Key, KeyChange, KeyCreation


class Steelgate:
    """A client of one steelgate. It is safe to share among threads.

    `timeout` are the seconds of a call with all its tries, `attempts` how often a call that is safe to repeat is tried. `batch_window` are the seconds that a
    question waits for those of other threads, to be asked in one call; without it each is asked by itself.
    """

    def __init__(
        self,
        url: str,
        token: str | Secret,
        *,
        timeout: float = 3.0,
        attempts: int = 3,
        batch_window: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._transport = Transport(url, token, timeout, attempts, ssl_context)
        self._gatherer = None if batch_window is None else _Gatherer(self._transport, batch_window)

    def decide(self, request: DecisionRequest, *, timeout: float | None = None) -> Decision:
        """May this key do this, and who is billed?

        Answers the decision, whichever it is: look at `allow`, or use `authorize`. It is true where it is an allow. Raises Problem or NoAnswer where none could
        be made, which is never an allow.
        """
        # A question that waits for a revision would have the others wait, and fail with it.
        if self._gatherer is None or request.min_revision is not None:
            return self._transport.call(_calls.decide(_calls.written(request)), timeout)
        return self._gatherer.ask(_calls.written(request), self._transport.timeout if timeout is None else timeout)

    def authorize(self, request: DecisionRequest, *, timeout: float | None = None) -> Decision:
        """The same, and a deny raises Denied, with the status to answer your own client with."""
        decision = self.decide(request, timeout=timeout)
        if decision.allow is not True:
            raise Denied(decision)
        return decision

    def decide_batch(self, requests: Sequence[DecisionRequest], *, timeout: float | None = None) -> list[Decision]:
        """1 to 1,000 questions in one call, answered in their order, all by one data revision and one policy revision.

        Where the policy failed for one, that one is a deny of status 500 and code `policy_error`.
        """
        return self._transport.call(_calls.decide_batch([_calls.written(request) for request in requests]), timeout)

    def keys_for(self, user_id: str) -> Keys:
        """The keys as a user manages them. The token's scope is manage, or admin."""
        return Keys(self._transport, KeyCalls(_named(user_id)))

    def platform_keys(self) -> Keys:
        """The keys as the platform itself manages them, which may do all. The token's scope is admin."""
        return Keys(self._transport, KeyCalls(None))

    def close(self) -> None:
        """End the connections that are kept."""
        self._transport.close()

    def __enter__(self) -> Steelgate:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _named(user_id: str) -> str:
    # None is the platform, which is asked for by another name.
    return user_id if isinstance(user_id, str) else ""


class Keys:
    """Keys, as one user or the platform manages them."""

    def __init__(self, transport: Transport, calls: KeyCalls) -> None:
        self._transport, self._calls = transport, calls

    def create(self, *, idempotency_key: str | None = None, **key: Unpack[KeyCreation]) -> IssuedKey:
        """Make a key. Its secret is in this answer, and nowhere else, ever."""
        return self._transport.call(self._calls.create(key, idempotency_key))

    def get(self, key_id: str) -> Key:
        return self._transport.call(self._calls.get(key_id))

    def list(self, **filter: Unpack[KeyFilter]) -> Iterator[Key]:
        """All keys that a filter lets through, newest first. Pages are fetched as they are needed."""
        cursor = None
        while True:
            page = self.list_page(cursor, **filter)
            yield from page.data
            if not page.pagination.has_more or page.pagination.cursor == cursor:
                return
            cursor = page.pagination.cursor

    def list_page(self, cursor: str | None = None, **filter: Unpack[KeyFilter]) -> Page:
        """One page. Give `pagination.cursor` back for the next."""
        return self._transport.call(self._calls.page(filter, cursor))

    def update(self, key_id: str, **change: Unpack[KeyChange]) -> ChangedKey:
        """Change a key. What is absent keeps its value; None takes an expiry, an allow-list or a narrowing away. It is tried once."""
        return self._transport.call(self._calls.update(key_id, change))

    def rotate(self, key_id: str, *, overlap_seconds: int = 0, idempotency_key: str | None = None) -> IssuedKey:
        """Make a successor with the same owner, scope, grants, restrictions and expiry, and a secret of its own.

        The old key works on for the overlap, at most 604,800 seconds; without one it ends at once.
        """
        return self._transport.call(self._calls.rotate(key_id, overlap_seconds, idempotency_key))

    def revoke(self, key_id: str) -> ChangedKey:
        """End a key at once and for good. To repeat it is harmless."""
        return self._transport.call(self._calls.revoke(key_id))

    def reaching(self, workspace_id: str) -> Sequence[ReachingKey]:
        """The organization keys that can reach a workspace, for its members: each with its grants there, and no other."""
        return self._transport.call(self._calls.reaching(workspace_id))


class _Waiting:
    """A question of one thread, and its answer once it is there."""

    def __init__(self, question: bytes) -> None:
        self.question = question
        self.answer: Decision | SteelgateError | None = None
        self.is_answered = threading.Event()

    def settle(self, answer: Decision | SteelgateError) -> None:
        self.answer = answer
        self.is_answered.set()


class _Gatherer:
    """Gathers the questions of several threads. A thread of its own asks them: one that gives up ends none of the others."""

    def __init__(self, transport: Transport, window: float) -> None:
        self._transport, self._window = transport, window
        self._lock, self._gathered = threading.Lock(), []

    def ask(self, question: bytes, timeout: float) -> Decision:
        waiting = _Waiting(question)
        with self._lock:
            self._gathered.append(waiting)
            if len(self._gathered) == 1:
                threading.Thread(target=self._send_later, daemon=True).start()
            full = self._take() if len(self._gathered) == LARGEST_BATCH else []
        if full:
            threading.Thread(target=self._settle, args=(full,), daemon=True).start()
        if not waiting.is_answered.wait(timeout):
            raise NoAnswer("timeout", "steelgate did not answer in time")
        if isinstance(waiting.answer, Decision):
            return waiting.answer
        raise waiting.answer or SteelgateError("no decision")

    def _take(self) -> list[_Waiting]:
        gathered, self._gathered = self._gathered, []
        return gathered

    def _send_later(self) -> None:
        time.sleep(self._window)
        with self._lock:
            gathered = self._take()
        if gathered:
            self._settle(gathered)

    def _settle(self, gathered: list[_Waiting]) -> None:
        try:
            if len(gathered) == 1:
                gathered[0].settle(self._transport.call(_calls.decide(gathered[0].question)))
                return
            decisions = self._transport.call(_calls.decide_batch([waiting.question for waiting in gathered]))
            for waiting, decision in zip(gathered, decisions, strict=True):
                waiting.settle(outcome(decision))
        except SteelgateError as failure:
            if len(gathered) > 1 and is_ones_fault(failure):
                # Whose it is shows when they are asked apart.
                half = len(gathered) // 2
                self._settle(gathered[:half])
                self._settle(gathered[half:])
                return
            for waiting in gathered:
                waiting.settle(failure)
        except Exception:
            for waiting in gathered:
                waiting.settle(SteelgateError("the question can't be asked"))
