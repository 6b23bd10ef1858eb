"""Names for things by what they are: SHA-256 over one canonical form."""

import hashlib
import json


def digest_of(*parts: object) -> str:
    """The SHA-256, in hex, of the parts as canonical ASCII JSON.

    Parts are strings, integers, booleans, None and (nested) lists or tuples of them; floats are refused, since their
    text form is not canonical. Any string has a digest, lone surrogates and NUL included, because JSON escapes them.
    """
    _refuse_floats(parts)
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _refuse_floats(part: object) -> None:
    if isinstance(part, list | tuple):
        for inner in part:
            _refuse_floats(inner)
    elif not isinstance(part, str | int | bool | None):
        raise TypeError(f"a digest covers strings, integers, booleans, None and lists of them; got {type(part)}")
