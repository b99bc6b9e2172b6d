// Calls that stand in the API's description but are not in api/openapi.yaml yet. Each goes away with its types when
// `npm run generate` brings it.
import { problemOf, unreachable } from "./problem";

export interface Page<T> {
  data: T[];
  pagination: { cursor: string | null; has_more: boolean };
}

export interface Workspace {
  id: string;
  name: string;
  organization_id: string | null;
  organization_name: string | null;
  owner_id: string;
  owner_name: string;
  personal_keys_enabled: boolean;
  archived: boolean;
  role: "read" | "write" | "admin" | null;
  may: string[];
}

export interface Organization {
  id: string;
  name: string;
  role: "member" | "admin" | null;
  may: string[];
}

/** What GET /v1/session gains. */
export interface SessionFacts {
  address?: string;
  may?: string[];
  product_url?: string | null;
}

/** get reads a path that api/openapi.yaml does not have yet. */
export async function get<T>(path: string, query: Record<string, string | number | undefined> = {}, signal?: AbortSignal): Promise<T> {
  const given = Object.entries(query).filter(([, v]) => v !== undefined && v !== "");
  const search = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  let response: Response;
  try {
    response = await fetch(path + (search && "?" + search), { credentials: "same-origin", signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response, body);
  return body as T;
}
