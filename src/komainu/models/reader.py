"""A small multilingual encoder that reads token by token: what the embedded judge is built on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors
from tokenizers import Tokenizer

from komainu.errors import JudgeError

Floats = NDArray[np.float32]
Ids = Sequence[int]
START, END = 0, 2  # ids of the marks <s> and </s>

_BROKEN = (onnx_errors.Fail, onnx_errors.InvalidProtobuf, onnx_errors.InvalidGraph, onnx_errors.InvalidArgument)
TOKENIZER, WORDS, ENCODER, MANIFEST = "tokenizer.json", "words.npz", "encoder.onnx", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A text as the encoder takes it."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]  # of each token, in characters of the text


class Reader(Protocol):
    """Turns texts into one vector per token."""

    @property
    def name(self) -> str:
        """Name and version; states of different names are never compared."""
        ...

    def tokens(self, text: str) -> Tokens:
        """The text in pieces, without marks of start and end."""
        ...

    def states(self, texts: Sequence[Ids]) -> Sequence[Floats]:
        """For each text, given as ids with its marks, the states (tokens, width). Blocks."""
        ...


class OnnxReader:
    """Weights from a folder, checked against its manifest; ONNX Runtime on one thread, which does not spin."""

    def __init__(self, folder: Path) -> None:
        """JudgeError where a file is missing, damaged, or not the one that the manifest names."""
        manifest = checked(folder)
        self.name: str = manifest["name"]
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_truncation()
        with np.load(folder / WORDS, allow_pickle=False) as kept:
            self._words, self._scale, self._places = kept["words"], kept["scale"], kept["places"]
        self._session = _session(folder / ENCODER)

    def tokens(self, text: str) -> Tokens:
        """The text in pieces; what cannot be written as UTF-8 is read as U+FFFD."""
        encoded = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)
        return Tokens(ids=tuple(encoded.ids), spans=tuple(encoded.offsets))

    def states(self, texts: Sequence[Ids]) -> Sequence[Floats]:
        """The states of each text, which do not depend on the others.

        Texts run one by one: in int8 the scale of a batch is that of its largest value, so a text would be read a
        little differently in other company.
        """
        return [self._one(np.array(text, np.int64)) for text in texts]

    def _one(self, ids: NDArray[np.int64]) -> Floats:
        words = self._words[ids].astype(np.float32) * self._scale[ids][:, None] + self._places[: len(ids)]
        states: Floats = self._session.run(None, {"words": words[None], "mask": np.ones((1, len(ids)), np.float32)})[0]
        first: Floats = states[0]
        return first


def checked(folder: Path) -> Mapping[str, Any]:
    """The manifest of a folder of weights, once every file in it is known to be whole."""
    try:
        manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        for name, wanted in manifest["sha256"].items():
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            if found != wanted:
                raise JudgeError(
                    f"{folder / name} is damaged or not the file that {MANIFEST} names: expected SHA-256 {wanted}, "
                    f"got {found}; install Komainu again"
                )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise JudgeError(f"the weights in {folder} cannot be read: {error!r}; install Komainu again") from error
    return manifest


def _session(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except _BROKEN as error:
        raise JudgeError(f"{file} is no network that can be run: {error}; install Komainu again") from error
