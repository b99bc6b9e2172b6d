import type { components, operations } from "./schema.js";
import type { Secret } from "./secret.js";

type Schemas = components["schemas"];

export type Decision = Schemas["Decision"];
export type Permission = Schemas["Permission"];
export type KeyType = Schemas["KeyType"];
export type OwnerType = Schemas["OwnerType"];
export type KeyStatus = Schemas["KeyStatus"];
export type Grant = Schemas["Grant"];
/** A key's record, as it is read. There is no secret in it. */
export type Key = Schemas["Key"];
export type KeyChange = Schemas["KeyChange"];
export type FieldError = NonNullable<Schemas["Problem"]["errors"]>[number];
export type Pagination = Schemas["Pagination"];

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** What a new key shall be. `disabled` is false unless given. */
export type KeyCreation = Optional<Schemas["KeyCreation"], "disabled">;

/** A question: may this key do this? */
export type DecisionRequest = Omit<Schemas["DecisionRequest"], "api_key"> & { api_key?: string | Secret | null };

/** Which keys a list has. Without an owner: the actor's own, and of the platform all. */
export type KeyFilter = Omit<NonNullable<operations["listKeys"]["parameters"]["query"]>, "cursor">;

/** An organization key that reaches a workspace, with its grants there alone, and the highest permission of them. */
export type ReachingKey = Key & { permission: Permission };

/** One page of a list. */
export interface Page<T> {
  data: T[];
  pagination: Pagination;
}

/** What came of a change. */
export interface ChangedKey {
  key: Key;
  /** The data revision that has the change: hand it to the next decision as `min_revision`, and that one sees it. */
  revision: number;
}

/** A key that was made. */
export interface IssuedKey extends ChangedKey {
  /** Shown once. It is null where `replayed` is true. */
  secret: Secret | null;
  /** The answer to the first try was lost, and its secret with it. The key stands: rotate it for a new secret, or revoke it. */
  replayed: boolean;
}

/** How one call is made. */
export interface CallOptions {
  /** Gives up when this is aborted. */
  signal?: AbortSignal;
  /** Milliseconds for the whole call, tries that came again among them. The client's unless given. */
  timeout?: number;
}
