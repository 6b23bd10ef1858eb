"""Train the embedded judge.

    python training/train.py --e5 e5-small-q4.bin --tokenizer tokenizer.json --corpus DIR --data DIR --out DIR
"""

import argparse
import json
import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from e5 import read_e5
from model import Encoder, Head, Packed
from sklearn.metrics import roc_auc_score
from texts import Item, Table, items
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from vocabulary import kept_pieces, pruned

from komainu.evals import is_held_out, load_suites
from komainu.learning.compose import drawn
from komainu.learning.corpus import from_suite, load_micro
from komainu.learning.examples import Group
from komainu.learning.public import PublicSet, load_public
from komainu.learning.written import load_written

HERE = Path(__file__).parent
TOKENS = 3_000  # of contents in a batch
CROSS = 0.15  # weight of pairs of a content with a clause of another group
RANK = 0.3  # weight of the order of pairs beside their labels
_ASKS_FOR = re.compile(  # rules that unrelated text may violate, by what it lacks
    r"\b(must|every|each|only|requir\w+|at least|needs? to|shall|should|always|without|include|state|unless)\b"
    r"|必ず|なければ|のみ|だけ|限|記載|明記|以外|こと|ください|義務",
    re.IGNORECASE,
)


def hashed(name: str) -> int:
    return int(sha256(name.encode()).hexdigest(), 16) % 10


def hashed_split(corpus: Path) -> dict[str, list[Group]]:
    """Groups for training, for early stopping, and of the held-out policies (measured, never fitted)."""
    groups: dict[str, list[Group]] = {"train": [], "dev": [], "test": []}
    for suite in load_suites([path for path in sorted(corpus.iterdir()) if path.is_dir() and path.name != "micro"]):
        part = "test" if is_held_out(suite.policy.id) else "dev" if hashed(suite.base) == 6 else "train"
        groups[part].append(from_suite(suite))
    more = [group for path in sorted((corpus / "micro").glob("*.jsonl")) for group in load_micro(path)]
    more += [group for path in sorted((HERE / "written").glob("*.rules")) for group in load_written(path)]
    for group in more:
        groups["dev" if hashed(group.split_by) == 9 else "train"].append(group)
    return groups


def batches(given: Sequence[Item], chance: random.Random, tokens: int = TOKENS) -> Iterator[list[Item]]:
    order = list(given)
    chance.shuffle(order)
    batch: list[Item] = []
    for item in order:
        if batch and sum(one.tokens for one in batch) + item.tokens > tokens:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


class Judge(torch.nn.Module):
    def __init__(self, encoder: Encoder, head: Head, table: Table, first: int) -> None:
        super().__init__()
        self.encoder, self.head, self.table, self.first = encoder, head, table, first
        self.dropout = 0.0

    def upper(self, rows: Sequence[int]) -> Packed:
        packed = self.table.packed(rows)
        return self.encoder.run(packed, self.first, None, self.dropout) if self.first < len(self.encoder.layers) else packed

    def forward(self, batch: Sequence[Item]) -> Tensor:
        """Logits of all contents of the batch under all its clauses."""
        contents = list(dict.fromkeys(row for item in batch for row in item.contents))
        parts = list(dict.fromkeys(row for item in batch for clause in item.clauses for _, row in clause))
        packed = self.upper([*contents, *parts])
        states = packed.states.split(packed.lengths)
        at = {("c", row): states[place] for place, row in enumerate(contents)}
        at |= {("p", row): states[len(contents) + place] for place, row in enumerate(parts)}
        compiled = self.compile(batch, at)
        grid, mask = _pad([at["c", row] for item in batch for row in item.contents])
        return self.head.score(self.head.project(grid, mask), mask, compiled)

    def compile(self, batch: Sequence[Item], at: dict[tuple[str, int], Tensor]) -> tuple[Tensor, ...]:
        words, kinds = [], []
        for item in batch:
            for clause in item.clauses:
                words.append(torch.cat([at["p", row] for _, row in clause]))
                kinds.append(torch.cat([torch.full((len(at["p", row]),), kind) for kind, row in clause]))
        grid, mask = _pad(words)
        return self.head.compile(grid, mask, torch.nn.utils.rnn.pad_sequence(kinds, batch_first=True))


