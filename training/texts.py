"""Every text that training needs, once, as the states below the layers that are trained."""

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from model import Encoder, Packed
from numpy.typing import NDArray
from tokenizers import Tokenizer

from komainu.judges.embedded.words import ClauseWords, words_of_content
from komainu.learning.examples import Group

MAX_CONTENT, MAX_BEFORE, MAX_PART = 160, 48, 96  # tokens of a content, of the turns before it, of a part of a clause
_END = 2  # </s>


class Table:
    """Texts by the ids of their tokens; their states are kept in half precision."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._row: dict[tuple[str, str], int] = {}
        self.ids: list[list[int]] = []
        self._states: list[NDArray[np.float16]] = []

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

    def encode(self, encoder: Encoder, layers: int, at_once: int = 4096) -> None:
        """Run the layers that stay as they are, over every text that has no states yet."""
        rows = sorted(range(len(self._states), len(self.ids)), key=lambda row: len(self.ids[row]))
        self._states += [np.zeros((0, 0), np.float16)] * len(rows)
        started, done, total = time.time(), 0, sum(len(self.ids[row]) for row in rows)
        for chunk in _chunks(rows, [len(ids) for ids in self.ids], at_once):
            with torch.no_grad():
                packed = encoder.run(encoder.embed([self.ids[row] for row in chunk]), 0, layers)
            parts = packed.states.half().numpy()
            starts = np.cumsum([0, *packed.lengths])
            for place, row in enumerate(chunk):
                self._states[row] = parts[starts[place] : starts[place + 1]].copy()
            done += int(starts[-1])
            if done * 20 // total != (done - int(starts[-1])) * 20 // total:
                print(f"  states {done / total:4.0%} after {time.time() - started:4.0f} s", flush=True)

    def packed(self, rows: Sequence[int]) -> Packed:
        """The kept states of some texts."""
        states = [self._states[row] for row in rows]
        return Packed(torch.from_numpy(np.concatenate(states)).float(), [len(one) for one in states])


def tokens(tokenizer: Tokenizer, text: str, before: str, most: int) -> list[int]:
    """Ids of a text, cut to `most`, and of what came before it."""
    ids = list(tokenizer.encode(text).ids)
    if len(ids) > most:
        ids = [*ids[: most - 1], _END]
    if before:
        earlier = tokenizer.encode(before).ids[1:]
        ids += earlier[:MAX_BEFORE]
    return ids


def _chunks(rows: Sequence[int], lengths: Sequence[int], at_once: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    size = 0
    for row in rows:
        if chunk and size + lengths[row] > at_once:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += lengths[row]
    if chunk:
        yield chunk


class Item:
    """A group as rows of a table."""

    def __init__(self, group: Group, table: Table) -> None:
        self.group = group
        self.contents = [table.content(*words_of_content(content)) for content in group.contents]
        self.clauses = [_parts(words, table) for words in group.clauses]
        self.labels = torch.from_numpy(group.labels.astype(np.float32))
        self.tokens = sum(len(table.ids[row]) for row in self.contents)


def _parts(words: ClauseWords, table: Table) -> list[tuple[int, int]]:
    return [(kind, table.part(text)) for kind, text in words.parts]


def items(groups: Iterable[Group], table: Table) -> list[Item]:
    """Groups as rows; the table grows by what they say."""
    return [Item(group, table) for group in groups]
