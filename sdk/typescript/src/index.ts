export { Steelgate, type SteelgateOptions } from "./client.js";
export { Denied, NoAnswer, Problem, SteelgateError } from "./errors.js";
export type { Keys, OnceOptions } from "./keys.js";
export { checksumMatches, looksLikeKey, Secret } from "./secret.js";
export type {
  CallOptions,
  ChangedKey,
  Decision,
  DecisionRequest,
  FieldError,
  Grant,
  IssuedKey,
  Key,
  KeyChange,
  KeyCreation,
  KeyFilter,
  KeyStatus,
  KeyType,
  OwnerType,
  Page,
  Pagination,
  Permission,
  ReachingKey,
} from "./types.js";
export type { components, operations, paths } from "./schema.js";
