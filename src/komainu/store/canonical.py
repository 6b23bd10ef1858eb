"""Canonical JSON (RFC 8785) of the little JSON that the ledger is written in.

Entries are made of objects with ASCII names, lists, strings without lone surrogates, whole numbers, booleans and null;
fractions are written as strings. For these, Python's own encoder writes just what the standard asks for, at several
times the speed of the reference package `rfc8785`, which the tests hold it against.
"""

from json import JSONEncoder
from typing import Any

Json = Any  # None, bool, int, str, and lists, tuples and string-keyed dicts of them; recursion slows mypy down

LARGEST_WHOLE = 2**53 - 1  # beyond it JSON does not promise to carry a whole number exactly

_ENCODE = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Json) -> str:
    """The one text of a value; TypeError for what JSON cannot carry."""
    return _ENCODE(value)
