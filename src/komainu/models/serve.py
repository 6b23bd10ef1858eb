"""A llama.cpp server in a process of its own; ends when its parent lets go of its standard input.

python -m komainu.models.serve '{"gguf": "model.gguf", "port": 8080, ...}'
"""

import json
import os
import sys
from typing import Any

import xllamacpp


def options_of(given: dict[str, Any]) -> Any:
    """The runtime's options."""
    options = xllamacpp.CommonParams()
    options.model.path = given["gguf"]
    options.model_alias = [given["alias"]]
    options.hostnames = ["127.0.0.1"]
    options.port = given["port"]
    options.n_parallel = given["parallel"]
    options.n_ctx = given["context_tokens"] * given["parallel"]
    options.cpuparams.n_threads = given["threads"]
    options.cpuparams_batch.n_threads = given["threads"]
    options.swa_full = True  # else models with a sliding window reuse nothing of a prompt
    options.endpoint_metrics = True
    options.use_jinja = True
    return options


def main() -> None:
    """Serve until standard input ends."""
    # Models are loaded in the constructor, which answers requests from then on.
    server = xllamacpp.Server(options_of(json.loads(sys.argv[1])))
    sys.stdin.buffer.read()
    del server
    os._exit(0)


if __name__ == "__main__":
    main()
