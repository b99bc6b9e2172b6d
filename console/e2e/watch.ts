import type { BrowserContext } from "@playwright/test";

/** What a page does that no page of the console may: noted for as long as the context lives. */
export class Watch {
  readonly found: string[] = [];
  private readonly origins = new Set<string>();
  private readonly expected: RegExp[] = [];

  constructor(origin: string) {
    this.origins.add(origin);
  }

  /** Another origin that a journey goes to, such as the OpenID provider's. */
  alsoAt(url: string): void {
    this.origins.add(new URL(url).origin);
  }

  /** What a journey brings about by itself, such as an answer of 503: it is no fault then. */
  expects(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  context(context: BrowserContext): void {
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:", "about:"].includes(url.protocol) && !this.origins.has(url.origin)) this.note(`a request leaves the origin: ${request.method()} ${request.url()}`);
    });
    context.on("console", (message) => {
      // The browser says so of every refused call. Which ones were is judged by the answers, below.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource:")) this.note(`an error in the console: ${message.text()}`);
    });
    context.on("weberror", (error) => this.note(`an error in the page: ${error.error().stack ?? error.error().message}`));
    context.on("response", (response) => {
      if (response.status() >= 500) this.note(`an answer of ${response.status()}: ${response.request().method()} ${response.url()}`);
      // A call that the server does not understand is the console's fault, not its user's.
      if (response.status() === 400 || response.status() === 405) this.note(`an answer of ${response.status()}: ${response.request().method()} ${response.url()}`);
    });
  }

  private note(text: string): void {
    this.found.push(text);
  }

  /** What was found that no journey expected. */
  faults(): string[] {
    return this.found.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}
