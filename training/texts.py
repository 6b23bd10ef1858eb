"""Every text that training needs, once: its tokens, and its states below the layers that are trained."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from model import Encoder, Packed
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_CONTENT, MAX_BEFORE, MAX_PART = 160, 48, 96  # tokens of a content, of the turns before it, of a part of a clause
_END = 2  # </s>


class Table:
    """Texts numbered as they come, as the ids of their tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._row: dict[tuple[str, str], int] = {}
        self.ids: list[list[int]] = []

    def content(self, text: str, before: str) -> int:
        """Row of a content: its text, then the end of the turns before it."""
        return self._add((text, before), MAX_CONTENT)

    def part(self, text: str) -> int:
        """Row of a part of a clause."""
        return self._add((text, ""), MAX_PART)

    def _add(self, key: tuple[str, str], most: int) -> int:
        if key not in self._row:
            self._row[key] = len(self.ids)
            self.ids.append(tokens(self._tokenizer, *key, most))
        return self._row[key]


def tokens(tokenizer: Tokenizer, text: str, before: str, most: int) -> list[int]:
    """Ids of a text, cut to `most`, and of what came before it."""
    ids = list(tokenizer.encode(text).ids)
    if len(ids) > most:
        ids = [*ids[: most - 1], _END]
    if before:
        earlier = tokenizer.encode(before).ids[1:]
        ids += earlier[:MAX_BEFORE]
    return ids


class States:
    """What the layers that stay as they are make of every text, in half precision, in one file."""

    def __init__(self, ids: NDArray[np.uint16], lengths: NDArray[np.int64], width: int) -> None:
        self._ids, self._lengths = ids, lengths
        self._starts = np.cumsum(lengths) - lengths
        self._width = width
        self._states: NDArray[np.float16] = np.zeros((0, width), np.float16)

    def ids(self, row: int) -> list[int]:
        """Tokens of one text."""
        start = self._starts[row]
        return self._ids[start : start + self._lengths[row]].astype(int).tolist()

    def fill(self, encoder: Encoder, layers: int, file: Path, at_once: int = 4096) -> None:
        """Run the lower layers over every text, or read what an earlier run kept in `file`."""
        shape = (len(self._ids), self._width)
        if file.exists():
            self._states = np.memmap(file, np.float16, "r", shape=shape)
            return
        part = file.with_suffix(".part")
        states = np.memmap(part, np.float16, "w+", shape=shape)
        started, done = time.time(), 0
        for rows in self._chunks(np.argsort(self._lengths, kind="stable"), at_once):
            with torch.no_grad():
                packed = encoder.run(encoder.embed([self.ids(row) for row in rows]), 0, layers)
            for row, one in zip(rows, packed.states.half().split(packed.lengths), strict=True):
                states[self._starts[row] : self._starts[row] + len(one)] = one.numpy()
            before, done = done, done + sum(packed.lengths)
            if done * 20 // len(self._ids) != before * 20 // len(self._ids):
                print(f"  states {done / len(self._ids):4.0%} after {time.time() - started:4.0f} s", flush=True)
        states.flush()
        part.rename(file)
        self._states = states

    def packed(self, rows: Sequence[int], device: torch.device) -> Packed:
        """The kept states of some texts."""
        states = np.concatenate([self._states[self._starts[r] : self._starts[r] + self._lengths[r]] for r in rows])
        return Packed(torch.from_numpy(states).to(device).float(), [int(self._lengths[row]) for row in rows])

    def _chunks(self, rows: NDArray[np.int64], at_once: int) -> Iterator[list[int]]:
        chunk: list[int] = []
        size = 0
        for row in rows.tolist():
            if chunk and size + self._lengths[row] > at_once:
                yield chunk
                chunk, size = [], 0
            chunk.append(row)
            size += int(self._lengths[row])
        if chunk:
            yield chunk
