"""Finish an exported judge: read the ordinary texts, fit the calibration on the policies kept for early stopping.

Both are written beside the weights, and into the manifest.

python training/calibrate.py --given DIR --weights DIR
"""

import argparse
import gzip
import hashlib
import json
import pickle
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scores import scored

from komainu.judges.embedded.head import Head
from komainu.judges.embedded.weights import CALIBRATION, HEAD, ORDINARY, read_ordinary
from komainu.models.reader import OnnxReader

LANGUAGES = ("en", "ja")
WHOLE = "corpus"  # the kind that policies in use are like
PRIOR = 0.5  # standard deviation of the logarithm of the slope


def platt(logits: np.ndarray, truth: np.ndarray, kinds: Sequence[str]) -> tuple[float, float]:
    """The slope, and the shift of whole policies, with the least cross-entropy; the slope is kept above nothing.

    Each kind of data has a shift of its own: rules written singly were given as many violations as not, whole policies
    what policies in use meet, a clause violated here and there. The shift that is kept is that of whole policies.
    """
    names = sorted(set(kinds))
    place = np.array([names.index(kind) for kind in kinds])

    def lost(wanted: np.ndarray) -> float:
        found = np.exp(wanted[0]) * logits + wanted[1:][place]
        return float(np.logaddexp(0, np.where(truth, -found, found)).sum() + (wanted[0] / PRIOR) ** 2 / 2)

    steep, *shifts = minimize(lost, np.zeros(1 + len(names))).x
    return float(np.exp(steep)), float(shifts[names.index(WHOLE)])


def ece(shares: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over bins with equally many pairs."""
    order = np.array_split(np.argsort(shares), bins)
    return float(sum(len(some) * abs(shares[some].mean() - truth[some].mean()) for some in order) / len(shares))


def registered(folder: Path) -> str:
    """Name the finished files in the manifest; gives the judge's name, which changes with every one of them."""
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text())
    for name in (name for name in (CALIBRATION, ORDINARY) if (folder / name).exists()):
        said["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    said["name"] = f"1.0+{hashlib.sha256(''.join(said['sha256'].values()).encode()).hexdigest()[:8]}"
    manifest.write_text(json.dumps(said, indent=2) + "\n")
    return str(said["name"])


def main() -> None:
    """Read the options, score the pairs, write calibration.json and put it into the manifest."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("given", "weights"):
        options.add_argument(f"--{name}", type=Path, required=True)
    given = options.parse_args()
    calibration, ordinary = given.weights / CALIBRATION, given.weights / ORDINARY
    calibration.write_text(json.dumps({"slope": dict.fromkeys(LANGUAGES, 1.0), "shift": dict.fromkeys(LANGUAGES, 0.0)}))
    registered(given.weights)
    with np.load(given.weights / HEAD) as kept_head:
        looked = read_ordinary(OnnxReader(given.weights), Head.of(dict(kept_head)))
    np.savez(ordinary, **{field.name: getattr(looked, field.name) for field in fields(looked)})
    registered(given.weights)
    with gzip.open(given.given / "groups.pickle.gz") as file:
        dev = pickle.load(file)["dev"]  # noqa: S301 - written by prepare.py
    texts = np.load(given.given / "texts.npz")
    started = time.time()
    found = scored(given.weights, dev, texts["ids"], texts["lengths"])
    print(f"{len(found):,} pairs in {time.time() - started:.0f} s")
    kept: dict[str, dict[str, float]] = {"slope": {}, "shift": {}}
    for language in LANGUAGES:
        mine = [(logit, label, source.split("-")[0]) for source, logit, label in found if source.endswith(language)]
        logits, truth = np.array([one[0] for one in mine]), np.array([one[1] for one in mine], bool)
        kinds = np.array([one[2] for one in mine])
        slope, shift = kept["slope"][language], kept["shift"][language] = platt(logits, truth, kinds)
        whole = kinds == WHOLE
        shares = 1 / (1 + np.exp(-(slope * logits[whole] + shift)))
        print(
            language,
            len(mine),
            f"violating {truth[whole].mean():.2f} of {whole.sum()} pairs of whole policies,",
            end=" ",
        )
        print(f"ECE where fitted {ece(shares, truth[whole]):.3f}")
    calibration.write_text(json.dumps(kept, indent=2) + "\n")
    print(registered(given.weights), kept)


if __name__ == "__main__":
    main()
