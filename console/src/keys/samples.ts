import type { Permission } from "../api/keys";

/** What stands for the product's address where the server was not told of it. */
export const exampleHost = "https://steelengine.example";

export interface SampleTarget {
  /** The product's API: `https://host`, with no slash at its end. */
  host: string;
  workflow: string;
  permission: Permission;
}

/** What a sample asks for: to execute where the key may, else to read. */
export function requestOf(target: SampleTarget): { method: "POST" | "GET"; url: string } {
  const url = `${target.host.replace(/\/+$/, "")}/api/workflows/${encodeURIComponent(target.workflow)}`;
  return target.permission === "read" ? { method: "GET", url } : { method: "POST", url: url + "/execute" };
}

export function curlSample(target: SampleTarget, secret: string): string {
  const { method, url } = requestOf(target);
  return method === "GET"
    ? `curl ${url} \\\n  -H "X-API-Key: ${secret}"`
    : `curl -X POST ${url} \\\n  -H "X-API-Key: ${secret}" \\\n  -H "Content-Type: application/json" \\\n  -d '{}'`;
}

/** The same request as a gateway asks steelgate about it: what there is to send where no product stands behind it, as in the demo. */
export function gatewaySample(target: SampleTarget, secret: string, steelgate: string): string {
  const { method, url } = requestOf(target);
  return `curl -i ${steelgate}/v1/forward-auth \\\n  -H "X-API-Key: ${secret}" \\\n  -H "X-Forwarded-Method: ${method}" \\\n  -H "X-Forwarded-Uri: ${new URL(url).pathname}"`;
}

export function typescriptSample(target: SampleTarget, secret: string): string {
  const { method, url } = requestOf(target);
  const body = method === "POST" ? `\n  method: "POST",\n  headers: {\n    "X-API-Key": "${secret}",\n    "Content-Type": "application/json",\n  },\n  body: JSON.stringify({}),` : `\n  headers: { "X-API-Key": "${secret}" },`;
  return `const response = await fetch("${url}", {${body}\n});\nif (!response.ok) throw new Error(await response.text());\nconsole.log(await response.json());`;
}

export function pythonSample(target: SampleTarget, secret: string): string {
  const { method, url } = requestOf(target);
  return `import requests\n\nresponse = requests.${method === "POST" ? "post" : "get"}(\n    "${url}",\n    headers={"X-API-Key": "${secret}"},${method === "POST" ? "\n    json={}," : ""}\n    timeout=30,\n)\nresponse.raise_for_status()\nprint(response.json())`;
}
