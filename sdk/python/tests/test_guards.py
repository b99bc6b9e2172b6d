import asyncio
import os
import re
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from steelgate import AsyncSteelgate, Resource, Steelgate
from steelgate._routes import Question

from .servers import DemoServer, FaultyServer, Got, compare, forward_auth_cases, send

try:
    import fastapi
    import flask
    import httpx
    import starlette.applications
    import werkzeug.serving
except ImportError as missing:
    raise unittest.SkipTest(f"{missing.name} is not there: on Debian python3-flask, python3-fastapi and python3-httpx") from None

from fastapi import Depends, Request
from steelgate import asgi, wsgi
from steelgate import fastapi as fastapi_guard
from steelgate import flask as flask_guard

ROUTES = {
    "GET /api/workflows/{workflow}": Question("workflow.read", Resource("workflow", "{workflow}")),
    "POST /api/workflows/{workflow}/execute": Question("workflow.execute", Resource("workflow", "{workflow}")),
    "POST /api/workflows/{workflow}/deploy": Question("workflow.deploy", Resource("workflow", "{workflow}")),
}


def setUpModule():
    global server
    server = DemoServer()
    unittest.addModuleCleanup(server.stop)


class Served:
    """A WSGI application on a free port."""

    def __init__(self, app):
        self._server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Quiet(werkzeug.serving.WSGIRequestHandler):
    def log(self, *_):
        pass


def flask_app():
    app = flask.Flask("test")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PURGE"])
    @app.route("/<path:path>", methods=["GET", "POST", "PURGE"])
    def billed(path):
        if path == "open":
            return {"billed": None}
        return {"billed": flask.request.environ[wsgi.DECISION].billed_to.id}

    return app


async def starlette_app(scope, receive, send):
    request = starlette.requests.Request(scope, receive)
    await starlette.responses.JSONResponse({"billed": request.state.steelgate.billed_to.id})(scope, receive, send)


