"""Leave a server alone that is in trouble."""

import time
from collections.abc import Callable

from komainu.models.failures import TROUBLE, Failure, ModelError


class Breaker:
    """Opens after `failures` in a row that say the server is in trouble; after a rest, one request tries it again."""

    def __init__(
        self, *, failures: int = 5, rest_seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest_seconds, self._clock = failures, rest_seconds, clock
        self._in_a_row = 0
        self._closed_again_at = 0.0
        self._is_probing = False

    def enter(self) -> None:
        """Before a request; ModelError where the server is to be left alone."""
        if self._in_a_row < self._most:
            return
        wait = self._closed_again_at - self._clock()
        if wait > 0 or self._is_probing:
            detail = (
                f"the server failed {self._in_a_row} times in a row and is left alone for {max(wait, 0):.0f} s more"
            )
            raise ModelError(Failure.CIRCUIT_OPEN, detail)
        self._is_probing = True

    def leave(self, failure: Failure | None) -> None:
        """Behind a request, with how it failed."""
        self._is_probing = False
        if failure in TROUBLE:
            self._in_a_row += 1
            self._closed_again_at = self._clock() + self._rest_seconds
        else:
            self._in_a_row = 0

    def give_up(self) -> None:
        """Behind a request that was cancelled: it says nothing about the server."""
        self._is_probing = False