def _pad(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    grid = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    lengths = torch.tensor([len(one) for one in states])
    return grid, torch.arange(grid.shape[1])[None, :] < lengths[:, None]


def targets(batch: Sequence[Item]) -> tuple[Tensor, Tensor]:
    """Labels and weights of all pairs of the batch."""
    labels = torch.block_diag(*[item.labels.clamp(min=0) for item in batch])
    weights = torch.block_diag(*[(item.labels >= 0).float() for item in batch])
    own = torch.block_diag(*[torch.ones_like(item.labels) for item in batch])
    far = torch.tensor([not _ASKS_FOR.search(words.rule) for item in batch for words in item.group.clauses])
    written = torch.tensor([not item.group.source.startswith("public") for item in batch for _ in item.clauses])
    plain = torch.tensor([not item.group.source.startswith("public") for item in batch for _ in item.contents])
    cross = (own == 0) & (far & written)[None, :] & plain[:, None]
    count = cross.sum().clamp(min=1)
    return labels, weights + cross * torch.minimum(torch.tensor(CROSS), CROSS * 4 * weights.sum() / count)


def loss_of(logits: Tensor, batch: Sequence[Item]) -> Tensor:
    labels, weights = targets(batch)
    plain = (F.binary_cross_entropy_with_logits(logits, labels, reduction="none") * weights).sum() / weights.sum()
    row = column = 0
    order = []
    for item in batch:
        rows, columns = item.labels.shape
        own = logits[row : row + rows, column : column + columns]
        for scores, known in ((own, item.labels), (own.T, item.labels.T)):
            apart = scores[:, :, None] - scores[:, None, :]
            asked = (known[:, :, None] == 1) & (known[:, None, :] == 0)
            if asked.any():
                order.append(F.softplus(-apart[asked]).mean())
        row, column = row + rows, column + columns
    return plain + RANK * torch.stack(order).mean() if order else plain


@torch.no_grad()
def measure(judge: Judge, given: Sequence[Item]) -> dict[str, tuple[float, int]]:
    """AUROC over the pairs of each source, and how often one text under opposite labels comes in the right order."""
    judge.eval()
    by: dict[str, list[tuple[float, float]]] = {}
    order: dict[str, list[float]] = {}
    for item in given:
        scores = judge([item]).numpy()
        source = item.group.source.split("-")[0]
        if source == "public":
            source = item.group.source
        known = item.labels.numpy()
        for name in (source, item.group.source):
            by.setdefault(name, []).extend((s, k) for s, k in zip(scores[known >= 0], known[known >= 0], strict=True))
        for line, truth in zip(scores, known, strict=True):
            ups, downs = line[truth == 1], line[truth == 0]
            order.setdefault(source, []).extend((ups[:, None] > downs[None, :]).ravel().astype(float))
    found = {}
    for name, pairs in sorted(by.items()):
        scores, truth = np.array(pairs).T
        if 0 < truth.sum() < len(truth):
            found[name] = (float(roc_auc_score(truth, scores)), len(pairs))
    found |= {f"order {name}": (float(np.mean(flags)), len(flags)) for name, flags in order.items() if flags}
    judge.train()
    return found


def say(found: dict[str, tuple[float, int]]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, (value, _) in found.items())


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("e5", "tokenizer", "corpus", "data", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--first", type=int, default=6, help="lowest layer that is trained; 12 trains the head alone")
    options.add_argument("--epochs", type=int, default=3)
    options.add_argument("--public", type=float, default=0.35, help="share of the public rows drawn each epoch")
    options.add_argument("--minutes", type=float, default=60, help="the learning rate falls to nothing over this time")
    options.add_argument("--rate", type=float, default=1e-4)
    options.add_argument("--head-rate", type=float, default=1e-3)
    options.add_argument("--limit", type=int, help="groups of each part, to try things out")
    options.add_argument("--dropout", type=float, default=0.1)
    options.add_argument("--seed", type=int, default=20261126)
    return options.parse_args()


def vocabulary(given: argparse.Namespace, groups: Sequence[Group]) -> tuple[Tokenizer, list[int]]:
    tokenizer = Tokenizer.from_file(str(given.tokenizer))
    texts = [content.text for group in groups for content in group.contents]
    texts += [text for group in groups for words in group.clauses for _, text in words.parts]
    kept = kept_pieces(tokenizer, texts)
    return pruned(tokenizer, kept), kept


def main() -> None:
    given = arguments()
    torch.manual_seed(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    groups = hashed_split(given.corpus)
    sets = load_public(given.data, HERE / "wordings", given.seed) if given.public else []
    epochs = [list(drawn(sets, seed=given.seed + number, share=given.public)) for number in range(given.epochs)]
    public_dev = [group for group in drawn(sets, seed=given.seed - 1, share=0.02)]
    tokenizer, kept = vocabulary(given, [*groups["train"], *(group for epoch in epochs for group in epoch)])
    tokenizer.save(str(given.out / "tokenizer.json"))
    (given.out / "kept.json").write_text(json.dumps(kept))
    table = Table(tokenizer)
    parts = {name: items(some[: given.limit], table) for name, some in groups.items()}
    drawn_items = [items(epoch[: given.limit], table) for epoch in epochs]
    public_items = items(public_dev, table)
    judge = Judge(Encoder(read_e5(given.e5), kept), Head(), table, given.first)
    print({name: len(some) for name, some in parts.items()}, "public", [len(some) for some in drawn_items])
    print(len(table.ids), "texts", sum(map(len, table.ids)), "tokens; vocabulary", len(kept), flush=True)
    table.encode(judge.encoder, given.first)
    dev = [*parts["dev"], *public_items]
    fit(judge, parts["train"], drawn_items, dev, given)
    print("test", say(measure(judge, parts["test"])))


def fit(judge: Judge, train: list[Item], public: list[list[Item]], dev: list[Item], given: argparse.Namespace) -> None:
    trained = [p for layer in judge.encoder.layers[given.first :] for p in layer.parameters()]
    ids = {id(p) for p in trained}
    for parameter in judge.encoder.parameters():
        parameter.requires_grad_(id(parameter) in ids)
    sets = [{"params": list(judge.head.parameters()), "lr": given.head_rate}]
    if trained:
        sets.append({"params": trained, "lr": given.rate})
    judge.dropout = given.dropout
    optimizer = torch.optim.AdamW(sets, weight_decay=0.01, betas=(0.9, 0.98))
    rates = [one["lr"] for one in sets]
    chance = random.Random(given.seed)
    all_batches = [batch for epoch in public for batch in batches([*train, *epoch], chance)] if public else []
    total, started, running, best = len(all_batches), time.time(), [], 0.0
    used = {"cut": total}
    for step, batch in enumerate(all_batches):
        spent = (time.time() - started) / 60 / given.minutes
        done = max(step / total, spent)
        if done >= 1:
            break
        warm = min(1.0, (step + 1) / 60)
        for one, rate in zip(optimizer.param_groups, rates, strict=True):
            one["lr"] = rate * warm * 0.5 * (1 + math.cos(math.pi * done))
        loss = loss_of(judge(batch), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for one in sets for p in one["params"]], 1.0)
        optimizer.step()
        running.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}/{total} loss {np.mean(running[-50:]):.4f} {time.time() - started:.0f} s", flush=True)
        if (step + 1) % 300 == 0:
            found = measure(judge, dev)
            print(f"  dev {say(found)}", flush=True)
            torch.save({"encoder": judge.encoder.state_dict(), "head": judge.head.state_dict()}, given.out / "last.pt")
    print("dev", say(measure(judge, dev)))
    torch.save({"encoder": judge.encoder.state_dict(), "head": judge.head.state_dict()}, given.out / "last.pt")


if __name__ == "__main__":
    main()
