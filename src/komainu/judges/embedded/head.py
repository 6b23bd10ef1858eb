"""The head of the embedded judge: how a content that was read meets the parts of clauses that were read.

Late interaction (after Khattab and Zaharia, ColBERT, 2020, arXiv 2004.12832), and what policies need beside it. Every
token of a content looks for its like among the tokens of a part of a clause, and the other way round. What they find
counts in standard deviations above ordinary texts, against the other clauses of the same policy, and against the
clause's exceptions. A clause says itself how much each of these counts, and in which direction: likeness speaks for a
violation of "no prices" and against one of "must name a price". `training/model.py` is the same in PyTorch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

LIKENESS = 3  # ways in which a content is like a part: as a whole, the part in the content, the content in the part
FEATURES = (
    "whole",  # likeness of the means, in standard deviations above ordinary texts
    "rule_in_content",  # how much of the rule the content speaks of
    "content_in_rule",  # how much of the content the rule speaks of
    "whole_over_rivals",  # the same, above the most alike other clause of the policy; 0 where there is none
    "rule_in_content_over_rivals",
    "content_in_rule_over_rivals",
    "exception",  # the most alike exception; 0 where there is none
    "exception_over_rule",
    "has_rivals",
    "has_exceptions",
)
SPREAD = np.float32(0.02)  # added to standard deviations, so that none is close to nothing
NONE = np.float32(-9.0)  # likeness to no exception at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Texts as the head compares them."""

    keys: Floats  # (tokens, key), of unit length
    wholes: Floats  # (texts, whole), of unit length
    weights: Floats  # (tokens,): how much each token counts; 1 in all for each text
    starts: Places  # (texts,): the first token of each
    means: Floats  # (texts, width): what each says as a whole, of unit length

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The weights of the head; `width` is that of the reader's states."""

    centre: Floats  # (width,)
    key: Floats  # (width, key)
    whole: Floats  # (width, whole)
    weigh_content: Floats  # (width + 1,): the last is the bias, as in all below
    weigh_part: Floats  # (width + 1,)
    weights: Floats  # (FEATURES,)
    gate_in: Floats  # (width + 1, gate)
    gate_out: Floats  # (gate + 1, FEATURES + 1): the first column is of the bias
    bend_in: Floats  # (FEATURES + 1, bend)
    bend_out: Floats  # (bend + 1,)

    @classmethod
    def of(cls, arrays: Mapping[str, Floats]) -> Self:
        """From arrays by name; ValueError or KeyError where they are not those of a head."""
        head = cls(**{name: np.asarray(arrays[name], np.float32) for name in cls.__slots__})
        width, gate, bend = len(head.centre), head.gate_in.shape[1], head.bend_in.shape[1]
        expected = {
            "key": (width, head.key.shape[1]),
            "whole": (width, head.whole.shape[1]),
            "weigh_content": (width + 1,),
            "weigh_part": (width + 1,),
            "weights": (len(FEATURES),),
            "gate_in": (width + 1, gate),
            "gate_out": (gate + 1, len(FEATURES) + 1),
            "bend_in": (len(FEATURES) + 1, bend),
            "bend_out": (bend + 1,),
        }
        for name, shape in expected.items():
            if getattr(head, name).shape != shape:
                raise ValueError(f"the head's {name} has shape {getattr(head, name).shape}; expected {shape}")
        return head

    def look(self, states: Sequence[Floats], *, parts: bool) -> Looked:
        """Contents, or parts of clauses, from the states (tokens, width) of each; at least one, none without tokens."""
        lengths = np.array([len(one) for one in states])
        starts = np.cumsum(lengths) - lengths
        flat: Floats = np.concatenate(states) - self.centre
        weigh = self.weigh_part if parts else self.weigh_content
        weights = np.logaddexp(np.float32(0), flat @ weigh[:-1] + weigh[-1])  # softplus
        weights /= np.repeat(np.add.reduceat(weights, starts), lengths)
        means = np.add.reduceat(flat * weights[:, None], starts)
        return Looked(
            keys=_unit(flat @ self.key),
            wholes=_unit(means @ self.whole),
            weights=weights,
            starts=starts,
            means=_unit(means),
        )

    def gates(self, means: Floats) -> Floats:
        """What each clause makes of the features, (clauses, FEATURES + 1), the first for all contents alike.

        `means` (clauses, width) are those of the states of its rule.
        """
        hidden = _gelu((means - self.centre) @ self.gate_in[:-1] + self.gate_in[-1])
        gates: Floats = hidden @ self.gate_out[:-1] + self.gate_out[-1]
        gates[:, 1:] += self.weights
        return gates

    def logits(self, features: Floats, gates: Floats) -> Floats:
        """Of violation, (clauses, contents), from features (FEATURES, clauses, contents)."""
        straight = np.einsum("fcn,cf->cn", features, gates[:, 1:]) + gates[:, :1]
        flat = features.reshape(len(FEATURES), -1)
        hidden = _gelu(self.bend_in[:-1].T @ flat + self.bend_in[-1][:, None])
        bent = self.bend_out[:-1] @ hidden + self.bend_out[-1]
        logits: Floats = straight + bent.reshape(straight.shape)
        return logits


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Contents beside parts."""

    likeness: Floats  # (LIKENESS, parts, contents)
    likest: Floats  # (parts, tokens of the contents): how much each token is like the likest token of each part


def met(parts: Looked, contents: Looked) -> Met:
    """How much each content is like each part."""
    tokens = parts.keys @ contents.keys.T
    forth = np.add.reduceat(_most(tokens, contents.starts) * parts.weights[:, None], parts.starts, axis=0)
    likest = np.maximum.reduceat(tokens, parts.starts, axis=0)
    back = np.add.reduceat(likest * contents.weights, contents.starts, axis=1)
    return Met(likeness=np.stack([parts.wholes @ contents.wholes.T, forth, back]), likest=likest)


def over_rivals(scores: Floats, policies: Places) -> Floats:
    """How much each row lies above the highest other row of its policy, 0 where it has none beside it.

    `scores` (..., clauses, contents); `policies` (policies,) the first row of each.
    """
    rows = scores.shape[-2]
    policy = np.repeat(np.arange(len(policies)), np.diff(np.append(policies, rows)))
    best = np.maximum.reduceat(scores, policies, axis=-2)
    first = scores == best[..., policy, :]
    alone = np.add.reduceat(first, policies, axis=-2, dtype=np.int32) == 1  # else two are the likest
    rest = np.maximum.reduceat(np.where(first, -np.inf, scores), policies, axis=-2)
    second = np.where(alone & np.isfinite(rest), rest, best)
    return scores - np.where(first, second[..., policy, :], best[..., policy, :])


def _most(tokens: Floats, starts: Places) -> Floats:
    if len(starts) == 1:
        alone: Floats = tokens.max(axis=1, keepdims=True)
        return alone
    found: Floats = np.maximum.reduceat(tokens, starts, axis=1)
    return found


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    return unit


def _gelu(values: Floats) -> Floats:
    bent: Floats = values * 0.5 * (1 + np.tanh(np.float32(0.7978845608) * (values + np.float32(0.044715) * values**3)))
    return bent
