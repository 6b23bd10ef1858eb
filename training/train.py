"""Train the embedded judge from a folder that `prepare.py` filled; needs torch and numpy alone.

python training/train.py --given DIR --out DIR
"""

import argparse
import gzip
import math
import pickle
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from e5 import unpacked
from model import EXCEPTION, RULE, Encoder, Head, Layout, Looked, Packed
from numpy.typing import NDArray
from texts import States
from torch import Tensor
from torch.nn import functional

CROSS = 0.15  # weight of pairs of a content with a clause of another group
RANK = 0.5  # weight of the order of pairs beside their labels
USUAL = 48  # ordinary texts that a step measures likeness against
WARM = 60  # steps
_ASKS_FOR = re.compile(  # rules that unrelated text may violate, by what it lacks
    r"\b(must|every|each|only|requir\w+|at least|needs? to|shall|should|always|without|include|state|unless)\b"
    r"|必ず|なければ|のみ|だけ|限|記載|明記|以外|こと|ください|義務",
    re.IGNORECASE,
)
Batch = list["Item"]
Figures = dict[str, float]


class Item:
    """A group: a policy with contents judged under its clauses."""

    def __init__(self, row: dict[str, Any], lengths: NDArray[np.int64]) -> None:
        self.source: str = row["source"]
        self.contents: list[int] = row["contents"]
        self.clauses: list[list[tuple[int, int]]] = row["clauses"]
        self.labels: NDArray[np.int8] = row["labels"]
        self.public = self.source.startswith("public")
        self.far = np.array([not self.public and not _ASKS_FOR.search(rule) for rule in row["rules"]])
        self.tokens = int(lengths[self.contents].sum())

    @property
    def part(self) -> str:
        """Which part of the data it comes from."""
        return self.source.split("-", maxsplit=1)[0]


def batches(items: Sequence[Item], chance: random.Random, most: int) -> Iterator[Batch]:
    """All items in a random order, so many at a time that their contents have at most `most` tokens."""
    order = list(items)
    chance.shuffle(order)
    batch: Batch = []
    for item in order:
        if batch and sum(one.tokens for one in batch) + item.tokens > most:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


class Judge(torch.nn.Module):
    """The encoder's upper layers and the head, over texts whose lower states are kept."""

    def __init__(self, encoder: Encoder, head: Head, states: States, ordinary: list[int], first: int) -> None:
        super().__init__()
        self.encoder, self.head, self.states, self.ordinary, self.first = encoder, head, states, ordinary, first
        self.dropout = 0.0

    def upper(self, rows: Sequence[int]) -> Packed:
        """States at the top of the encoder."""
        packed = self.states.packed(rows, self.head.centre.device)
        if self.first < len(self.encoder.layers):
            packed = self.encoder.run(packed, self.first, None, self.dropout)
        elif self.training and self.dropout:
            packed = Packed(functional.dropout(packed.states, self.dropout), packed.lengths)
        return packed

    def forward(self, batch: Batch, usual: Sequence[int]) -> Tensor:
        """Logits of all contents of the batch under all its clauses."""
        contents = list(dict.fromkeys(row for item in batch for row in item.contents))
        wanted = [
            (c, kind, row) for c, clause in enumerate(x for i in batch for x in i.clauses) for kind, row in clause
        ]
        parts = list(dict.fromkeys(row for _, kind, row in wanted if kind in {RULE, EXCEPTION}))
        packed = self.upper([*contents, *parts, *usual])
        a, b = len(contents), len(contents) + len(parts)
        split = np.cumsum([0, *packed.lengths])
        some = Packed(packed.states[split[a] : split[b]], packed.lengths[a:b])
        of_texts = Packed(
            torch.cat([packed.states[: split[a]], packed.states[split[b] :]]), packed.lengths[:a] + packed.lengths[b:]
        )
        texts, looked = self.head.look(of_texts, parts=False), self.head.look(some, parts=True)
        near = texts.owner < a
        at = {row: place for place, row in enumerate(contents)}
        place = {row: number for number, row in enumerate(parts)}
        given = Looked(texts.keys[near], texts.wholes[:a], texts.weights[near], texts.owner[near])
        far = Looked(texts.keys[~near], texts.wholes[a:], texts.weights[~near], texts.owner[~near] - a)
        rules = [place[row] for _, kind, row in wanted if kind == RULE]
        excused = [(c, place[row]) for c, kind, row in wanted if kind == EXCEPTION]
        layout = Layout(torch.tensor(rules), torch.tensor(excused).reshape(-1, 2), list(_slices(batch)))
        sums = some.states.new_zeros(len(parts), some.states.shape[1]).index_add(0, looked.owner, some.states)
        means = (sums / torch.tensor(some.lengths)[:, None])[layout.rules]
        logits: Tensor = self.head(given, looked, means, far, layout)
        return logits[[at[row] for item in batch for row in item.contents]]


