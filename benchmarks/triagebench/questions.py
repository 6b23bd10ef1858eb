"""One yes-or-no question about the rows of a set, and how the judge answers it, as trained or with labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from komainu.judges.embedded.adaptation import Correction, correction
from komainu.judges.embedded.calibration import shares
from triagebench.reading import Reading

Scores = NDArray[np.float64]
Labels = NDArray[np.int8]
Places = NDArray[np.intp]
ANY = "any category"
DIGITS = 4  # to which the judge gives its probabilities
ASKED = {"edos_sexism": "sexist", "sms_spam": "spam", "convabuse": "abusive"}
MAIN = ("openai_moderation", *ASKED)
ENOUGH = 40  # violating rows of a category, to ask about it alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether a row violates any of these clauses; those that the labels say nothing of are left out."""

    name: str
    set: str
    logits: NDArray[np.float32]  # (rows, clauses); NaN where the judge does not read the text
    meanings: NDArray[np.float32]  # (rows, width)
    labels: Labels  # (rows, clauses): 1 violates, 0 does not, -1 unknown
    texts: NDArray[np.str_]  # (rows,): digests

    def __len__(self) -> int:
        return len(self.logits)

    @property
    def violates(self) -> NDArray[np.bool_]:
        """Of each row."""
        return violating(self.labels)

    def only(self, rows: Places) -> "Question":
        """Of these rows alone."""
        parts = {name: getattr(self, name)[rows] for name in ("logits", "meanings", "labels", "texts")}
        return replace(self, **parts)

    def together(self) -> "Question":
        """All clauses as one, which the judge thinks as likely violated as the likeliest of them."""
        labels = self.violates.astype(np.int8)[:, None]
        return replace(self, logits=self.logits.max(axis=1, keepdims=True), labels=labels)

    def scores(self, corrections: Sequence[Correction | None] = ()) -> Scores:
        """Probability of violation (rows,), the highest of all clauses, as the judge says it; NaN where it does not."""
        logits = self.logits.copy()
        for column, made in enumerate(corrections):
            if made is not None:
                logits[:, column] = made.applied(logits[:, column], self.meanings)
        return shares(logits.max(axis=1)).astype(np.float64).round(DIGITS)

    def fitted(self, rows: Places, labels: Labels | None = None) -> list[Correction | None]:
        """What these rows teach about each clause, by their labels or by those given for them (len(rows), clauses)."""
        said = self.labels[rows] if labels is None else labels
        read = ~np.isnan(self.logits[rows]).any(axis=1)
        made = []
        for column in range(self.logits.shape[1]):
            used = read & (said[:, column] >= 0)
            given = rows[used]
            wanted = (said[used, column] == 1).tolist()
            made.append(correction(self.logits[given, column], self.meanings[given], wanted) if wanted else None)
        return made

    def parts(self, count: int, generator: np.random.Generator) -> list[Places]:
        """The rows in so many parts of about equal size, those with the same text in the same part."""
        names, text_of = np.unique(self.texts, return_inverse=True)
        part_of = generator.permutation(np.arange(len(names)) % count)[text_of]
        return [np.flatnonzero(part_of == part) for part in range(count)]


def violating(labels: Labels) -> NDArray[np.bool_]:
    """Whether rows violate any clause, from labels (rows, clauses)."""
    found: NDArray[np.bool_] = (labels == 1).any(axis=1)
    return found


def question(reading: Reading, clauses: Sequence[str], name: str) -> Question:
    """About these clauses of what was read."""
    columns = [reading.clauses.index(clause) for clause in clauses]
    labels = reading.truth[:, columns]
    rows = np.flatnonzero((labels >= 0).any(axis=1))
    return Question(
        name=name,
        set=reading.name,
        logits=reading.logits[rows][:, columns],
        meanings=reading.meanings[rows],
        labels=labels[rows],
        texts=reading.texts[rows],
    )


def main_question(reading: Reading) -> Question:
    """The one of each set that the whole report is about."""
    clause = ASKED.get(reading.name)
    if clause is None:
        return question(reading, reading.clauses, f"{reading.name}, {ANY}")
    return question(reading, [clause], f"{reading.name}, {clause}")


def categories(reading: Reading) -> list[Question]:
    """Each category of openai_moderation by itself, where it has enough violating rows."""
    enough = [name for column, name in enumerate(reading.clauses) if (reading.truth[:, column] == 1).sum() >= ENOUGH]
    return [question(reading, [name], f"{reading.name}, {name}") for name in enough]


def questions(readings: Mapping[str, Reading]) -> list[Question]:
    """All of them, the main one of each set first."""
    mains = [main_question(readings[name]) for name in MAIN]
    return [*mains, *categories(readings[MAIN[0]])]
