"""A model server of our own, on this machine alone."""

import asyncio
import http.client
import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import Self

from komainu.errors import JudgeError, MissingExtraError

_LOOK_SECONDS = 0.1
_END_SECONDS = 5.0
_LAST_LINES = 4


class LocalServer:
    """A llama.cpp server with one GGUF file, in a child process that ends with this one.

    `context_tokens` are of each of `parallel` requests at once. It listens on 127.0.0.1, on a free port where `port` is
    0. MissingExtraError without the extra `local`; JudgeError where the file is none.
    """

    def __init__(
        self,
        gguf: Path,
        *,
        port: int = 0,
        context_tokens: int = 8_192,
        parallel: int = 1,
        threads: int | None = None,
        log: Path | None = None,
    ) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise MissingExtraError("a local model server", "local")
        if not gguf.is_file():
            raise JudgeError(f"{gguf}: expected a model file; there is none")
        with gguf.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise JudgeError(f"{gguf}: expected a GGUF file; it does not start like one")
        self._port = port or _free_port()
        self._log = log
        self._options = {
            "gguf": str(gguf.absolute()),
            "alias": gguf.stem,
            "port": self._port,
            "context_tokens": context_tokens,
            "parallel": parallel,
            "threads": threads or os.cpu_count() or 1,
        }
        self._child: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The base for clients."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def model(self) -> str:
        """The model's name there."""
        return str(self._options["alias"])

    @property
    def pid(self) -> int | None:
        """The child's process id; None where there is none."""
        return None if self._child is None else self._child.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, timeout_seconds: float = 120.0) -> None:
        """Start it, and wait until it answers; JudgeError with its last words where it does not."""
        log = Path(os.devnull) if self._log is None else self._log
        with log.open("ab") as out:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "komainu.models.serve",
                json.dumps(self._options),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
            )
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._healthy()
        except TimeoutError:
            await self.stop()
            raise JudgeError(f"expected the model server to answer within {timeout_seconds:g} s") from None

    async def ensure(self) -> None:
        """Start it again where it has died."""
        if self._child is None or self._child.returncode is not None:
            await self.stop()
            await self.start()

    async def wait(self) -> int:
        """Its exit code, when it ends."""
        return 0 if self._child is None else await self._child.wait()

    async def stop(self) -> None:
        """End the child, and no other process."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        if child.returncode is None:
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()

    async def _healthy(self) -> None:
        while self._child is not None:
            if self._child.returncode is not None:
                raise JudgeError(f"the model server ended with {self._child.returncode} as it started{self._said()}")
            if await asyncio.to_thread(_is_healthy, self._port):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _said(self) -> str:
        if self._log is None:
            return "; give it a log to see why"
        lines = self._log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return ": " + " / ".join(lines)


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
