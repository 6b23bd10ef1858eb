"""Put everything that a training run needs into one folder: tokens, groups, the pretrained encoder, what the data are.

python training/prepare.py --e5 e5-small-q4.bin --tokenizer tokenizer.json --corpus DIR --data DIR --out DIR
"""

import argparse
import gzip
import json
import pickle
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from e5 import packed_rows
from licences import licence_of
from texts import Table
from tokenizers import Tokenizer
from vocabulary import kept_pieces, pruned

from komainu.evals import is_held_out, load_suites
from komainu.judges.embedded.words import words_of_content
from komainu.learning.compose import drawn
from komainu.learning.corpus import from_suite, load_micro
from komainu.learning.examples import UNKNOWN, VIOLATES, Group
from komainu.learning.public import PublicSet, load_public
from komainu.learning.written import load_written

HERE = Path(__file__).parent
Row = dict[str, Any]


def hashed(name: str) -> int:
    """0 to 9, for splits that do not move."""
    return int(sha256(name.encode()).hexdigest(), 16) % 10


def split(corpus: Path) -> dict[str, list[Group]]:
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


def as_rows(groups: Iterable[Group], table: Table) -> list[Row]:
    """Groups as numbers of texts in the table."""
    return [
        {
            "source": group.source,
            "rules": [words.rule for words in group.clauses],
            "contents": [table.content(*words_of_content(content)) for content in group.contents],
            "clauses": [[(kind, table.part(text)) for kind, text in words.parts] for words in group.clauses],
            "labels": group.labels,
        }
        for group in groups
    ]


def texts_of(groups: Sequence[Group]) -> list[str]:
    """Everything said in the groups."""
    texts = [content.text for group in groups for content in group.contents]
    return texts + [text for group in groups for words in group.clauses for _, text in words.parts]


def described(given: argparse.Namespace, groups: dict[str, list[Group]], sets: Sequence[PublicSet]) -> dict[str, Any]:
    """What the training data are, for the cards: counts, seeds, and the SHA-256 of every file that was read."""
    own = {}
    for part in ("train", "dev", "test"):
        for source in sorted({group.source for group in groups[part]}):
            mine = [group for group in groups[part] if group.source == source]
            own[f"{source}, {part}"] = {
                "policies": len(mine),
                "contents": sum(len(group.contents) for group in mine),
                "pairs": int(sum((group.labels != UNKNOWN).sum() for group in mine)),
                "violating": int(sum((group.labels == VIOLATES).sum() for group in mine)),
            }
    for one in sets:
        licence_of(one.name)
    folders = {"corpus": given.corpus, "wordings": HERE / "wordings", "written": HERE / "written"}
    data = [given.data / f"{one.name}.jsonl.gz" for one in sets] + [given.data / "labels.jsonl"]
    return {
        "seed": given.seed,
        "draws": given.epochs,
        "share": given.public,
        "own": own,
        "public": {
            one.name: {
                "rows": len(one.rows),
                "labels": sorted(one.wordings),
                "violating": sum(any(row.labels.values()) for row in one.rows),
            }
            for one in sets
        },
        "sha256": {name: tree_digest(folder) for name, folder in folders.items()}
        | {path.name: sha256(path.read_bytes()).hexdigest() for path in (given.e5, given.tokenizer, *data)},
    }


def tree_digest(folder: Path) -> str:
    """Of the names and contents of all files in a folder."""
    whole = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder)} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def main() -> None:
    """Read the options, then write the folder."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("e5", "tokenizer", "corpus", "data", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--epochs", type=int, default=8, help="draws of the public rows")
    options.add_argument("--public", type=float, default=0.4, help="share of the public rows in each draw")
    options.add_argument("--seed", type=int, default=20261126)
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    groups = split(given.corpus)
    sets = load_public(given.data, HERE / "wordings", given.seed)
    for number in range(given.epochs):
        groups[f"public-{number}"] = list(drawn(sets, seed=given.seed + number, share=given.public))
    tokenizer = Tokenizer.from_file(str(given.tokenizer))
    training = [group for name, some in groups.items() if name not in {"dev", "test"} for group in some]
    kept = kept_pieces(tokenizer, texts_of(training))
    tokenizer = pruned(tokenizer, kept)
    tokenizer.save(str(given.out / "tokenizer.json"))
    table = Table(tokenizer)
    rows = {name: as_rows(some, table) for name, some in groups.items()}
    ordinary = files("komainu.judges.embedded").joinpath("ordinary.txt").read_text("utf-8").splitlines()
    rows["ordinary"] = [table.content(f"post: {line}", "") for line in ordinary if line]
    lengths = np.array([len(ids) for ids in table.ids])
    flat = np.concatenate([np.array(ids, np.uint16) for ids in table.ids])
    np.savez(given.out / "texts.npz", ids=flat, lengths=lengths)
    with gzip.open(given.out / "groups.pickle.gz", "wb", 6) as file:
        pickle.dump(rows, file)
    np.savez(given.out / "encoder.npz", **packed_rows(given.e5, kept))
    (given.out / "kept.json").write_text(json.dumps(kept))
    (given.out / "data.json").write_text(json.dumps(described(given, groups, sets), indent=1) + "\n")
    print({name: len(some) for name, some in rows.items()}, f"{len(flat):,} tokens, {len(kept):,} pieces")


if __name__ == "__main__":
    main()
