"""Write the model card and the data card beside the weights, from what the run kept.

python training/card.py --given DIR --weights DIR
"""

import argparse
import gzip
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from licences import licence_of
from scores import Pair, scored
from sklearn.metrics import roc_auc_score

HEAD_TEXT = """
Made by `training/card.py`; change nothing here by hand.

Says how likely a content (a post, a prompt, a reply ...) violates each clause of a written policy. English and
Japanese, one CPU core, no GPU. How it works, what was tried, and its figures: docs/design/embedded.md.

- Encoder: multilingual-e5-small (Wang et al., 2024, arXiv 2402.05672; MIT), 12 layers of 384; its vocabulary cut to
  English, Japanese and symbols, its upper six layers trained further; int8 (dynamic, per channel).
- Head: late interaction of the tokens of clause and content; see `komainu.judges.embedded.head`.
- Data: DATA_CARD.md. Only sources whose licence allows commercial use.

## Figures of the shipped files

AUROC over the labelled pairs of policies that were not trained on. `dev` chose the state that was kept and the
calibration; `test`, the held-out part of the corpus, chose nothing. Intervals, controls, public sets and speed:
`make bench-judge`.
"""
TAIL_TEXT = """
## Limits

- Other languages than English and Japanese, disguised or encoded text, and clauses longer than 576 tokens: it
  abstains.
- It compares words and meanings. Arithmetic, dates, who said what to whom, and conditions over several turns are
  beyond it; there its probabilities lie near the base rate, and clauses stay open.
- Trained on rules about conduct, trade, safety, privacy and formats. Look at its figures on your own cases
  (`komainu policy test`, `komainu evaluate`) before you move a threshold.
- No text that sexualises minors was in its data: it has not learnt that matter and must not be relied on for it.

## Rebuild

    make train-judge CORPUS=DIR DATA=DIR

runs prepare.py, train.py (the head alone, then the upper layers), export.py, calibrate.py and card.py of training/.
Preparation gives the same tokens to the last bit: the tokenizer's SHA-256 below shows it. Training stops by the clock
(`--minutes`), so weights trained on another machine differ, and their figures a little. These took 64 minutes on two
cores.

## Files

| file | SHA-256 |
|---|---|
"""


def model_card(manifest: dict[str, Any], calibration: Any, figures: dict[str, list[Pair]]) -> Iterator[str]:
    """Lines of Markdown."""
    yield f"# The embedded judge, {manifest['name']}"
    yield HEAD_TEXT
    yield "| part | policies | pairs | violating | AUROC |"
    yield "|---|---|---|---|---|"
    for part, pairs in figures.items():
        for source in sorted({source for source, _, _ in pairs}):
            logits = [logit for name, logit, _ in pairs if name == source]
            labels = [label for name, _, label in pairs if name == source]
            auroc = roc_auc_score(labels, logits)
            yield f"| {part} | {source} | {len(labels):,} | {sum(labels):,} | {auroc:.3f} |"
    yield ""
    yield f"Calibration by language of the policy: `{json.dumps(calibration)}`"
    yield TAIL_TEXT + "\n".join(f"| {name} | `{digest}` |" for name, digest in manifest["sha256"].items())


def data_card(data: dict[str, Any]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "# What the embedded judge was trained on"
    yield ""
    yield "Made by `training/card.py`; change nothing here by hand. Policies are split whole, a twin or an inverse with"
    yield "its base."
    yield ""
    yield "| the project's own | policies | contents | pairs | violating |"
    yield "|---|---|---|---|---|"
    for name, one in data["own"].items():
        yield f"| {name} | {one['policies']:,} | {one['contents']:,} | {one['pairs']:,} | {one['violating']:,} |"
    yield ""
    yield f"Public sets: train rows only, without those that nearly repeat a test row; {data['draws']} draws, each of"
    yield f"{data['share']:.0%} of the rows, under wordings of their labels written for this. Sets without labels of"
    yield "harm are text that violates no rule on harm."
    yield ""
    yield "| set | licence | rows | violating | labels |"
    yield "|---|---|---|---|---|"
    for name, one in data["public"].items():
        title, licence = licence_of(name)
        yield f"| {title} | {licence} | {one['rows']:,} | {one['violating']:,} | {len(one['labels'])} |"
    yield ""
    yield "| what was read | SHA-256 |"
    yield "|---|---|"
    for name, digest in data["sha256"].items():
        yield f"| {name} | `{digest}` |"


def main() -> None:
    """Write both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("given", "weights"):
        options.add_argument(f"--{name}", type=Path, required=True)
    given = options.parse_args()
    data = json.loads((given.given / "data.json").read_text())
    manifest = json.loads((given.weights / "manifest.json").read_text())
    calibration = json.loads((given.weights / "calibration.json").read_text())
    with gzip.open(given.given / "groups.pickle.gz") as file:
        groups = pickle.load(file)  # noqa: S301 - written by prepare.py
    texts = np.load(given.given / "texts.npz")
    figures = {part: scored(given.weights, groups[part], texts["ids"], texts["lengths"]) for part in ("dev", "test")}
    cards = {"MODEL_CARD.md": model_card(manifest, calibration, figures), "DATA_CARD.md": data_card(data)}
    for name, lines in cards.items():
        (given.weights / name).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
