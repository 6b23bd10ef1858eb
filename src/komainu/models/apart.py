"""An encoder in a process of its own, so that it does not fight this one for Python's lock."""

import signal
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock

import numpy as np

from komainu.errors import JudgeError
from komainu.models.encoder import Encoder, Vectors

_Running = tuple[BaseProcess, Connection]


class EncoderApart:
    """Works like the encoder that `make` makes, in a child process.

    The child starts at the first text and ends with this process, however that ends. A child that dies fails the call
    that it was busy with (JudgeError); the next call starts another.
    """

    def __init__(self, make: Callable[[], Encoder]) -> None:
        described = make()
        self.name, self.dimensions = described.name, described.dimensions
        self._make = make
        self._running: _Running | None = None
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector per text; JudgeError where the child failed, which ends it, or was ended."""
        with self._lock:
            _, pipe = self._running = self._running or _started(self._make)
            try:
                pipe.send(list(texts))
                answer = pipe.recv()
            except (EOFError, OSError) as error:
                self._running = None
                raise JudgeError(f"the process of encoder {self.name} ended: {error!r}; it is started again") from error
        return np.asarray(answer, dtype=np.float32)


def _started(make: Callable[[], Encoder]) -> _Running:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs, make), daemon=True, name="komainu-encoder")
    child.start()
    theirs.close()  # so that the pipe ends when the child does
    return child, ours


def _serve(pipe: Connection, make: Callable[[], Encoder]) -> None:
    """Encode what comes through the pipe until its other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is the parent's to handle
    encoder = make()
    while True:
        try:
            texts = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(encoder.encode(texts))
