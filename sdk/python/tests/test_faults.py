import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import traceback
import unittest

from steelgate import AsyncSteelgate, DecisionRequest, NoAnswer, Problem, Resource, Steelgate, SteelgateError

from steelgate._http import _is_quiet

from .servers import FaultyServer, problem, shared

REQUEST = DecisionRequest("workflow.read", Resource("workflow", "wf_1"), "sk-steelengine-legacy-0123456789")
TOKEN = "sgt_of_a_test_0123"
GOOD = shared("answers.json")["good"]
MISSHAPEN = shared("answers.json")["misshapen"]


class Both:
    """A client of either kind, asked as one."""

    def __init__(self, url, is_async, **named):
        self._client = (AsyncSteelgate if is_async else Steelgate)(url, TOKEN, **named)
        self._is_async = is_async

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return (lambda *given, **named: asyncio.run(method(*given, **named))) if self._is_async else method

    def keys(self):
        keys = self._client.keys_for("user_1")
        return lambda name, /, *given, **named: asyncio.run(getattr(keys, name)(*given, **named)) if self._is_async else getattr(keys, name)(*given, **named)


class Faults(unittest.TestCase):
    is_async = False

    def client(self, faulty, **named):
        client = Both(faulty.url, self.is_async, **named)
        self.addCleanup(client.close)
        return client

    def assert_no_answer(self, reason, ask, *given, **named):
        with self.assertRaises(NoAnswer, msg=given) as raised:
            ask(*given, **named)
        self.assertEqual(raised.exception.reason, reason, given)

    def test_an_answer_of_another_shape_is_never_an_allow(self):
        body = json.dumps(GOOD)
        with FaultyServer(lambda handler, *_: handler.answer(200, body)) as faulty:
            client = self.client(faulty)
            self.assertTrue(client.authorize(REQUEST).allow)
            for bad in MISSHAPEN:
                with self.subTest(bad["what"]):
                    body = bad["body"]
                    self.assert_no_answer("misshapen", client.decide, REQUEST)
                    self.assert_no_answer("misshapen", client.authorize, REQUEST)
                    body = f'{{"decisions": [{json.dumps(GOOD)}, {bad["body"]}]}}'
                    self.assert_no_answer("misshapen", client.decide_batch, [REQUEST, REQUEST])
            for count in (0, 1, 3):
                body = json.dumps({"decisions": [GOOD] * count})
                self.assert_no_answer("misshapen", client.decide_batch, [REQUEST, REQUEST])

    def test_any_other_status_is_no_allow_whatever_the_body_says(self):
        status = 0
        with FaultyServer(lambda handler, *_: handler.answer(status, GOOD, Location="/elsewhere")) as faulty:
            client = self.client(faulty, attempts=1)
            for status in (202, 203, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503, 504):
                with self.assertRaises(SteelgateError, msg=status):
                    client.decide(REQUEST)
            self.assertEqual({request.path for request in faulty.requests}, {"/v1/decisions"})

    def test_a_server_that_does_not_answer_is_a_timeout_in_time(self):
        over = threading.Event()

        def answer(handler, count, _):
            # The second begins, and never ends; the third says a little all the time.
            if count == 2:
                handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"allow": true,')
            while count == 3 and not over.wait(0.02):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nA: b\r\n" if not hasattr(handler, "begun") else b"C: d\r\n")
                handler.begun = True
            over.wait()
            handler.drop()

        with FaultyServer(answer) as faulty:
            for _ in range(3):
                begun = time.monotonic()
                self.assert_no_answer("timeout", self.client(faulty, timeout=0.3).decide, REQUEST)
                self.assertLess(time.monotonic() - begun, 3)
            # Of those that wait together each has its own patience.
            self.assert_no_answer("timeout", self.client(faulty, timeout=30, batch_window=0.001).decide, REQUEST, timeout=0.1)
            over.set()

    def test_a_lost_connection_is_tried_again_and_is_no_allow_where_it_stays_lost(self):
        with FaultyServer(lambda handler, count, _: handler.drop() if count < 3 else handler.answer(200, GOOD)) as faulty:
            self.assertTrue(self.client(faulty).decide(REQUEST).allow)
            self.assertEqual(len(faulty.requests), 3)
        self.assert_no_answer("unreachable", self.client(faulty).decide, REQUEST)

    def test_an_answer_that_is_cut_off_is_none(self):
        def answer(handler, count, _):
            text = json.dumps(GOOD)
            handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text) + 9}\r\n\r\n{text}".encode())
            handler.drop()

        with FaultyServer(answer) as faulty:
            self.assert_no_answer("unreachable", self.client(faulty, attempts=1).decide, REQUEST)
        with FaultyServer(lambda handler, *_: (handler.wfile.write(b"not HTTP\r\n\r\n"), handler.drop())) as faulty:
            self.assert_no_answer("misshapen", self.client(faulty).decide, REQUEST)

    def test_a_connection_that_was_given_up_over_there_is_not_asked_on(self):
        def answer(handler, count, _):
            handler.answer(200, GOOD)
            handler.drop()

        with FaultyServer(answer) as faulty:
            client = self.client(faulty, attempts=2)
            for _ in range(5):
                self.assertTrue(client.decide(REQUEST).allow)

    def test_after_an_answer_that_is_none_yet_nothing_is_asked_on_the_connection(self):
        # An early hint, and then the answer: to whom the next question belongs it is an allow of another's.
        text = json.dumps(GOOD)
        late = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
        denied = json.dumps({**{name: value for name, value in GOOD.items() if name != "billed_to"}, "allow": False, "status": 403, "code": "outside_scope"})
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def read(connection):
            asked = b""
            while b"wf_1" not in asked and (part := connection.recv(65536)):
                asked += part
            return asked

        def serve():
            first, _ = listener.accept()
            with first:
                read(first)
                first.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                if read(first):
                    first.sendall(late)
                    return
            second, _ = listener.accept()
            with second:
                read(second)
                second.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(denied)}\r\n\r\n{denied}".encode())

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        client = Both(f"http://127.0.0.1:{listener.getsockname()[1]}", self.is_async, timeout=10)
        self.addCleanup(client.close)
        self.assert_no_answer("misshapen", client.decide, REQUEST)
        self.assertEqual(client.decide(REQUEST).code, "outside_scope")
        server.join(10)

    def test_a_server_that_says_when_to_come_again_is_asked_then_and_not_where_that_is_too_late(self):
        with FaultyServer(lambda handler, count, _: handler.answer(503, problem(503, "stale"), Retry_After=1) if count == 1 else handler.answer(200, GOOD)) as faulty:
            begun = time.monotonic()
            self.assertTrue(self.client(faulty).decide(REQUEST).allow)
            self.assertGreaterEqual(time.monotonic() - begun, 1)
        with FaultyServer(lambda handler, *_: handler.answer(429, problem(429, "too_many_requests"), Retry_After=30)) as faulty:
            with self.assertRaises(Problem) as raised:
                self.client(faulty).decide(REQUEST)
            self.assertEqual((raised.exception.status, raised.exception.retry_after, len(faulty.requests)), (429, 30, 1))

    def test_what_failed_inside_is_not_asked_again(self):
        with FaultyServer(lambda handler, *_: handler.answer(500, problem(500, "policy_error"))) as faulty:
            with self.assertRaises(Problem) as raised:
                self.client(faulty).decide(REQUEST)
            self.assertEqual((raised.exception.code, len(faulty.requests)), ("policy_error", 1))

    def test_a_change_is_tried_once_and_a_creation_again_under_the_same_name(self):
        record = dict(id="key_1", type="personal", name="x", workflow_ids=None, grants=None, hint="", created_by="u", created_at="2026-11-25T16:36:18.368438Z", expires_at=None, disabled=False)
        record |= dict(allowed_cidrs=None, last_used_at=None, revoked_at=None, revoked_by=None, replaced_by=None, secret=None, replayed=True)

        def answer(handler, count, _):
            if count % 2 == 1:
                handler.drop()
            else:
                handler.answer(200, record, Idempotency_Replayed="true", Steelgate_Revision=7)

        with FaultyServer(answer) as faulty:
            keys = self.client(faulty).keys()
            issued = keys("create", type="personal", name="x")
            self.assertEqual((issued.secret, issued.replayed, issued.revision), (None, True, 7))
            first, second = (request.headers["Idempotency-Key"] for request in faulty.requests)
            self.assertTrue(first and first == second)
            self.assertEqual(faulty.requests[1].headers["X-Steelgate-Actor"], "user_1")
            with self.assertRaises(NoAnswer):
                keys("update", "key_1", disabled=True)
            self.assertEqual(len(faulty.requests), 3)

    def test_no_error_holds_a_secret_not_even_one_that_was_sent_back(self):
        leak = "sk-steelengine-legacy-0123456789 by " + TOKEN
        leaky = problem(422, "invalid_field") | {"detail": leak, "errors": [{"field": "x", "message": leak}]}
        with FaultyServer(lambda handler, count, _: handler.answer(422, leaky) if count == 1 else handler.answer(200, leak)) as faulty:
            for i in range(3):
                if i == 2:
                    faulty.stop()
                with self.assertRaises(SteelgateError) as raised:
                    self.client(faulty).decide(REQUEST)
                printed = "".join(traceback.format_exception(raised.exception)) + repr(raised.exception)
                self.assertNotRegex(printed, "legacy|of_a_test")
            faulty.stop = lambda: None