def _slices(batch: Batch) -> Iterator[slice]:
    start = 0
    for item in batch:
        yield slice(start, start + len(item.clauses))
        start += len(item.clauses)


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """Of labels, of the order of pairs, and, weighted little, of contents under clauses of other groups."""
    labels, weights, own = (np.zeros(tuple(logits.shape), np.float32) for _ in range(3))
    below, above, share = [], [], []
    y = x = 0
    for item in batch:
        h, w = item.labels.shape
        labels[y : y + h, x : x + w] = np.maximum(item.labels, 0)
        weights[y : y + h, x : x + w] = item.labels >= 0
        own[y : y + h, x : x + w] = 1
        places = np.arange(y, y + h)[:, None] * logits.shape[1] + np.arange(x, x + w)[None, :]
        for known, at in ((item.labels, places), (item.labels.T, places.T)):
            row, up, down = np.nonzero((known[:, :, None] == 1) & (known[:, None, :] == 0))
            above.append(at[row, up])
            below.append(at[row, down])
            share.append(np.full(len(row), 1 / max(1, len(row)), np.float32))
        y, x = y + h, x + w
    far = np.concatenate([item.far for item in batch])
    plain = np.concatenate([np.full(len(item.contents), not item.public) for item in batch])
    cross = (own == 0) & far[None, :] & plain[:, None]
    known = weights.sum()
    weights += cross * min(CROSS, CROSS * 4 * known / max(1, cross.sum()))
    truth, weight = torch.from_numpy(labels), torch.from_numpy(weights)
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    flat = logits.flatten()
    apart = flat[np.concatenate(below)] - flat[np.concatenate(above)]
    order = functional.softplus(apart) @ torch.from_numpy(np.concatenate(share)) / (2 * len(batch))
    return (each * weight).sum() / float(known) + RANK * order


