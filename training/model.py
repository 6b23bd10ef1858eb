"""The network: a BERT encoder for contents and clauses, and a head in which a clause meets a content.

The head is late interaction. Every token of a content looks for its like among the tokens of a rule, and every token of
the rule among those of the content; what they find, and how alike the two are as a whole, is measured against ordinary
texts (in standard deviations), against the other rules of the same policy, and against the rule's exceptions. A rule
says itself how much each of these counts, and in which direction: likeness speaks for a violation of "no prices" and
against one of "must name a price".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from e5 import E5
from torch import Tensor, nn
from torch.nn import functional as F

KEY, WHOLE, GATE = 64, 96, 64
RULE, EXCEPTION, NOTE = 0, 1, 2  # kinds of parts of a clause


@dataclass(slots=True)
class Packed:
    """Token states of several texts behind one another, without padding."""

    states: Tensor  # (tokens, width)
    lengths: list[int]

    def padded(self) -> tuple[Tensor, Tensor]:
        """States (texts, longest, width) and mask (texts, longest)."""
        longest = max(self.lengths)
        mask = torch.zeros(len(self.lengths), longest, dtype=torch.bool)
        for row, length in enumerate(self.lengths):
            mask[row, :length] = True
        out = self.states.new_zeros(len(self.lengths), longest, self.states.shape[1])
        return out.masked_scatter(mask[..., None], self.states), mask


class Layer(nn.Module):
    """One transformer layer; norms behind the residuals, as in BERT."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_out = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)
        self.norm_down = nn.LayerNorm(width, eps=1e-12)

    def forward(self, states: Tensor, where: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
        """Packed states (tokens, width); `where` (texts, longest) names each place's token, `mask` which are real."""
        texts, longest = where.shape
        qkv = self.qkv(states)[where].view(texts, longest, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], attn_mask=mask[:, None, None, :])
        mixed = mixed.transpose(1, 2).reshape(texts, longest, -1)[mask]
        states = self.norm_out(states + F.dropout(self.out(mixed), dropout, self.training))
        return self.norm_down(states + F.dropout(self.down(F.gelu(self.up(states))), dropout, self.training))


class Encoder(nn.Module):
    """multilingual-e5-small with the kept pieces of its vocabulary."""

    def __init__(self, pretrained: E5, kept: Sequence[int]) -> None:
        super().__init__()
        t = {name: torch.from_numpy(array.copy()) for name, array in pretrained.tensors.items() if name != "emb.word"}
        self.word = nn.Parameter(torch.from_numpy(pretrained.tensors["emb.word"][list(kept)]))
        self.place = nn.Parameter(t["emb.pos"] + t["emb.type"][0])
        self.norm = nn.LayerNorm(pretrained.width, eps=1e-12)
        self.norm.load_state_dict({"weight": t["emb.ln.w"], "bias": t["emb.ln.b"]})
        self.layers = nn.ModuleList()
        for number in range(pretrained.layers):
            layer = Layer(pretrained.width, pretrained.heads, t[f"l{number}.fi.w"].shape[0])
            of = {name.split(".", 1)[1]: array for name, array in t.items() if name.startswith(f"l{number}.")}
            layer.load_state_dict(
                {
                    "qkv.weight": torch.cat([of["q.w"], of["k.w"], of["v.w"]]),
                    "qkv.bias": torch.cat([of["q.b"], of["k.b"], of["v.b"]]),
                    **{f"{new}.{kind}": of[f"{old}.{kind[0]}"] for new, old in _NAMES for kind in ("weight", "bias")},
                }
            )
            self.layers.append(layer)

    def embed(self, ids: Sequence[Sequence[int]]) -> Packed:
        """The states below the first layer."""
        flat = torch.tensor([one for text in ids for one in text])
        places = torch.cat([torch.arange(len(text)) for text in ids])
        return Packed(self.norm(self.word[flat] + self.place[places]), [len(text) for text in ids])

    def run(self, packed: Packed, first: int, last: int | None = None, dropout: float = 0.0) -> Packed:
        """The states above layers `first` to `last` (exclusive)."""
        longest = max(packed.lengths)
        lengths = torch.tensor(packed.lengths)
        mask = torch.arange(longest)[None, :] < lengths[:, None]
        starts = torch.cumsum(lengths, 0) - lengths
        where = torch.where(mask, starts[:, None] + torch.arange(longest)[None, :], 0)
        states = packed.states
        for layer in self.layers[first:last]:
            states = layer(states, where, mask, dropout)
        return Packed(states, packed.lengths)


