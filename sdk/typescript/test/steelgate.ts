import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Steelgate } from "../src/index.js";

/** The program that the tests speak to. */
const program = fileURLToPath(new URL("../../../../bin/steelgate", import.meta.url));

/** A real steelgate that serves the demo world, on a free port, with a folder of its own. Whoever starts one stops it. */
export class DemoServer {
  private constructor(
    readonly url: string,
    readonly token: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly said: () => string,
  ) {}

  static async start(): Promise<DemoServer> {
    const folder = await mkdtemp(join(tmpdir(), "steelgate-sdk-"));
    const token = "sdk-" + crypto.randomUUID() + crypto.randomUUID();
    const process = spawn(program, ["serve", "--dev", "--data-dir", folder, "--listen", "127.0.0.1:0"], { env: { PATH: "", STEELGATE_ADMIN_TOKEN: token }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const url = await new Promise<string>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        said += chunk.toString();
        const address = /"msg":"listening","address":"([^"]+)"/.exec(said)?.[1];
        if (address && said.includes("Stop with Ctrl-C")) resolve("http://" + address);
      };
      process.stdout.on("data", look);
      process.stderr.on("data", look);
      process.on("error", reject);
      process.on("exit", () => reject(new Error("the server ended: " + said)));
    });
    return new DemoServer(url, token, process, folder, () => said);
  }

  /** The secret of a key of the demo. */
  key(id: "key_demo_personal" | "key_demo_workspace" | "key_demo_organization"): string {
    return new RegExp(`${id} +(sk-steelengine-[0-9A-Za-z]+)`).exec(this.said())![1]!;
  }

  client(options: Partial<ConstructorParameters<typeof Steelgate>[0]> = {}): Steelgate {
    return new Steelgate({ url: this.url, token: this.token, timeout: 20_000, ...options });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A server of our own, on a free port, for what a real one does not do when it is asked to. */
export class FaultyServer {
  readonly bodies: unknown[] = [];
  readonly requests: IncomingMessage[] = [];

  private constructor(
    readonly url: string,
    private readonly server: HttpServer,
  ) {}

  /** `answer` gets each request in turn, counted from 1, with its JSON. */
  static async start(answer: (response: ServerResponse, count: number, body: any) => void): Promise<FaultyServer> {
    const server = createServer();
    const faulty = await listen(server).then((url) => new FaultyServer(url, server));
    server.on("request", (request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        faulty.requests.push(request);
        const body = text === "" ? undefined : JSON.parse(text);
        faulty.bodies.push(body);
        answer(response, faulty.requests.length, body);
      });
    });
    return faulty;
  }

  client(options: Partial<ConstructorParameters<typeof Steelgate>[0]> = {}): Steelgate {
    return new Steelgate({ url: this.url, token: "sgt_of_a_test", ...options });
  }

  stop(): Promise<void> {
    return close(this.server);
  }
}

/** Begins to listen on a free port, and answers the URL. */
export async function listen(server: HttpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: HttpServer): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export function problem(status: number, code: string): object {
  return { type: "urn:steelgate:problem:" + code, title: code, status, detail: "A sentence.", code };
}
