"""Everything a training run needs in one folder: tokens of every text, groups as rows of them, and the pretrained encoder.

    python training/prepare.py --e5 e5-small-q4.bin --tokenizer tokenizer.json --corpus DIR --data DIR --out DIR
"""

import argparse
import gzip
import json
import pickle
from pathlib import Path

import numpy as np
from e5 import packed_rows
from texts import Item, Table, items
from train import HERE, hashed_split, vocabulary

from komainu.learning.compose import drawn
from komainu.learning.public import load_public


def plain(item: Item) -> dict[str, object]:
    return {
        "source": item.group.source,
        "rules": [words.rule for words in item.group.clauses],
        "contents": item.contents,
        "clauses": item.clauses,
        "labels": item.group.labels,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("e5", "tokenizer", "corpus", "data", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--epochs", type=int, default=8)
    options.add_argument("--public", type=float, default=0.4)
    options.add_argument("--seed", type=int, default=20261126)
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    groups = hashed_split(given.corpus)
    sets = load_public(given.data, HERE / "wordings", given.seed)
    for number in range(given.epochs):
        groups[f"public-{number}"] = list(drawn(sets, seed=given.seed + number, share=given.public))
    groups["dev"] += list(drawn(sets, seed=given.seed - 1, share=0.02))
    training = [group for name, some in groups.items() if name not in ("dev", "test") for group in some]
    tokenizer, kept = vocabulary(given, training)
    tokenizer.save(str(given.out / "tokenizer.json"))
    table = Table(tokenizer)
    rows = {name: [plain(item) for item in items(some, table)] for name, some in groups.items()}
    lengths = np.array([len(ids) for ids in table.ids])
    np.savez(
        given.out / "texts.npz", ids=np.concatenate([np.array(i, np.uint16) for i in table.ids]), lengths=lengths
    )
    with gzip.open(given.out / "groups.pickle.gz", "wb", 6) as file:
        pickle.dump(rows, file)
    np.savez(given.out / "encoder.npz", **packed_rows(given.e5, kept))
    (given.out / "kept.json").write_text(json.dumps(kept))
    print({name: len(some) for name, some in rows.items()}, len(lengths), "texts", lengths.sum(), "tokens;", len(kept))


if __name__ == "__main__":
    main()
