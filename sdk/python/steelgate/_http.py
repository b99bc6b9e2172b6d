"""Calls carried over HTTP by the standard library, in bounded time."""

from __future__ import annotations

import http.client
import io
import os
import random
import select
import socket
import ssl
import threading
import time
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ._answer import PASSING, Answer, misshapen
from ._calls import Call
from .errors import NoAnswer, Problem, SteelgateError
from .secret import Secret, text_of

T = TypeVar("T")

# No answer is longer: a batch of a thousand decisions has half a megabyte.
LONGEST_ANSWER = 16 << 20


class Transport:
    """One steelgate's address, the token, and connections that are kept. It is safe to share among threads."""

    def __init__(self, url: str, token: str | Secret, timeout: float, attempts: int, ssl_context: ssl.SSLContext | None) -> None:
        try:
            parts = urlsplit(url)
            # The port is never left to http.client: it would look for one in the last group of an IPv6 address.
            self._host, self._port = parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80)
        except ValueError:
            raise SteelgateError("url: it can't be read") from None
        if parts.scheme not in ("http", "https") or not self._host or parts.username is not None or parts.query or parts.fragment:
            raise SteelgateError("url: want http:// or https://, a host and perhaps a path, and nothing else")
        text = text_of(token)
        # Else http.client would say so, and repeat the token.
        if not text or not text.isascii() or any(character <= " " or character == "\x7f" for character in text):
            raise SteelgateError("token: want a service token: visible ASCII, without spaces")
        if timeout <= 0 or attempts < 1:
            raise SteelgateError("timeout and attempts: want numbers above zero")
        self._prefix = parts.path.rstrip("/")
        self._token = Secret(text)
        self._ssl = (ssl_context or ssl.create_default_context()) if parts.scheme == "https" else None
        self.timeout, self._attempts = timeout, attempts
        self._idle: list[http.client.HTTPConnection] = []
        self._lock, self._process = threading.Lock(), os.getpid()

    def call(self, call: Call[T], timeout: float | None = None) -> T:
        """Make a call, again where that is safe and may help, until its time is over."""
        deadline = self.deadline(timeout)
        attempt = 1
        while True:
            try:
                return self.once(call, deadline)
            except SteelgateError as failure:
                wait = self.wait_after(failure, call, attempt, deadline)
                if wait is None:
                    raise
            time.sleep(wait)
            attempt += 1

    def deadline(self, timeout: float | None) -> float:
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    def wait_after(self, failure: SteelgateError, call: Call[Any], attempt: int, deadline: float) -> float | None:
        """How many seconds to wait before a call is made again; None where it is not."""
        if isinstance(failure, Problem):
            passes, asked = failure.status in PASSING, failure.retry_after or 0.0
        else:
            passes, asked = isinstance(failure, NoAnswer) and failure.reason == "unreachable", 0.0
        if not passes or not call.is_safe or attempt >= self._attempts:
            return None
        # Full jitter: callers that failed together do not come again together.
        wait = max(asked, random.uniform(0, min(1.0, 0.05 * 2**attempt)))
        return wait if time.monotonic() + wait < deadline else None

    def once(self, call: Call[T], deadline: float) -> T:
        """Make a call one time."""
        return call.read(self._exchange(call, deadline))

    def close(self) -> None:
        """End the connections that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _exchange(self, call: Call[Any], deadline: float) -> Answer:
        body = call.text()
        connection = self._connection(call, deadline)
        try:
            if connection.sock is not None:
                connection.sock.settimeout(_left(deadline))
            connection.request(call.method, self._prefix + call.path, body, self._headers(call))
            connection.deadline = deadline
            response = connection.getresponse()
            text = response.read(LONGEST_ANSWER + 1)
            if len(text) > LONGEST_ANSWER:
                raise misshapen("as short as steelgate's are", response.status)
            if response.length:
                raise http.client.IncompleteRead(b"")
            # After 1xx the answer is still to come, and would be taken for that to the next question.
            keeps = not response.will_close and response.isclosed() and response.status >= 200
            answer = Answer(response.status, response.headers, text)
        except TimeoutError:
            connection.close()
            raise NoAnswer("timeout", "steelgate did not answer in time") from None
        except (OSError, http.client.HTTPException) as cause:
            connection.close()
            if time.monotonic() >= deadline:
                raise NoAnswer("timeout", "steelgate did not answer in time") from None
            if isinstance(cause, http.client.HTTPException) and not isinstance(cause, (http.client.RemoteDisconnected, http.client.IncompleteRead)):
                # The message may repeat what came.
                raise misshapen("HTTP", 0) from None
            raise NoAnswer("unreachable", "steelgate can't be reached, or the connection was lost") from cause
        except BaseException:
            connection.close()
            raise
        if keeps:
            with self._lock:
                self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _headers(self, call: Call[Any]) -> dict[str, str]:
        headers = {**call.headers, "Authorization": "Bearer " + self._token.reveal(), "Accept": "application/json, application/problem+json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def _connection(self, call: Call[Any], deadline: float) -> _Connection:
        with self._lock:
            if self._process != os.getpid():
                # Those are the parent's.
                self._idle, self._process = [], os.getpid()
            # One that was kept may have been given up over there: what is not safe twice goes over a new one.
            while call.is_safe and self._idle:
                connection = self._idle.pop()
                if _is_quiet(connection.sock):
                    return connection
                connection.close()
        if self._ssl is not None:
            fresh: _Connection = _SecureConnection(self._host, self._port, timeout=_left(deadline), context=self._ssl)
        else:
            fresh = _Connection(self._host, self._port, timeout=_left(deadline))
        fresh.deadline = deadline
        return fresh


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NoAnswer("timeout", "steelgate did not answer in time")
    return left


def _is_quiet(sock: socket.socket | None) -> bool:
    """Tell whether a connection that nothing was asked on says nothing: its end, at that."""
    if sock is None:
        return False
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return False  # said already, and read off the wire
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)


class _Reader(io.RawIOBase):
    """Reads a socket until a deadline: a timeout of the socket's own begins anew with each byte."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


class _Readable:
    """What HTTPResponse needs of a socket."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._deadline))


class _Connection(http.client.HTTPConnection):
    deadline = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._create_connection = self._reach

    def _reach(self, address: tuple[str, int], *_: Any) -> socket.socket:
        """A connection to one of a host's addresses: the library's own would take the time anew for each."""
        failure: OSError | None = None
        for family, kind, protocol, _, where in socket.getaddrinfo(*address, 0, socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_left(self.deadline))
                sock.connect(where)
                return sock
            except OSError as cause:
                failure = cause
                sock.close()
            except BaseException:
                sock.close()
                raise
        raise failure or OSError("the host has no address")

    def response_class(self, sock: socket.socket, *arguments: Any, **named: Any) -> http.client.HTTPResponse:  # type: ignore[override]
        return http.client.HTTPResponse(_Readable(sock, self.deadline), *arguments, **named)  # type: ignore[arg-type]


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    pass
