"""The client for asyncio. Its calls are carried by a few threads, for the standard library speaks HTTP in no other way."""

from __future__ import annotations

import asyncio
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AsyncIterator, Sequence, TypeVar, Unpack
from weakref import WeakKeyDictionary

from . import _calls
from ._answer import ChangedKey, IssuedKey, Page, ReachingKey
from ._batch import is_ones_fault, outcome
from ._calls import LARGEST_BATCH, Call, KeyCalls, KeyFilter
from ._http import Transport
from .client import _named
from .errors import Denied, NoAnswer, SteelgateError
from .secret import Secret
from .types import Decision, DecisionRequest, Key, KeyChange, KeyCreation

T = TypeVar("T")


class AsyncSteelgate:
    """A client of one steelgate, for asyncio.

    `timeout` are the seconds of a call with all its tries, `attempts` how often a call that is safe to repeat is tried. `batch_window` are the seconds that a
    question waits for others, to be asked in one call: with 0 those of one turn of the loop go together and none waits, and None asks each by itself.
    `threads` is how many calls are on their way at once.
    """

    def __init__(
        self,
        url: str,
        token: str | Secret,
        *,
        timeout: float = 3.0,
        attempts: int = 3,
        batch_window: float | None = 0.0,
        threads: int = 32,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._carrier = _Carrier(Transport(url, token, timeout, attempts, ssl_context), threads)
        self._window = batch_window
        self._gathered: WeakKeyDictionary[asyncio.AbstractEventLoop, list[_Waiting]] = WeakKeyDictionary()
        # A task that nobody holds may be collected before it is done.
        self._tasks: set[asyncio.Task[None]] = set()

    async def decide(self, request: DecisionRequest, *, timeout: float | None = None) -> Decision:
        """May this key do this, and who is billed?

        Answers the decision, whichever it is: look at `allow`, or use `authorize`. It is true where it is an allow. Raises Problem or NoAnswer where none could
        be made, which is never an allow.
        """
        # A question that waits for a revision would have the others wait, and fail with it.
        if self._window is None or request.min_revision is not None:
            return await self._carrier.call(_calls.decide(_calls.written(request)), timeout)
        waiting: _Waiting = (_calls.written(request), asyncio.get_running_loop().create_future())
        self._gather(waiting)
        try:
            async with asyncio.timeout(self._carrier.timeout if timeout is None else timeout):
                return await waiting[1]
        except TimeoutError:
            raise NoAnswer("timeout", "steelgate did not answer in time") from None

    async def authorize(self, request: DecisionRequest, *, timeout: float | None = None) -> Decision:
        """The same, and a deny raises Denied, with the status to answer your own client with."""
        decision = await self.decide(request, timeout=timeout)
        if decision.allow is not True:
            raise Denied(decision)
        return decision

    async def decide_batch(self, requests: Sequence[DecisionRequest], *, timeout: float | None = None) -> list[Decision]:
        """1 to 1,000 questions in one call, answered in their order, all by one data revision and one policy revision.

        Where the policy failed for one, that one is a deny of status 500 and code `policy_error`.
        """
        return await self._carrier.call(_calls.decide_batch([_calls.written(request) for request in requests]), timeout)

    def keys_for(self, user_id: str) -> AsyncKeys:
        """The keys as a user manages them. The token's scope is manage, or admin."""
        return AsyncKeys(self._carrier, KeyCalls(_named(user_id)))

    def platform_keys(self) -> AsyncKeys:
        """The keys as the platform itself manages them, which may do all. The token's scope is admin."""
        return AsyncKeys(self._carrier, KeyCalls(None))

    async def close(self) -> None:
        """End the connections that are kept, and the threads."""
        self._carrier.close()

    async def __aenter__(self) -> AsyncSteelgate:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    def _gather(self, waiting: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        gathered = self._gathered.setdefault(loop, [])
        gathered.append(waiting)
        if len(gathered) == LARGEST_BATCH:
            self._send(loop)
        elif len(gathered) == 1 and self._window:
            loop.call_later(self._window, self._send, loop)
        elif len(gathered) == 1:
            # After all that is ready in this turn.
            loop.call_soon(self._send, loop)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        if gathered := self._gathered.pop(loop, None):
            task = loop.create_task(self._settle(gathered))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _settle(self, gathered: list[_Waiting]) -> None:
        try:
            if len(gathered) == 1:
                _set(gathered[0], await self._carrier.call(_calls.decide(gathered[0][0])))
                return
            decisions = await self._carrier.call(_calls.decide_batch([question for question, _ in gathered]))
            for waiting, decision in zip(gathered, decisions, strict=True):
                _set(waiting, outcome(decision))
        except SteelgateError as failure:
            if len(gathered) > 1 and is_ones_fault(failure):
                # Whose it is shows when they are asked apart.
                half = len(gathered) // 2
                await asyncio.gather(self._settle(gathered[:half]), self._settle(gathered[half:]))
                return
            for waiting in gathered:
                _set(waiting, failure)
        except BaseException as failure:
            for waiting in gathered:
                _set(waiting, SteelgateError("the question can't be asked"))
            if not isinstance(failure, Exception):
                raise


# A question, written down, and where its answer goes.
_Waiting = tuple[bytes, "asyncio.Future[Decision]"]


def _set(waiting: _Waiting, answer: Decision | SteelgateError) -> None:
    future = waiting[1]
    if future.done():
        # Whoever asked has given up.
        return
    if isinstance(answer, Decision):
        future.set_result(answer)
    else:
        future.set_exception(answer)


class AsyncKeys:
    """Keys, as one user or the platform manages them."""

    def __init__(self, carrier: _Carrier, calls: KeyCalls) -> None:
        self._carrier, self._calls = carrier, calls

    async def create(self, *, idempotency_key: str | None = None, **key: Unpack[KeyCreation]) -> IssuedKey:
        """Make a key. Its secret is in this answer, and nowhere else, ever."""
        return await self._carrier.call(self._calls.create(key, idempotency_key))

    async def get(self, key_id: str) -> Key:
        return await self._carrier.call(self._calls.get(key_id))

    async def list(self, **filter: Unpack[KeyFilter]) -> AsyncIterator[Key]:
        """All keys that a filter lets through, newest first. Pages are fetched as they are needed."""
        cursor = None
        while True:
            page = await self.list_page(cursor, **filter)
            for key in page.data:
                yield key
            if not page.pagination.has_more or page.pagination.cursor == cursor:
                return
            cursor = page.pagination.cursor

    async def list_page(self, cursor: str | None = None, **filter: Unpack[KeyFilter]) -> Page:
        """One page. Give `pagination.cursor` back for the next."""
        return await self._carrier.call(self._calls.page(filter, cursor))

    async def update(self, key_id: str, **change: Unpack[KeyChange]) -> ChangedKey:
        """Change a key. What is absent keeps its value; None takes an expiry, an allow-list or a narrowing away. It is tried once."""
        return await self._carrier.call(self._calls.update(key_id, change))

    async def rotate(self, key_id: str, *, overlap_seconds: int = 0, idempotency_key: str | None = None) -> IssuedKey:
        """Make a successor with the same owner, scope, grants, restrictions and expiry, and a secret of its own."""
        return await self._carrier.call(self._calls.rotate(key_id, overlap_seconds, idempotency_key))

    async def revoke(self, key_id: str) -> ChangedKey:
        """End a key at once and for good. To repeat it is harmless."""
        return await self._carrier.call(self._calls.revoke(key_id))

    async def reaching(self, workspace_id: str) -> Sequence[ReachingKey]:
        """The organization keys that can reach a workspace, for its members: each with its grants there, and no other."""
        return await self._carrier.call(self._calls.reaching(workspace_id))


class _Carrier:
    """Has calls carried by threads, and waits for them no longer than their time."""

    def __init__(self, transport: Transport, threads: int) -> None:
        self._transport = transport
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="steelgate")

    @property
    def timeout(self) -> float:
        return self._transport.timeout

    async def call(self, call: Call[T], timeout: float | None = None) -> T:
        deadline = self._transport.deadline(timeout)
        loop = asyncio.get_running_loop()
        attempt = 1
        while True:
            try:
                # Where all threads are busy, the wait for one is part of the call's time.
                async with asyncio.timeout_at(loop.time() + self._left(deadline)):
                    return await loop.run_in_executor(self._threads, self._transport.once, call, deadline)
            except TimeoutError:
                raise NoAnswer("timeout", "steelgate did not answer in time") from None
            except SteelgateError as failure:
                wait = self._transport.wait_after(failure, call, attempt, deadline)
                if wait is None:
                    raise
            await asyncio.sleep(wait)
            attempt += 1

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - time.monotonic())

    def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._transport.close()
