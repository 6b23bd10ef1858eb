"""An encoder that keeps what it read: for few texts that are asked about again and again."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from komainu.models.reader import Floats, Ids, Reader, Tokens


class RememberingReader:
    """Reads a text once, and again only when `tokens` of others have been read since; about 1.5 kB a token.

    The states of a text do not depend on what is read beside it, so that nothing changes but the time.
    """

    def __init__(self, reader: Reader, *, tokens: int) -> None:
        self._reader, self._most = reader, tokens
        self._kept: OrderedDict[tuple[int, ...], Floats] = OrderedDict()
        self._tokens = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """That of the encoder."""
        return self._reader.name

    def tokens(self, text: str) -> Tokens:
        """The text in pieces."""
        return self._reader.tokens(text)

    def states(self, texts: Sequence[Ids]) -> Sequence[Floats]:
        """For each text its states, which cannot be written to."""
        keys = [tuple(text) for text in texts]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        new = [key for key in dict.fromkeys(keys) if key not in known]
        for key, states in zip(new, self._reader.states(new), strict=True):
            states.setflags(write=False)
            known[key] = states
        with self._lock:
            self._keep(known)
        return [known[key] for key in keys]

    def _keep(self, read: dict[tuple[int, ...], Floats]) -> None:
        """Put what was read last at the end, and drop from the front what is too much."""
        for key, states in read.items():
            if key not in self._kept:
                self._tokens += len(key)
            self._kept[key] = states
            self._kept.move_to_end(key)
        while self._tokens > self._most:
            dropped, _ = self._kept.popitem(last=False)
            self._tokens -= len(dropped)
