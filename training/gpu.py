"""Train on a GPU from a folder that `prepare.py` filled; needs torch and numpy alone.

    python training/gpu.py --given DIR --out DIR --epochs 8
"""

import argparse
import gzip
import math
import pickle
import random
import re
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from e5 import unpacked
from model import Encoder, Head

ASKS_FOR = re.compile(
    r"\b(must|every|each|only|requir\w+|at least|needs? to|shall|should|always|without|include|state|unless)\b"
    r"|必ず|なければ|のみ|だけ|限|記載|明記|以外|こと|ください|義務",
    re.IGNORECASE,
)
CROSS, RANK = 0.15, 0.3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class It:
    def __init__(self, g, lengths):
        self.source, self.contents, self.clauses = g["source"], g["contents"], g["clauses"]
        self.labels = g["labels"]
        self.far = np.array([not ASKS_FOR.search(r) for r in g["rules"]])
        self.written = not self.source.startswith("public")
        self.tokens = int(sum(lengths[r] for r in self.contents))
        self.all = int(sum(lengths[r] for c in self.clauses for _, r in c))


def batches(items, chance, most):
    order = list(items)
    chance.shuffle(order)
    batch, size = [], 0
    for it in order:
        if batch and size + it.tokens > most:
            yield batch
            batch, size = [], 0
        batch.append(it)
        size += it.tokens
    if batch:
        yield batch


def pairs(labels, width):
    """Places in the flat logits of pairs that should come in order, in a group's rows and columns; shares sum to 1."""
    below, above, share = [], [], []
    y = x = 0
    for known in labels:
        h, w = known.shape
        at = (np.arange(y, y + h)[:, None] * width + np.arange(x, x + w)[None, :])
        for k, a in ((known, at), (known.T, at.T)):
            r, u, d = np.nonzero((k[:, :, None] == 1) & (k[:, None, :] == 0))
            if len(r):
                above.append(a[r, u])
                below.append(a[r, d])
                share.append(np.full(len(r), 1 / len(r), np.float32))
        y, x = y + h, x + w
    if not share:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    return np.concatenate(below), np.concatenate(above), np.concatenate(share) / len(share)


class Set(torch.utils.data.Dataset):
    def __init__(self, batches, ids, starts, lengths):
        self.b, self.ids, self.starts, self.lengths = batches, ids, starts, lengths

    def __len__(self):
        return len(self.b)

    def __getitem__(self, n):
        batch = self.b[n]
        contents = list(dict.fromkeys(r for it in batch for r in it.contents))
        parts = list(dict.fromkeys(r for it in batch for c in it.clauses for _, r in c))
        rows = np.array([*contents, *parts])
        ln = self.lengths[rows]
        begin = np.cumsum(ln) - ln
        flat = np.concatenate([self.ids[self.starts[r] : self.starts[r] + l] for r, l in zip(rows, ln)]).astype(np.int64)
        place = np.concatenate([np.arange(l) for l in ln])
        text = np.repeat(np.arange(len(rows)), ln)
        cat = {r: i for i, r in enumerate(contents)}
        pat = {r: len(contents) + i for i, r in enumerate(parts)}

        def grid(lists):
            length = max(sum(ln[i] for i, _ in l) for l in lists)
            g = np.full((len(lists), length), -1, np.int64)
            k = np.zeros((len(lists), length), np.int64)
            for y, l in enumerate(lists):
                x = 0
                for i, kind in l:
                    g[y, x : x + ln[i]] = np.arange(begin[i], begin[i] + ln[i])
                    k[y, x : x + ln[i]] = kind
                    x += ln[i]
            return g, k

        cg, _ = grid([[(cat[r], 0)] for it in batch for r in it.contents])
        wg, wk = grid([[(pat[r], kind) for kind, r in c] for it in batch for c in it.clauses])
        edges = [0, 32, 64, 1000]
        some = [[[(i, 0)] for i in range(len(rows)) if low < ln[i] <= high] for low, high in zip(edges, edges[1:])]
        where = [torch.from_numpy(grid(one)[0]) for one in some if one]
        S, C = sum(len(it.contents) for it in batch), sum(len(it.clauses) for it in batch)
        lab, wt, own = np.zeros((S, C), np.float32), np.zeros((S, C), np.float32), np.zeros((S, C), bool)
        owner = np.full((S, C), -1, np.int64)
        y = x = 0
        for q, it in enumerate(batch):
            h, w = it.labels.shape
            lab[y : y + h, x : x + w] = np.maximum(it.labels, 0)
            wt[y : y + h, x : x + w] = it.labels >= 0
            own[y : y + h, x : x + w] = True
            y, x = y + h, x + w
        far = np.concatenate([it.far & it.written for it in batch])
        plain = np.concatenate([np.full(len(it.contents), it.written) for it in batch])
        cross = ~own & far[None, :] & plain[:, None]
        total = wt.sum()
        full = wt + cross * min(CROSS, CROSS * 4 * total / max(1, cross.sum()))
        below, above, share = pairs([it.labels for it in batch], C)
        t = torch.from_numpy
        return {"flat": t(flat), "place": t(place), "text": t(text), "where": where, "cg": t(cg), "wg": t(wg),
                "wk": t(wk), "lab": t(lab), "wt": t(full.astype(np.float32)), "known": t(wt), "total": float(total), "below": t(below), "above": t(above), "share": t(share)}


