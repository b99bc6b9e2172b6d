// Calls that stand in the API's description but are not in api/openapi.yaml yet. Each goes away with its types when
// `npm run generate` brings it.
import { problemOf, unreachable } from "./problem";

export interface Page<T> {
  data: T[];
  pagination: { cursor: string | null; has_more: boolean };
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
