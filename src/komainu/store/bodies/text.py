"""Strings and times in a form that the ledger, SQLite and PostgreSQL all carry unchanged."""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from komainu.domain import Content, Role
from komainu.errors import StoreError
from komainu.store.canonical import LARGEST_WHOLE

Body = dict[str, Any]  # JSON; only this package sees it

_HARD = re.compile("[\\\\\x00\ud800-\udfff]")
_PACKED = re.compile(r"\\u([0-9a-f]{4})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_NAME = 1000  # bytes; what fits into an index of either database with room to spare


def pack(text: str) -> str:
    r"""The text with backslashes, NULs and lone surrogates written as \uXXXX: no database takes the latter two."""
    if "\\" not in text and "\0" not in text and (text.isascii() or not _HARD.search(text)):
        return text
    return _HARD.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def unpack(text: str) -> str:
    """The text that was packed."""
    if "\\" not in text:
        return text
    return _PACKED.sub(lambda found: chr(int(found[1], 16)), text)


def pack_name(name: str, what: str) -> str:
    """An id, digest or key, packed; StoreError where it is too long for an index."""
    packed = pack(name)
    if len(packed) > _LONGEST_NAME // 4 and len(packed.encode()) > _LONGEST_NAME:
        raise StoreError(f"{what} has at most {_LONGEST_NAME} bytes; got {len(packed.encode())}: {name[:40]!r}...")
    return packed


def whole(number: int, what: str) -> int:
    """A number that JSON carries exactly; ValueError for others."""
    if not 0 <= number <= LARGEST_WHOLE:
        raise ValueError(f"{what} is 0 to 2**53 - 1; got {number}")
    return number


def write_number(number: float) -> str:
    """A fraction as the shortest text that reads back as the same; ValueError where it is not finite."""
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number; got {number}")
    return repr(float(number))


def write_moment(moment: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond: 2026-11-22T10:00:00.000000Z."""
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        raise StoreError(f"a time on record is in the years 1 to 9999, in UTC; got {moment}") from None


def read_moment(text: str) -> datetime:
    """The aware moment that `write_moment` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970, as the query tables keep times."""
    return (moment - _EPOCH) // _MICROSECOND


def digest_of_text(text: str) -> str:
    """SHA-256 in hex of a text that `write_words` or `write_content` wrote, or of whatever it was changed into."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_words(words: Sequence[tuple[int, str]]) -> str:
    """Words of people and judges, each once, with its places (of opinions among the opinions; 0 for a note)."""
    places: dict[str, list[int]] = {}
    for place, said in words:
        places.setdefault(said, []).append(place)
    return json.dumps(list(places.items()), ensure_ascii=True, separators=(",", ":"))


def read_words(text: str | None) -> dict[int, str]:
    """The words by their place; none where they are gone."""
    return {place: said for said, places in json.loads(text) for place in places} if text else {}


def write_content(content: Content) -> str:
    """The content as ASCII JSON."""
    told = {"text": content.text, "role": content.role.value, "context": content.context}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def read_content(text: str) -> Content:
    """The content that was written."""
    told = json.loads(text)
    return Content(text=told["text"], role=Role(told["role"]), context=tuple(told["context"]))