def spread(x, grid):
    at = (grid >= 0).flatten().nonzero()[:, 0]
    out = x.new_zeros(grid.numel(), x.shape[1])
    return out.index_copy(0, at, x.index_select(0, grid.flatten()[at])).view(*grid.shape, -1)


def forward(enc, head, b, dropout, first):
    buckets = []  # attention pads texts to the longest beside them, so texts of like length go together
    for where in b["where"]:
        mask = where >= 0
        at = mask.flatten().nonzero()[:, 0]
        buckets.append((mask[:, None, None, :], at, where.flatten()[at], where.shape))
    back = torch.argsort(torch.cat([one[2] for one in buckets]))
    x = enc.norm(enc.word[b["flat"]] + enc.place[b["place"]])
    for n, l in enumerate(enc.layers):
        qkv, mixed = l.qkv(x), []
        for mask, at, source, (texts, longest) in buckets:
            grid = qkv.new_zeros(texts * longest, qkv.shape[1]).index_copy(0, at, qkv.index_select(0, source))
            grid = grid.view(texts, longest, 3, l.heads, -1).permute(2, 0, 3, 1, 4)
            m = F.scaled_dot_product_attention(grid[0], grid[1], grid[2], attn_mask=mask)
            mixed.append(m.transpose(1, 2).reshape(texts * longest, -1).index_select(0, at))
        m = torch.cat(mixed).index_select(0, back)
        x = l.norm_out(x + F.dropout(l.out(m), dropout, enc.training))
        x = l.norm_down(x + F.dropout(l.down(F.gelu(l.up(x))), dropout, enc.training))
        if n + 1 == first:
            x = x.detach()
    wg, cg = b["wg"], b["cg"]
    compiled = head.compile(spread(x, wg), wg >= 0, b["wk"])
    return head.score(head.project(spread(x, cg), cg >= 0), cg >= 0, compiled).float()


def loss_of(z, b):
    bce = (F.binary_cross_entropy_with_logits(z, b["lab"], reduction="none") * b["wt"]).sum() / b["total"]
    flat = z.flatten()
    order = (F.softplus(flat[b["below"]] - flat[b["above"]]) * b["share"]).sum()
    return bce + RANK * order


def auroc(s, t):
    order = np.argsort(s, kind="stable")
    r = np.empty(len(s))
    r[order] = np.arange(1, len(s) + 1)
    n = t.sum()
    return (r[t == 1].sum() - n * (n + 1) / 2) / (n * (len(t) - n))


@torch.no_grad()
def measure(enc, head, data, items, first):
    enc.eval(), head.eval()
    by, order = {}, {}
    for n in range(len(data)):
        b = to(data[n])
        with torch.autocast(DEVICE, torch.bfloat16):
            z = forward(enc, head, b, 0, first).cpu().numpy()
        y = x = 0
        for it in data.b[n]:
            h, w = it.labels.shape
            s, k = z[y : y + h, x : x + w], it.labels
            y, x = y + h, x + w
            base = it.source.split("-")[0]
            for name in {base, it.source}:
                by.setdefault(name, []).append((s[k >= 0], k[k >= 0]))
            for a, c in zip(s, k):
                u, d = a[c == 1], a[c == 0]
                order.setdefault(base, []).extend((u[:, None] > d[None, :]).ravel())
    enc.train(), head.train()
    out = {}
    for name, p in sorted(by.items()):
        s, t = np.concatenate([a for a, _ in p]), np.concatenate([a for _, a in p])
        if 0 < t.sum() < len(t):
            out[name] = auroc(s, t)
    for name, f in order.items():
        if f:
            out["order " + name] = float(np.mean(f))
    return out


def say(found):
    return "  ".join(f"{k} {v:.3f}" for k, v in found.items() if not k.startswith("public-"))


