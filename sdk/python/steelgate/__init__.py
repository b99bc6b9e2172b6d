"""May this API key do this, and who is billed? A client of steelgate, on the standard library alone."""

from ._answer import ChangedKey, IssuedKey, Page, ReachingKey
from ._calls import KeyFilter
from .aio import AsyncKeys, AsyncSteelgate
from .client import Keys, Steelgate
from .errors import Denied, NoAnswer, Problem, SteelgateError
from .secret import Secret, checksum_matches, looks_like_key
from .types import (
    BilledTo,
    DecidedKey,
    Decision,
    DecisionRequest,
    FieldError,
    Grant,
    Key,
    KeyChange,
    KeyCreation,
    KeyStatus,
    KeyType,
    OwnerType,
    Pagination,
    Permission,
    PermissionCheck,
    Resource,
)

__all__ = [
    "AsyncKeys",
    "AsyncSteelgate",
    "BilledTo",
    "ChangedKey",
    "DecidedKey",
    "Decision",
    "DecisionRequest",
    "Denied",
    "FieldError",
    "Grant",
    "IssuedKey",
    "Key",
    "KeyChange",
    "KeyCreation",
    "KeyFilter",
    "KeyStatus",
    "KeyType",
    "Keys",
    "NoAnswer",
    "OwnerType",
    "Page",
    "Pagination",
    "Permission",
    "PermissionCheck",
    "Problem",
    "ReachingKey",
    "Resource",
    "Secret",
    "Steelgate",
    "SteelgateError",
    "checksum_matches",
    "looks_like_key",
]
