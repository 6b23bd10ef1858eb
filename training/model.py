"""The network: a BERT encoder for contents and clauses, and a head in which a compiled clause meets a content.

Sizes: `width` 384 of the encoder; a content becomes keys (tokens, KEY) and values (tokens, VALUE) once; a clause becomes
SLOTS queries with a bias and a read-out each, once per rulebook. A logit then costs SLOTS x tokens x (KEY + VALUE)
multiplications, so a thousand clauses cost little beside the encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from e5 import E5
from torch import Tensor, nn
from torch.nn import functional as F

SLOTS, KEY, VALUE = 8, 64, 64
MIXER, MIXER_LAYERS, MIXER_HEADS = 256, 2, 4
KINDS = 3  # of parts of a clause: rule, exception, note


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


class MixerLayer(nn.Module):
    """Slots look at the words of a clause, then at each other."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.MultiheadAttention(MIXER, MIXER_HEADS, batch_first=True)
        self.talk = nn.MultiheadAttention(MIXER, MIXER_HEADS, batch_first=True)
        self.up, self.down = nn.Linear(MIXER, 2 * MIXER), nn.Linear(2 * MIXER, MIXER)
        self.norms = nn.ModuleList(nn.LayerNorm(MIXER) for _ in range(3))

    def forward(self, slots: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        at = self.norms[0](slots)
        slots = slots + self.look(at, words, words, key_padding_mask=~mask, need_weights=False)[0]
        at = self.norms[1](slots)
        slots = slots + self.talk(at, at, at, need_weights=False)[0]
        return slots + self.down(F.gelu(self.up(self.norms[2](slots))))


class Head(nn.Module):
    """Compiles clauses, projects contents, and gives a logit for each pair."""

    def __init__(self, width: int = 384) -> None:
        super().__init__()
        self.words_in = nn.Linear(width, MIXER)
        self.words_norm = nn.LayerNorm(MIXER)
        self.kind = nn.Embedding(KINDS, MIXER)
        self.slots = nn.Parameter(torch.randn(SLOTS, MIXER) * 0.5)
        self.mixer = nn.ModuleList(MixerLayer() for _ in range(MIXER_LAYERS))
        self.norm = nn.LayerNorm(MIXER)
        self.query = nn.Linear(MIXER, KEY)
        self.bias = nn.Linear(MIXER, VALUE)
        self.read = nn.Linear(MIXER, VALUE)
        self.whole = nn.Linear(MIXER, width // 3)
        self.offset = nn.Linear(MIXER, 1)
        self.key = nn.Linear(width, KEY)
        self.value = nn.Linear(width, VALUE)
        self.null_key = nn.Parameter(torch.zeros(KEY))
        self.sum_up = nn.Linear(width, width // 3)

    def compile(self, states: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, ...]:
        """Words of clauses (clauses, tokens, width) -> query, bias, read, whole, offset of each clause."""
        words = self.words_norm(self.words_in(states) + self.kind(kinds))
        slots = self.slots.expand(len(states), -1, -1)
        for layer in self.mixer:
            slots = layer(slots, words, mask)
        slots = self.norm(slots)
        mean = slots.mean(1)
        return self.query(slots), self.bias(slots), self.read(slots), self.whole(mean), self.offset(mean)[:, 0]

    def project(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States of contents (contents, tokens, width) -> keys, values, and what sums each up."""
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.key(states), self.value(states), self.sum_up(mean)

    def score(self, content: tuple[Tensor, Tensor, Tensor], mask: Tensor, clauses: tuple[Tensor, ...]) -> Tensor:
        """Logits (contents, clauses)."""
        keys, values, sums = content
        query, bias, read, whole, offset = clauses
        weights = torch.einsum("smd,ctd->csmt", query, keys) / KEY**0.5
        weights = weights.masked_fill(~mask[:, None, None, :], -1e4)
        nowhere = (query @ self.null_key / KEY**0.5)[None, :, :, None].expand(len(keys), -1, -1, 1)
        weights = torch.cat([weights, nowhere], -1).softmax(-1)[..., :-1]
        seen = torch.einsum("csmt,ctv->csmv", weights, values)
        found = (F.relu(seen + bias[None]) * read[None]).sum((2, 3)) / (SLOTS * VALUE) ** 0.5
        return found + sums @ whole.T / sums.shape[1] ** 0.5 + offset[None]