def to(b):
    def moved(v):
        return v.to(DEVICE, non_blocking=True) if isinstance(v, torch.Tensor) else v

    return {k: [moved(one) for one in v] if k == "where" else moved(v) for k, v in b.items()}


def main():
    o = argparse.ArgumentParser()
    o.add_argument("--given", type=Path, required=True)
    o.add_argument("--out", type=Path, required=True)
    o.add_argument("--name", default="a")
    o.add_argument("--first", type=int, default=0)
    o.add_argument("--epochs", type=int, default=6)
    o.add_argument("--tokens", type=int, default=6000)
    o.add_argument("--every", type=int, default=150)
    o.add_argument("--rate", type=float, default=1e-4)
    o.add_argument("--head-rate", type=float, default=7e-4)
    o.add_argument("--dropout", type=float, default=0.1)
    o.add_argument("--seconds", type=float, default=200)
    o.add_argument("--seed", type=int, default=1)
    g = o.parse_args()
    torch.manual_seed(g.seed)
    start = time.time()
    texts = np.load(g.given / "texts.npz")
    ids, lengths = texts["ids"], texts["lengths"]
    starts = np.cumsum(lengths) - lengths
    rows = pickle.load(gzip.open(g.given / "groups.pickle.gz"))
    parts = {k: [It(x, lengths) for x in v] for k, v in rows.items()}
    e5 = unpacked(np.load(g.given / "encoder.npz"))
    enc, head = Encoder(e5, range(len(e5.tensors["emb.word"]))).to(DEVICE), Head().to(DEVICE)
    enc.word.requires_grad_(False), enc.place.requires_grad_(False)
    chance = random.Random(g.seed)
    alls = []
    for e in range(g.epochs):
        alls += list(batches(parts["train"] + parts[f"public-{e % 8}"], chance, g.tokens))
    mk = lambda b: Set(b, ids, starts, lengths)
    dev = mk(list(batches(parts["dev"], random.Random(0), 6000)))
    test = mk(list(batches(parts["test"], random.Random(0), 6000)))
    low = [p for l in enc.layers[g.first :] for p in l.parameters()]
    sets = [{"params": list(head.parameters()), "lr": g.head_rate}] + ([{"params": low, "lr": g.rate}] if low else [])
    opt = torch.optim.AdamW(sets, weight_decay=0.01, betas=(0.9, 0.98), fused=DEVICE == "cuda")
    rates = [s["lr"] for s in sets]
    loader = torch.utils.data.DataLoader(mk(alls), batch_size=None, num_workers=5, prefetch_factor=8, pin_memory=DEVICE == "cuda")
    print(g.name, len(alls), "steps; ready after", time.time() - start, flush=True)
    start, run = time.time(), []
    every, best, kept = g.every, 0.0, None
    for step, b in enumerate(loader):
        done = max(step / len(alls), (time.time() - start) / g.seconds)
        if done >= 1:
            break
        for s, r in zip(opt.param_groups, rates):
            s["lr"] = r * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * done))
        b = to(b)
        with torch.autocast(DEVICE, torch.bfloat16):
            z = forward(enc, head, b, g.dropout, g.first)
        loss = loss_of(z, b)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for s in sets for p in s["params"]], 1.0)
        opt.step()
        run.append(loss.detach())
        if (step + 1) % every == 0:
            loss = torch.stack(run[-every:]).mean().item()
            found = measure(enc, head, dev, None, g.first)
            print(g.name, f"step {step + 1} loss {loss:.4f} {time.time() - start:.0f}s", say(found), flush=True)
            value = found["corpus"] + found["micro"] + found["written"] + found["public"]
            if value > best:
                best, kept = value, [{k: v.clone() for k, v in m.state_dict().items()} for m in (enc, head)]
    print(g.name, "DEV last", say(measure(enc, head, dev, None, g.first)))
    print(g.name, "TEST last", say(measure(enc, head, test, None, g.first)), flush=True)
    if kept:
        enc.load_state_dict(kept[0]), head.load_state_dict(kept[1])
    print(g.name, "TEST best", best, say(measure(enc, head, test, None, g.first)), flush=True)
    state = {k: v.half().cpu().numpy() for k, v in {**{"e." + k: v for k, v in enc.state_dict().items() if k not in ("word", "place")}, **{"h." + k: v for k, v in head.state_dict().items()}}.items()}
    names = sorted(state, key=lambda k: -state[k].size)
    bins = [{} for _ in range(4)]
    for k in names:
        min(bins, key=lambda d: sum(a.nbytes for a in d.values()))[k] = state[k]
    for i, d in enumerate(bins):
        np.savez(g.out / f"{g.name}-{i}.npz", **d)


main()
