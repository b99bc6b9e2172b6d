/*
 * A product's API whose workflows are run with API keys. steelgate decides who may, and says who is billed.
 *
 *   STEELGATE_URL=http://127.0.0.1:8080 STEELGATE_TOKEN=sgt_… npm run example
 */
import express from "express";
import { Steelgate } from "@steelengine/steelgate";
import { decisionOf, guard } from "@steelengine/steelgate/express";

const client = new Steelgate({ url: process.env["STEELGATE_URL"] ?? "http://127.0.0.1:8080", token: process.env["STEELGATE_TOKEN"] ?? "" });

const app = express();
app.get("/healthz", (_, response) => void response.send("ok"));

app.use(
  "/api",
  guard({
    client,
    route: {
      "GET /api/workflows/{workflow}": { action: "workflow.read", resource: { type: "workflow", id: "{workflow}" } },
      "POST /api/workflows/{workflow}/execute": { action: "workflow.execute", resource: { type: "workflow", id: "{workflow}" } },
    },
    onError: (error) => console.error("no decision:", error),
  }),
);
app.get("/api/workflows/:workflow", (request, response) => {
  response.json({ workflow: request.params.workflow });
});
app.post("/api/workflows/:workflow/execute", (request, response) => {
  response.json({ ran: request.params.workflow, billed_to: decisionOf(request).billed_to });
});

const server = app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === "object" ? address?.port : address}`);
});