async def ask(app, method, target, headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        # As it stands: httpx would tidy the path.
        url = httpx.URL("http://app").copy_with(raw_path=target.encode())
        response = await client.send(httpx.Request(method, url, headers=headers))
        return Got(response.status_code, response.headers, response.content)


class Guards(unittest.TestCase):
    def test_wsgi_judges_as_forward_auth_does(self):
        errors = []
        with Steelgate(server.url, server.token, timeout=20) as client:
            app = flask_app()
            app.wsgi_app = wsgi.SteelgateMiddleware(app.wsgi_app, client, ROUTES, on_error=lambda failure, _: errors.append(failure), exempt=["/open"])
            with Served(app) as served:
                for method, target, headers, want in forward_auth_cases(server):
                    compare(self, (method, target, headers), method, want, send(served.url, method, target, headers))
                self.assertEqual(send(served.url, "GET", "/open", []).status, 200)
        self.assertEqual(errors, [])

    def test_asgi_judges_as_forward_auth_does(self):
        async def run():
            errors = []
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                app = asgi.SteelgateMiddleware(starlette_app, client, ROUTES, on_error=lambda failure, _: errors.append(failure))
                for method, target, headers, want in forward_auth_cases(server):
                    compare(self, (method, target, headers), method, want, await ask(app, method, target, headers))
            self.assertEqual(errors, [])

        asyncio.run(run())

    def test_a_websocket_is_refused_before_it_is_accepted_and_a_lifespan_goes_through(self):
        async def run():
            reached, sent = [], []

            async def app(scope, receive, send):
                reached.append((scope["type"], scope.get("state", {}).get("steelgate")))

            async def note(message):
                sent.append(message)

            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                guarded = asgi.SteelgateMiddleware(app, client, ROUTES)
                scope = {"type": "websocket", "path": "/api/workflows/wf_invoice", "headers": [], "client": ("127.0.0.1", 1)}
                await guarded(scope, None, note)
                await guarded({**scope, "headers": [(b"x-api-key", server.keys["key_demo_personal"].encode())]}, None, note)
                await guarded({"type": "lifespan"}, None, note)
            self.assertEqual(sent, [{"type": "websocket.close", "code": 1008}])
            self.assertEqual([kind for kind, _ in reached], ["websocket", "lifespan"])
            self.assertTrue(reached[0][1])

        asyncio.run(run())

    def test_asgi_judges_what_the_application_reads_and_what_was_sent(self):
        async def run():
            async def app(scope, receive, send):
                reached.append(scope["path"])

            async def ignore(_):
                pass

            reached = []
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                guarded = asgi.SteelgateMiddleware(app, client, ROUTES)
                headers = [(b"x-api-key", server.keys["key_demo_personal"].encode())]
                mine, other = "/api/workflows/wf_invoice", "/api/workflows/wf_assay"
                for path, raw in [(mine, None), (mine, mine), (other, mine), (mine, "/api/x/../workflows/wf_invoice"), (mine, "/api/%77orkflows/wf_invoice"), (mine + "\udcff", None)]:
                    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "client": ("127.0.0.1", 1), "raw_path": raw and raw.encode()}
                    await guarded(scope, None, ignore)
            self.assertEqual(reached, [mine, mine])

        asyncio.run(run())

    def test_a_dependency_of_fastapi_guards_a_route(self):
        async def run():
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                app = fastapi.FastAPI()
                guard = fastapi_guard.Guard(app, client)
                execute = guard(lambda request: Question("workflow.execute", Resource("workflow", request.path_params["workflow"])))

                async def nothing(request: Request):
                    return None

                @app.post("/api/workflows/{workflow}/execute")
                async def run(workflow: str, decision=Depends(execute)):
                    return {"billed": decision.billed_to.id}

                @app.get("/nothing")
                async def none(decision=Depends(guard(nothing))):
                    return {}

                for method, target, headers, want in forward_auth_cases(server):
                    if re.fullmatch(r"/api/workflows/\w+/execute(\?.*)?", target):
                        compare(self, (method, target, headers), method, want, await ask(app, method, target, headers))
                got = await ask(app, "GET", "/nothing", [("X-API-Key", server.keys["key_demo_personal"])])
                self.assertEqual((got.status, got.json()["error"]["code"]), (403, "no_route"))

        asyncio.run(run())

    def test_a_decorator_of_flask_guards_a_view(self):
        with Steelgate(server.url, server.token, timeout=20) as client:
            app, guard = flask.Flask("test"), flask_guard.Guard(client, client_ip=lambda request: request.remote_addr)

            @app.post("/api/workflows/<workflow>/execute")
            @guard(lambda workflow: Question("workflow.execute", Resource("workflow", workflow)))
            def execute(workflow):
                return {"billed": flask.g.steelgate.billed_to.id}

            with Served(app) as served:
                for method, target, headers, want in forward_auth_cases(server):
                    if re.fullmatch(r"/api/workflows/\w+/execute(\?.*)?", target):
                        compare(self, (method, target, headers), method, want, send(served.url, method, target, headers))

    def test_where_no_decision_can_be_made_nothing_is_let_through(self):
        errors = []

        def on_error(failure, _):
            errors.append(failure)
            raise RuntimeError("whoever listens may fail too")

        with FaultyServer(lambda handler, count, _: handler.drop() if count == 1 else handler.answer(200, "{}")) as faulty:
            client = Steelgate(faulty.url, "sgt_of_a_test", attempts=1)
            app = flask_app()
            app.wsgi_app = wsgi.SteelgateMiddleware(app.wsgi_app, client, ROUTES, on_error=on_error)
            async_client = AsyncSteelgate(faulty.url, "sgt_of_a_test", attempts=1)
            async_app = asgi.SteelgateMiddleware(starlette_app, async_client, ROUTES, on_error=on_error)
            headers = [("X-API-Key", server.keys["key_demo_personal"])]
            with Served(app) as served:
                for i in range(3):
                    if i == 2:
                        faulty.stop()
                    for got in (send(served.url, "GET", "/api/workflows/wf_invoice", headers), asyncio.run(ask(async_app, "GET", "/api/workflows/wf_invoice", headers))):
                        self.assertEqual((got.status, got.headers["Retry-After"], got.json()["error"]["code"]), (503, "1", "unavailable"))
            faulty.stop = lambda: None
            client.close()
            asyncio.run(async_client.close())
        self.assertEqual(len(errors), 6)

    def test_a_function_that_fails_or_answers_what_is_no_question_lets_nothing_through(self):
        def fails(_):
            raise RuntimeError

        async def run():
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                headers = [("X-API-Key", server.keys["key_demo_personal"])]
                for route, want in [(fails, 503), (lambda _: True, 503), (lambda _: None, 403), (lambda _: Question("workflow.read", Resource("workflow", "wf_invoice")), 200)]:
                    got = await ask(asgi.SteelgateMiddleware(starlette_app, client, route), "GET", "/x", headers)
                    self.assertEqual(got.status, want)

        asyncio.run(run())

    def test_a_key_with_an_allow_list_works_from_its_networks_alone(self):
        async def run():
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                issued = await client.keys_for("user_ben").create(type="personal", name="office", allowed_cidrs=["203.0.113.0/24"])
                headers = [("Authorization", "Bearer " + issued.secret.reveal())]
                for address, want in [("203.0.113.9", 200), ("198.51.100.1", 403), ("nonsense", 403), (None, 403)]:
                    app = asgi.SteelgateMiddleware(starlette_app, client, ROUTES, client_ip=lambda _, address=address: address)
                    self.assertEqual((await ask(app, "GET", "/api/workflows/wf_invoice", headers)).status, want, address)

        asyncio.run(run())

    def test_the_example_runs(self):
        root = Path(__file__).resolve().parents[1]
        environment = {"STEELGATE_URL": server.url, "STEELGATE_TOKEN": server.token, "PORT": "0", "PYTHONPATH": str(root), "PATH": os.environ["PATH"]}
        example = subprocess.Popen([sys.executable, root / "examples" / "flask_app.py"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = re.search(r"http:\S+", example.stdout.readline())[0]
            key = [("X-API-Key", server.keys["key_demo_personal"])]
            self.assertEqual(send(url, "POST", "/api/workflows/wf_invoice/execute", key).json(), {"ran": "wf_invoice", "billed_to": {"type": "user", "id": "user_ben"}})
            self.assertEqual(send(url, "POST", "/api/workflows/wf_assay/execute", key).status, 403)
            self.assertEqual(send(url, "GET", "/api/workflows/wf_invoice", []).status, 401)
            self.assertEqual(send(url, "GET", "/healthz", []).body, b"ok")
        finally:
            example.terminate()
            example.wait(30)
            example.stdout.close()