_NAMES = (("out", "ao"), ("norm_out", "aln"), ("up", "fi"), ("down", "fo"), ("norm_down", "oln"))


FEATURES = (
    "whole",  # likeness of the means, in standard deviations above ordinary texts
    "rule_in_content",  # how much of the rule the content speaks of
    "content_in_rule",  # how much of the content the rule speaks of
    "whole_over_rivals",  # the same, above the most alike other rule of the policy; 0 where there is none
    "rule_in_content_over_rivals",
    "content_in_rule_over_rivals",
    "exception",  # the most alike exception; 0 where there is none
    "exception_over_rule",
    "has_rivals",
    "has_exceptions",
)


@dataclass(slots=True)
class Looked:
    """Texts as the head compares them."""

    keys: Tensor  # (tokens, KEY), unit length
    wholes: Tensor  # (texts, WHOLE), unit length
    weights: Tensor  # (tokens,): how much each token counts; 1 in all for each text
    owner: Tensor  # (tokens,): the text each belongs to

    def of(self, tokens: Tensor, texts: Tensor, owner: Tensor) -> "Looked":
        """Some of the texts."""
        return Looked(self.keys[tokens], self.wholes[texts], self.weights[tokens], owner)


@dataclass(slots=True)
class Layout:
    """Which parts make which clauses, and which clauses make which policies."""

    rules: Tensor  # (clauses,): the part that is the rule
    exceptions: Tensor  # (n, 2): clause and part
    policies: list[slice]  # of the clauses


