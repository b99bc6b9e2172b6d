import { SteelgateError } from "./errors.js";

/** What a request wants to do to what. */
export interface Question {
  action: string;
  resource: { type: string; id: string; properties?: Record<string, unknown> };
  /** More for the policy to read. `client_ip` is set beside it. */
  context?: Record<string, unknown>;
}

/** Patterns such as `"POST /api/workflows/{workflow}/execute"`, and what each stands for. A resource's id may be `"{workflow}"`. */
export type RouteTable = Record<string, { action: string; resource: { type: string; id: string } }>;

interface Route {
  method: string | null;
  segments: readonly string[];
  question: Question;
}

/**
 * Compiles a table of routes. As in Go's `http.ServeMux`, a wildcard is one whole segment, a pattern for GET stands for HEAD too, and one without a method for
 * every method. Of several that match, the one that is literal where they first differ counts, then the one with a method. A path that is not canonical
 * matches none: what the application reads of it may not be what was decided on.
 */
export function compileRoutes(table: RouteTable): (method: string, target: string) => Question | null {
  const routes = Object.entries(table).map(([pattern, { action, resource }]) => compile(pattern, { action, resource }));
  const shapes = new Set(routes.map(({ method, segments }) => [method ?? "", ...segments.map((segment) => (isWildcard(segment) ? "{}" : segment))].join("/")));
  if (shapes.size < routes.length) throw new SteelgateError("Two routes of the table stand for the same requests.");
  return (method, target) => {
    const segments = canonicalSegments(target);
    if (!segments) return null;
    let best: Route | undefined;
    for (const route of routes) {
      if (matches(route, method, segments) && (!best || isMoreSpecific(route, best))) best = route;
    }
    if (!best) return null;
    const { action, resource } = best.question;
    const wildcard = best.segments.indexOf(resource.id);
    return { action, resource: { type: resource.type, id: isWildcard(resource.id) ? segments[wildcard]! : resource.id } };
  };
}

function compile(pattern: string, question: Question): Route {
  const [, method, path] = /^(?:([A-Z]+) +)?(\/\S*)$/.exec(pattern) ?? [];
  const segments = path?.slice(1).split("/") ?? [];
  const wildcards = segments.filter(isWildcard);
  const isReadable = path !== undefined && new Set(wildcards).size === wildcards.length && segments.every((segment, i) => isWildcard(segment) || (!/[{}%]/.test(segment) && (segment !== "" || i === segments.length - 1)));
  if (!isReadable) throw new SteelgateError(`The route ${JSON.stringify(pattern)}: want a method, or none, and a path such as /api/workflows/{workflow}.`);
  if (isWildcard(question.resource.id) && !wildcards.includes(question.resource.id)) {
    throw new SteelgateError(`The route ${JSON.stringify(pattern)}: the resource's id is ${question.resource.id}, which the pattern does not have.`);
  }
  return { method: method ?? null, segments, question };
}

function isWildcard(text: string): boolean {
  return /^\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);
}

function matches(route: Route, method: string, segments: readonly string[]): boolean {
  if (route.method !== null && route.method !== method && !(route.method === "GET" && method === "HEAD")) return false;
  if (route.segments.length !== segments.length) return false;
  return route.segments.every((segment, i) => (isWildcard(segment) ? segments[i] !== "" : segment === segments[i]));
}

function isMoreSpecific(route: Route, other: Route): boolean {
  for (let i = 0; i < route.segments.length; i++) {
    const [here, there] = [isWildcard(route.segments[i]!), isWildcard(other.segments[i]!)];
    if (here !== there) return there;
  }
  if ((route.method === null) !== (other.method === null)) return other.method === null;
  return route.method === "HEAD" && other.method === "GET";
}

/**
 * The segments of a request target's path, decoded; null where a server may read it in another way than we do: no origin form, an empty segment but the
 * last, one of dots, a backslash, a fragment, an encoded separator, dot, percent sign, control or unreserved character, or what is not UTF-8.
 */
export function canonicalSegments(target: string): string[] | null {
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x20\x7f]/.test(target)) return null;
  const path = target.split("?", 1)[0]!;
  if (!path.startsWith("/") || /[#\\]/.test(path) || path.includes("//")) return null;
  if (/%(?![0-9A-Fa-f]{2})|%[01][0-9A-Fa-f]|%7[Ff]|%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])|%(?:2[DdEeFf5]|5[CcFf]|7[Ee])/.test(path)) return null;
  try {
    const segments = decodeURIComponent(path).slice(1).split("/");
    return segments.some((segment) => segment === "." || segment === "..") ? null : segments;
  } catch {
    return null;
  }
}