@unittest.skipUnless(shutil.which("openssl"), "openssl, which makes certificates, is not there")
class Encrypted(unittest.TestCase):
    @staticmethod
    def contexts():
        """A server's own context, and one that trusts it."""
        with tempfile.TemporaryDirectory() as folder:
            made = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *made], check=True, capture_output=True)
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
            return tls, ssl.create_default_context(cafile=f"{folder}/cert.pem")

    def test_a_connection_that_has_said_something_is_not_quiet_though_it_is_off_the_wire(self):
        tls, trusted = self.contexts()
        ours, theirs = socket.socketpair()
        over = threading.Event()

        def serve():
            with tls.wrap_socket(theirs, server_side=True) as server:
                server.sendall(b"0123456789")
                over.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        with trusted.wrap_socket(ours, server_hostname="127.0.0.1") as client:
            self.assertEqual(client.recv(4), b"0123")
            self.assertFalse(_is_quiet(client))
            self.assertEqual(client.recv(6), b"456789")
            self.assertTrue(_is_quiet(client))
            over.set()
            thread.join()

    def test_a_server_is_known_by_its_certificate_and_its_time_is_bounded_too(self):
        tls, trusted = self.contexts()
        over = threading.Event()
        with FaultyServer(lambda handler, count, _: handler.answer(200, GOOD) if count < 3 else over.wait(), tls) as faulty:
            with Steelgate(faulty.url, TOKEN, timeout=1, ssl_context=trusted) as client:
                for _ in range(2):
                    self.assertTrue(client.decide(REQUEST).allow)
                with self.assertRaises(NoAnswer) as raised:
                    client.decide(REQUEST)
                self.assertEqual(raised.exception.reason, "timeout")
                over.set()
            with Steelgate(faulty.url, TOKEN) as stranger, self.assertRaises(NoAnswer) as raised:
                stranger.decide(REQUEST)
            self.assertEqual((raised.exception.reason, len(faulty.requests)), ("unreachable", 3))