class Head(nn.Module):
    """Logits of contents under clauses, from the states of their tokens."""

    def __init__(self, width: int = 384) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(width))
        self.key = nn.Linear(width, KEY, bias=False)
        self.whole = nn.Linear(width, WHOLE, bias=False)
        self.weigh_content = nn.Linear(width, 1)
        self.weigh_part = nn.Linear(width, 1)
        self.weights = nn.Parameter(torch.zeros(len(FEATURES)))
        self.gate = nn.Sequential(
            nn.Linear(width, GATE), nn.GELU("tanh"), nn.Dropout(0.2), nn.Linear(GATE, len(FEATURES) + 1)
        )
        self.bend = nn.Sequential(nn.Linear(len(FEATURES), 24), nn.GELU("tanh"), nn.Linear(24, 1))
        for layer in (self.weigh_content, self.weigh_part, self.gate[-1], self.bend[-1]):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    @torch.no_grad()
    def begin(self, states: Tensor) -> None:
        """Start from the principal directions of the encoder's own states (tokens, width)."""
        self.centre.copy_(states.mean(0))
        _, values, directions = torch.linalg.svd(states - self.centre, full_matrices=False)
        self.key.weight.copy_(directions[:KEY] / values[:KEY, None].sqrt() * values[0].sqrt())
        self.whole.weight.copy_(directions[:WHOLE] / values[:WHOLE, None].sqrt() * values[0].sqrt())
        for name, weight in (("rule_in_content_over_rivals", 0.4), ("content_in_rule_over_rivals", 0.6)):
            self.weights[FEATURES.index(name)] = weight

    def look(self, packed: Packed, *, parts: bool) -> Looked:
        """Contents, or parts of clauses."""
        states = packed.states - self.centre
        lengths = torch.tensor(packed.lengths, device=states.device)
        owner = torch.repeat_interleave(torch.arange(len(lengths), device=states.device), lengths)
        weights = F.softplus((self.weigh_part if parts else self.weigh_content)(states)[:, 0])
        total = weights.new_zeros(len(lengths)).index_add(0, owner, weights)
        weights = weights / total[owner]
        mean = states.new_zeros(len(lengths), states.shape[1]).index_add(0, owner, states * weights[:, None])
        return Looked(F.normalize(self.key(states), dim=1), F.normalize(self.whole(mean), dim=1), weights, owner)

    def forward(self, contents: Looked, parts: Looked, means: Tensor, usual: Looked, layout: Layout) -> Tensor:
        """Logits (contents, clauses); `means` (clauses, width) of the rules' states, `usual` the ordinary texts."""
        raw, ordinary = alike(contents, parts), alike(usual, parts)
        above = (raw - ordinary.mean(1, keepdim=True)) / (ordinary.std(1, keepdim=True) + 0.02)
        features = self.features(above, layout)
        gates = self.gate(means - self.centre)
        straight = features @ self.weights + (features * gates[None, :, 1:]).sum(-1) + gates[None, :, 0]
        return straight + self.bend(features)[..., 0]

    def features(self, above: Tensor, layout: Layout) -> Tensor:
        """(contents, clauses, FEATURES) from how far above usual (3, contents, parts) all is."""
        of_rule = above[:, :, layout.rules]
        rivals = torch.stack([over_rivals(one, layout.policies) for one in of_rule])
        alone = torch.cat(
            [torch.full((part.stop - part.start,), float(part.stop - part.start > 1)) for part in layout.policies]
        )
        exception = above.new_full(of_rule.shape[1:], -9.0)
        excused = above.new_zeros(of_rule.shape[2])
        if len(layout.exceptions):
            clause, part = layout.exceptions.T
            found = above[1:, :, part].mean(0)
            exception = exception.scatter_reduce(1, clause.expand(len(found), -1), found, "amax")
            excused[clause] = 1.0
        exception = exception * excused
        over = (exception - of_rule[1:].mean(0)) * excused
        flags = [alone.to(above.device).expand_as(exception), excused.expand_as(exception)]
        return torch.stack([*of_rule, *rivals, exception, over, *flags], dim=-1)


def alike(contents: Looked, parts: Looked) -> Tensor:
    """(3, contents, parts): as a whole; tokens of the part in the content; tokens of the content in the part."""
    tokens = contents.keys @ parts.keys.T
    texts, count = len(contents.wholes), len(parts.wholes)
    by_content = tokens.new_full((texts, tokens.shape[1]), -1.0)
    by_content = by_content.scatter_reduce(0, contents.owner[:, None].expand_as(tokens), tokens, "amax")
    forth = _summed((by_content * parts.weights).T, parts.owner, count).T
    by_part = tokens.new_full((tokens.shape[0], count), -1.0)
    by_part = by_part.scatter_reduce(1, parts.owner[None, :].expand_as(tokens), tokens, "amax")
    back = _summed(by_part * contents.weights[:, None], contents.owner, texts)
    return torch.stack([contents.wholes @ parts.wholes.T, forth, back])


def _summed(values: Tensor, owner: Tensor, count: int) -> Tensor:
    return values.new_zeros(count, values.shape[1]).index_add(0, owner, values)


def over_rivals(scores: Tensor, policies: Sequence[slice]) -> Tensor:
    """How much each column lies above the highest other column of its policy; 0 where it has none beside it."""
    out = []
    for policy in policies:
        own = scores[:, policy]
        if own.shape[1] == 1:
            out.append(torch.zeros_like(own))
            continue
        top = own.topk(2, dim=1)
        best = top.values[:, :1].expand_as(own)
        first = torch.zeros_like(own, dtype=torch.bool).scatter(1, top.indices[:, :1], value=True)
        out.append(own - torch.where(first, top.values[:, 1:], best))
    return torch.cat(out, dim=1)
