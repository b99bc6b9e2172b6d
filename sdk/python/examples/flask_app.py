"""A product's API whose workflows are run with API keys. steelgate decides who may, and says who is billed.

    STEELGATE_URL=http://127.0.0.1:8080 STEELGATE_TOKEN=sgt_… PYTHONPATH=. python3 examples/flask_app.py
"""

import logging
import os
from dataclasses import asdict

import flask
from werkzeug.serving import make_server

from steelgate import Resource, Steelgate
from steelgate.flask import Guard, Question

client = Steelgate(os.environ.get("STEELGATE_URL", "http://127.0.0.1:8080"), os.environ["STEELGATE_TOKEN"])
guard = Guard(client, on_error=lambda failure, _: logging.error("no decision: %s", failure))
app = flask.Flask(__name__)


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/api/workflows/<workflow>")
@guard(lambda workflow: Question("workflow.read", Resource("workflow", workflow)))
def read(workflow):
    return {"workflow": workflow}


@app.post("/api/workflows/<workflow>/execute")
@guard(lambda workflow: Question("workflow.execute", Resource("workflow", workflow)))
def execute(workflow):
    return {"ran": workflow, "billed_to": asdict(flask.g.steelgate.billed_to)}


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "3000")), app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
