"""A llama.cpp server in a process of its own; ends when its parent lets go of its standard input.

python -m komainu.models.serve '{"gguf": "model.gguf", "port": 8080, ...}'

Writes READY to its standard output once it answers: that port is then its own, and no other server's.
"""

import json
import os
import sys
from typing import Any

import xllamacpp

READY = b"ready\n"
_KEPT_PROMPTS_MIB = 1_024  # of main memory, for prompts that gave up their place; the runtime would take 8 GiB


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
    options.cache_ram_mib = _KEPT_PROMPTS_MIB
    options.endpoint_metrics = True
    options.use_jinja = True
    options.offline = True
    # What a page in the user's browser could reach: no page may read answers, and none is served.
    options.cors_origins = ""
    options.cors_credentials = False
    options.endpoint_slots = False
    options.ui = False
    return options


def main() -> None:
    """Serve until standard input ends."""
    # The runtime writes to the standard output as well; the parent waits there for one word.
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        # Models are loaded in the constructor, which answers requests from then on.
        server = xllamacpp.Server(options_of(json.loads(sys.argv[1])))
    except RuntimeError:
        os._exit(1)  # the log says why
    os.write(answer, READY)
    os.close(answer)
    sys.stdin.buffer.read()
    del server
    os._exit(0)


if __name__ == "__main__":
    main()
