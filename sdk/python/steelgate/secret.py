"""Secrets, and what can be told of a key without asking anybody."""

from __future__ import annotations

import re
import zlib
from typing import Any, NoReturn

REDACTED = "[redacted]"
KEY_PREFIX = "sk-steelengine-"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LOOKS = re.compile(r"sk-steelengine-[A-Za-z0-9_-]{16,240}")
_MINTED = re.compile(r"sk-steelengine-[0-9A-Za-z]{49}")
_SECRET_LIKE = re.compile(r"(?:sk-steelengine-|sgt_)[A-Za-z0-9_-]{8,}")


class Secret:
    """What authenticates its holder. It prints and formats as [redacted], and is neither pickled nor JSON; `reveal` alone gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself. Whoever calls this answers for where it goes."""
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return REDACTED

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def text_of(secret: str | Secret) -> str:
    """The text of a secret, however it is held."""
    return secret.reveal() if isinstance(secret, Secret) else secret


def without_secrets(text: str) -> str:
    """A text without what reads like a key or a token in it."""
    return _SECRET_LIKE.sub(REDACTED, text)


def looks_like_key(text: str) -> bool:
    """Tell whether a text has the form of an API key, of whichever age. Whether the key stands, only a decision says."""
    return _LOOKS.fullmatch(text) is not None


def checksum_matches(text: str) -> bool:
    """Tell whether a text is an API key as steelgate mints them, and its checksum is right.

    Keys that were issued before steelgate and imported have no checksum: of them this is false, though they may be live. It is for scanners and
    forms, never for letting anybody in.
    """
    if _MINTED.fullmatch(text) is None:
        return False
    rest, want = zlib.crc32(text[:-6].encode("ascii")), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        want = _ALPHABET[digit] + want
    return text[-6:] == want
