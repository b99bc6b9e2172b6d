"""What the tests speak to: a real steelgate, and a server that fails as it is told."""

import json
import os
import re
import secrets
import subprocess
import tempfile
import threading
import unittest
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "bin" / "steelgate"


def shared(name):
    """Test data that all SDKs share."""
    return json.loads((ROOT / "sdk" / "testdata" / name).read_text(encoding="utf-8"))


class DemoServer:
    """A real steelgate with the demo world, on a free port, with a folder of its own. Whoever starts one stops it."""

    def __init__(self):
        if not PROGRAM.exists():
            raise unittest.SkipTest("bin/steelgate is not there: make build, or make test")
        self.token = "sdk-" + secrets.token_urlsafe(48)
        self._folder = tempfile.TemporaryDirectory(prefix="steelgate-sdk-")
        arguments = [PROGRAM, "serve", "--dev", "--data-dir", self._folder.name, "--listen", "127.0.0.1:0"]
        self._process = subprocess.Popen(arguments, env={"STEELGATE_ADMIN_TOKEN": self.token}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.url, self.keys, said = None, {}, ""
        for line in self._process.stdout:
            said += line
            if found := re.search(r'"msg":"listening","address":"([^"]+)"', line):
                self.url = "http://" + found[1]
            if found := re.match(r" +(key_demo_\w+) +(sk-steelengine-\w+)", line):
                self.keys[found[1]] = found[2]
            if self.url and "Stop with Ctrl-C" in said:
                break
        else:
            raise AssertionError("the server ended: " + said)
        # What it says from now on is thrown away.
        self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
        self._reader.start()

    def stop(self):
        self._process.terminate()
        self._process.wait(30)
        self._reader.join()
        self._process.stdout.close()
        self._folder.cleanup()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Whoever asked has given up, which is what is tested."""


class FaultyServer:
    """Answers each request, counted from 1, as a function does that gets the handler, the count and the JSON."""

    def __init__(self, answer, tls=None):
        self.requests = []
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                faulty.requests.append(self)
                answer(self, len(faulty.requests), json.loads(body) if body else None)

            do_GET = do_POST = do_PATCH = handle_any

            def log_message(self, *_):
                pass

            def answer(self, status, body, **headers):
                text = (body if isinstance(body, str) else json.dumps(body)).encode("utf-8")
                self.send_response(status)
                for name, value in {"Content_Length": len(text), **headers}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()
                self.wfile.write(text)

            def drop(self):
                self.close_connection = True

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def problem(status, code):
    return {"type": "urn:steelgate:problem:" + code, "title": code, "status": status, "detail": "A sentence.", "code": code}


class Got:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def send(url, method, target, headers):
    """Send headers as they stand, doubled ones too."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.putrequest(method, target)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


def forward_auth_cases(server):
    """Requests, and what forward-auth answers to each: method, target, headers, answer."""
    personal = server.keys["key_demo_personal"]
    cases = [("POST", "/api/workflows/wf_invoice/execute", [(name, value.replace("KEY", personal)) for name, value in vector["headers"]]) for vector in shared("credentials.json")]
    for method, target in [
        ("GET", "/api/workflows/wf_invoice"),
        ("HEAD", "/api/workflows/wf_invoice"),
        ("POST", "/api/workflows/wf_invoice/execute?dry=1"),
        ("POST", "/api/workflows/wf_invoice/deploy"),
        ("POST", "/api/workflows/wf_etl/execute"),
        ("POST", "/api/workflows/wf_assay/execute"),
        ("POST", "/api/workflows/wf_draft/execute"),
        ("POST", "/api/workflows/none/execute"),
        ("POST", "/api/workflows/a%2fb/execute"),
        ("POST", "/api/workflows/%2e%2e/execute"),
        ("POST", "/api//workflows/wf_invoice/execute"),
        ("PURGE", "/api/workflows/wf_invoice"),
        ("GET", "/else"),
    ]:
        for key in (personal, server.keys["key_demo_organization"], "sk-steelengine-0000000000000000", ""):
            cases.append((method, target, [("X-API-Key", key)]))
    for method, target, headers in cases:
        yield method, target, headers, send(server.url, method, "/v1/forward-auth", [*headers, ("X-Forwarded-Method", method), ("X-Forwarded-Uri", target)])


def compare(test, what, method, want, got):
    """Hold an application that answers whom it would bill to what forward-auth answers."""
    test.assertEqual(got.status, want.status, what)
    test.assertEqual(got.headers.get("WWW-Authenticate"), want.headers.get("WWW-Authenticate"), what)
    if method == "HEAD":
        return
    if want.status == 200:
        test.assertEqual(got.json(), {"billed": want.headers["X-Steelgate-Billed-To"]}, what)
        return
    mine, theirs = got.json()["error"], want.json()["error"]
    test.assertRegex(mine.pop("decision_id"), "^dec_[0-9a-f]{32}$", what)
    theirs.pop("decision_id")
    test.assertEqual(mine, theirs, what)
    test.assertEqual(got.headers["Content-Type"], want.headers["Content-Type"], what)
