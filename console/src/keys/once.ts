import { useRef } from "react";
import { idempotencyKey } from "../api/keys";

/**
 * useOnce names requests: the same request has the same name for as long as its dialog stands, so that one whose answer was lost
 * is not done a second time; another request has another.
 */
export function useOnce(): (body: unknown) => string {
  const last = useRef<{ body: string; name: string } | null>(null);
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) last.current = { body: text, name: idempotencyKey() };
    return last.current.name;
  };
}