class AsyncFaults(Faults):
    is_async = True


class Together(unittest.TestCase):
    def answer(self, handler, _, body):
        failed = {**GOOD, "allow": False, "status": 500, "code": "policy_error"}
        failed.pop("billed_to")
        handler.answer(200, {"decisions": [failed if one["action"] == "bad" else GOOD for one in body["decisions"]]})

    def test_questions_of_several_threads_go_together_and_fail_alone(self):
        with FaultyServer(self.answer) as faulty, Steelgate(faulty.url, TOKEN, batch_window=0.2) as client:
            outcomes = [None] * 20

            def ask(i):
                try:
                    outcomes[i] = client.decide(DecisionRequest("bad" if i == 7 else "good", REQUEST.resource, REQUEST.api_key)).allow
                except Problem as failure:
                    outcomes[i] = failure.code

            threads = [threading.Thread(target=ask, args=(i,)) for i in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(outcomes, ["policy_error" if i == 7 else True for i in range(20)])
            self.assertEqual([request.path for request in faulty.requests], ["/v1/decisions/batch"])

    def test_questions_of_one_turn_go_together_and_fail_alone(self):
        async def run():
            async with AsyncSteelgate(faulty.url, TOKEN) as client:
                asked = [client.decide(DecisionRequest("bad" if i == 7 else "good", REQUEST.resource, REQUEST.api_key)) for i in range(20)]
                return await asyncio.gather(*asked, return_exceptions=True)

        with FaultyServer(self.answer) as faulty:
            outcomes = asyncio.run(run())
            for i, outcome in enumerate(outcomes):
                self.assertTrue(isinstance(outcome, Problem) if i == 7 else outcome.allow, i)
            self.assertEqual([request.path for request in faulty.requests], ["/v1/decisions/batch"])

    def test_a_question_is_what_it_was_when_it_was_asked(self):
        bodies = []

        def answer(handler, count, body):
            bodies.append(body)
            handler.answer(200, {"decisions": [GOOD] * len(body["decisions"])} if "decisions" in body else GOOD)

        async def run(window):
            async with AsyncSteelgate(faulty.url, TOKEN, batch_window=window) as client:
                context, asked = {}, []
                for address in ("203.0.113.1", "203.0.113.2"):
                    context["client_ip"] = address
                    asked.append(asyncio.ensure_future(client.decide(DecisionRequest("a", REQUEST.resource, REQUEST.api_key, context))))
                    await asyncio.sleep(0)
                context["client_ip"] = "198.51.100.1"
                await asyncio.gather(*asked)

        with FaultyServer(answer) as faulty:
            asyncio.run(run(0.05))
            self.assertEqual([one["context"]["client_ip"] for one in bodies[0]["decisions"]], ["203.0.113.1", "203.0.113.2"])
            bodies.clear()
            asyncio.run(run(None))
            self.assertEqual({one["context"]["client_ip"] for one in bodies}, {"203.0.113.1", "203.0.113.2"})

    def test_a_task_that_is_cancelled_ends_none_of_the_others(self):
        async def run():
            async with AsyncSteelgate(faulty.url, TOKEN) as client:
                tasks = [asyncio.create_task(client.decide(REQUEST)) for _ in range(3)]
                await asyncio.sleep(0)
                tasks[1].cancel()
                return await asyncio.gather(*tasks, return_exceptions=True)

        with FaultyServer(self.answer) as faulty:
            first, second, third = asyncio.run(run())
            self.assertTrue(first.allow and third.allow and isinstance(second, asyncio.CancelledError))