def auroc(scores: NDArray[np.floating[Any]], truth: NDArray[Any]) -> float:
    """Chance that a violation scores above what is none."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ups = int((truth == 1).sum())
    return float((ranks[truth == 1].sum() - ups * (ups + 1) / 2) / (ups * (len(truth) - ups)))


@torch.no_grad()
def measure(judge: Judge, items: Sequence[Item]) -> Figures:
    """AUROC over the pairs of each source, and how often one text under opposite labels comes in the right order."""
    judge.eval()
    by: dict[str, list[tuple[NDArray[Any], NDArray[Any]]]] = {}
    order: dict[str, list[float]] = {}
    for batch in batches(items, random.Random(0), 3_000):
        scores, y, x = judge(batch, judge.ordinary).cpu().numpy(), 0, 0
        for item in batch:
            h, w = item.labels.shape
            own, y, x = scores[y : y + h, x : x + w], y + h, x + w
            known = item.labels >= 0
            for name in {item.part, item.source}:
                by.setdefault(name, []).append((own[known], item.labels[known]))
            for line, truth in zip(own, item.labels, strict=True):
                wins = line[truth == 1][:, None] > line[truth == 0][None, :]
                order.setdefault(f"order {item.part}", []).extend(wins.ravel().astype(float))
    judge.train()
    pooled = {name: [np.concatenate(one) for one in zip(*pairs, strict=True)] for name, pairs in sorted(by.items())}
    found = {name: auroc(*pair) for name, pair in pooled.items() if 0 < (pair[1] == 1).sum() < len(pair[1])}
    return found | {name: float(np.mean(wins)) for name, wins in order.items() if wins}


def say(found: Figures) -> str:
    """Figures in one line, public sets one by one left out."""
    return "  ".join(f"{name} {value:.3f}" for name, value in found.items() if not name.startswith("public-"))


def worth(found: Figures) -> float:
    """What the state that is kept is chosen by."""
    return sum(found.get(name, 0.5) for name in ("corpus", "micro", "written", "public"))


def fit(judge: Judge, train: list[Item], public: list[list[Item]], dev: list[Item], given: argparse.Namespace) -> None:
    """Train; leave the judge in the state that was best on the dev policies."""
    upper = [p for layer in judge.encoder.layers[given.first :] for p in layer.parameters()]
    for parameter in judge.encoder.parameters():
        parameter.requires_grad_(False)
    for parameter in upper:
        parameter.requires_grad_(True)
    sets = [{"params": list(judge.head.parameters()), "lr": given.head_rate}]
    sets += [{"params": upper, "lr": given.rate}] if upper else []
    judge.dropout = given.dropout
    optimizer = torch.optim.AdamW(sets, weight_decay=0.01, betas=(0.9, 0.98))
    rates = [one["lr"] for one in sets]
    chance = random.Random(given.seed)
    steps = [
        batch
        for n in range(given.epochs)
        for batch in batches([*train, *public[n % len(public)]], chance, given.tokens)
    ]
    started, running, best, kept = time.time(), [], worth(measure(judge, dev)), _copy(judge)
    print(f"{len(steps)} steps; untrained {best:.3f}", flush=True)
    for step, batch in enumerate(steps):
        done = max(step / len(steps), (time.time() - started) / 60 / given.minutes)
        if done >= 1:
            break
        for one, rate in zip(optimizer.param_groups, rates, strict=True):
            one["lr"] = rate * min(1.0, (step + 1) / WARM) * 0.5 * (1 + math.cos(math.pi * done))
        loss = loss_of(judge(batch, chance.sample(judge.ordinary, USUAL)), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for one in sets for p in one["params"]], 1.0)
        optimizer.step()
        running.append(loss.item())
        if (step + 1) % given.every == 0 or step + 1 == len(steps):
            found = measure(judge, dev)
            at = f"step {step + 1} loss {np.mean(running[-given.every :]):.4f} {time.time() - started:.0f} s"
            print(at, say(found), flush=True)
            if worth(found) > best:
                best, kept = worth(found), _copy(judge)
                torch.save(kept, given.out / "judge.pt")
    judge.load_state_dict(kept)


def _copy(judge: Judge) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in judge.state_dict().items()}


def arguments() -> argparse.Namespace:
    """The options."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("given", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--start", type=Path, help="a judge.pt to go on from")
    options.add_argument("--first", type=int, default=6, help="lowest layer that is trained; 12 trains the head alone")
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--minutes", type=float, default=90, help="the learning rate falls to nothing over this time")
    options.add_argument("--tokens", type=int, default=3_000, help="of the contents of a batch")
    options.add_argument("--every", type=int, default=150, help="steps between two looks at the dev policies")
    options.add_argument("--rate", type=float, default=3e-5)
    options.add_argument("--head-rate", type=float, default=1e-3)
    options.add_argument("--dropout", type=float, default=0.1)
    options.add_argument("--seed", type=int, default=20261126)
    return options.parse_args()


def main() -> None:
    """Train from the options."""
    given = arguments()
    torch.manual_seed(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    texts = np.load(given.given / "texts.npz")
    with gzip.open(given.given / "groups.pickle.gz") as file:
        rows = pickle.load(file)  # noqa: S301 - written by prepare.py
    ordinary = rows.pop("ordinary")
    parts = {name: [Item(row, texts["lengths"]) for row in some] for name, some in rows.items()}
    pretrained = unpacked(np.load(given.given / "encoder.npz"))
    encoder, head = Encoder(pretrained, range(len(pretrained.tensors["emb.word"]))), Head()
    states = States(texts["ids"], texts["lengths"], pretrained.width)
    judge = Judge(encoder, head, states, ordinary, given.first)
    if given.start:
        judge.load_state_dict(torch.load(given.start))
    kept = given.given / f"states-{given.first}{given.start.stem if given.start else ''}.f16"
    states.fill(encoder, given.first, kept)
    if not given.start:
        with torch.no_grad():
            sample = random.Random(given.seed).sample(range(len(texts["lengths"])), 400)
            head.begin(judge.upper(sample).states)
    public = [parts[name] for name in sorted(parts) if name.startswith("public")]
    fit(judge, parts["train"], public, parts["dev"], given)
    torch.save(_copy(judge), given.out / "judge.pt")
    print("dev ", say(measure(judge, parts["dev"])))
    print("test", say(measure(judge, parts["test"])))


if __name__ == "__main__":
    main()
