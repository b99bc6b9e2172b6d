import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program that is tested. */
export const program = fileURLToPath(new URL("../../bin/steelgate", import.meta.url));

const patience = 60_000;

/** What an answer was, its JSON read. */
export interface Answer {
  status: number;
  body: any;
}

/** A process of the program, on a free port, with a folder of its own for its data. Whoever starts one stops it. */
export class Server {
  readonly url: string;
  /** A service token of scope admin. */
  readonly token: string;
  private readonly process: Process;
  private readonly folder: string;

  private constructor(url: string, token: string, process: Process, folder: string) {
    this.url = url;
    this.token = token;
    this.process = process;
    this.folder = folder;
  }

  /** What it printed so far: with --dev also the demo's keys; without, and on an empty database, the set-up link. */
  get printed(): string {
    return this.process.out;
  }

  static async start(args: readonly string[] = ["--dev"]): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "steelgate-e2e-"));
    const token = "e2e-" + crypto.randomUUID() + crypto.randomUUID();
    const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    const process = new Process(program, ["serve", "--data-dir", folder, ...listen, ...args], { STEELGATE_ADMIN_TOKEN: token });
    try {
      const address = await process.said(/"msg":"listening","address":"([^"]+)"/, "err");
      const server = new Server("http://" + address, token, process, folder);
      if (args.includes("--dev")) await process.said(/(Stop with Ctrl-C)/);
      await server.ready();
      return server;
    } catch (failed) {
      await process.end();
      await rm(folder, { recursive: true, force: true });
      throw failed;
    }
  }

  /** Waits until it answers for decisions. */
  private async ready(): Promise<void> {
    const until = Date.now() + patience;
    for (;;) {
      const answer = await fetch(this.url + "/readyz").catch(() => null);
      if (answer?.ok) return;
      if (this.process.ended || Date.now() > until) throw new Error("the server does not become ready: " + this.process.err);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** A call of the platform itself, which may do all; with `actor` it acts for that user. */
  async call(method: string, path: string, body?: unknown, actor?: string): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { Authorization: "Bearer " + this.token, ...(actor ? { "X-Steelgate-Actor": actor } : {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text && (answer.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : text };
  }

  /** The same, and it has to go well: answers the body. */
  async do(method: string, path: string, body?: unknown, actor?: string): Promise<any> {
    const answer = await this.call(method, path, body, actor);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Asks whether a key may do something, as the product's API does. */
  async decide(secret: string, action: string, resource: { type: string; id: string }, context?: Record<string, unknown>): Promise<any> {
    return this.do("POST", "/v1/decisions", { api_key: secret, action, resource, ...(context ? { context } : {}) });
  }

  /** The secret of one of the demo's keys: "personal" (Ben's), "workspace" (Core's), "organization" (Acme's). */
  demoSecret(kind: "personal" | "workspace" | "organization"): string {
    const found = new RegExp(`key_demo_${kind}\\s+(sk-steelengine-\\S+)`).exec(this.printed);
    if (!found) throw new Error("the server printed no key of the demo of that kind");
    return found[1]!;
  }

  /** The path and the fragment of the set-up link that an empty installation printed. */
  setupLink(): string {
    const found = /\/sign-in(#setup=\S+)/.exec(this.printed);
    if (!found) throw new Error("the server printed no set-up link: " + this.printed);
    return "/sign-in" + found[1];
  }

  /** Waits for something in what it prints: the first group of the pattern. */
  prints(pattern: RegExp): Promise<string> {
    return this.process.said(pattern);
  }

  async stop(): Promise<void> {
    await this.process.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Dex, an OpenID provider in which one may log in with a password. scripts/test-servers builds it. */
export class Dex {
  readonly issuer: string;
  private readonly process: Process;

  private constructor(issuer: string, process: Process) {
    this.issuer = issuer;
    this.process = process;
  }

  /** A user is "email:password:id". redirect is where the provider sends people back to. */
  static async start(binary: string, client: { id: string; secret: string; redirect: string }, users: readonly string[]): Promise<Dex> {
    const process = new Process(binary, ["--client-id", client.id, "--client-secret", client.secret, "--redirect-uri", client.redirect, ...users.flatMap((u) => ["--user", u])]);
    const issuer = await process.said(/"issuer":\s*"([^"]+)"/).catch(async (failed) => {
      await process.end();
      throw failed;
    });
    return new Dex(issuer, process);
  }

  stop(): Promise<void> {
    return this.process.end();
  }
}

/** A port that nobody has at this moment, for what has to be known before a server starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A process that was started here, and what it wrote. */
class Process {
  out = "";
  err = "";
  ended = false;
  private readonly child: ChildProcess;
  private readonly over: Promise<void>;
  private readonly changed = new Set<() => void>();

  constructor(binary: string, args: readonly string[], variables: Record<string, string> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("STEELGATE_"));
    this.child = spawn(binary, args, { env: { ...Object.fromEntries(inherited), ...variables }, stdio: ["pipe", "pipe", "pipe"] });
    const written = (to: "out" | "err") => (chunk: Buffer) => {
      this[to] += chunk.toString();
      this.changed.forEach((tell) => tell());
    };
    this.child.stdout?.on("data", written("out"));
    this.child.stderr?.on("data", written("err"));
    this.over = new Promise((resolve) => {
      const done = () => {
        this.ended = true;
        this.changed.forEach((tell) => tell());
        resolve();
      };
      this.child.once("exit", done);
      this.child.once("error", (failed) => {
        this.err += String(failed);
        done();
      });
    });
    // A worker that is ended takes along what it started.
    process.once("exit", () => this.child.kill("SIGKILL"));
  }

  /** Waits for a pattern in what it writes, and answers its first group. */
  async said(pattern: RegExp, where: "out" | "err" = "out"): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.changed.delete(look);
      };
      const look = () => {
        const found = pattern.exec(this[where]);
        if (found) {
          end();
          resolve(found[1]!);
        } else if (this.ended) {
          end();
          reject(new Error(`it ended, and ${pattern} was never said: ${this.err}${this.out}`));
        }
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${pattern} is not said: ${this.err}${this.out}`));
      }, patience);
      this.changed.add(look);
      look();
    });
  }

  async end(): Promise<void> {
    if (this.ended) return;
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.over;
    clearTimeout(timer);
  }
}
