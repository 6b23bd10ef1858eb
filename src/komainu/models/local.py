"""A model server of our own, on this machine alone."""

import asyncio
import http.client
import importlib.util
import json
import os
import re
import socket
import sys
import tempfile
from pathlib import Path
from typing import IO, Self

from komainu.errors import JudgeError, MissingExtraError

_LOOK_SECONDS = 0.1
_END_SECONDS = 5.0
_MOST_LINES = 4  # of its log, to say why it did not start
_LOG_BYTES = 64 * 1024  # looked through for them
_ERROR_LINE = re.compile(r"^[\d.]+ E (?:\S+ +\S+: )?(.+)$", re.MULTILINE)


class LocalServer:
    """A llama.cpp server with one GGUF file, in a child process that ends with this one.

    `context_tokens` are of each of `parallel` requests at once. It listens on 127.0.0.1, on a free port where `port` is
    0, and on the same one when it is started again. Without `log`, what it writes is kept only while it runs.
    MissingExtraError without the extra `local`; JudgeError where the file is none.
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
        _expect_gguf(gguf)
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
        self._changing = asyncio.Lock()  # held while a child is started or ended

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
        """Start it where it does not run, and wait until it answers; JudgeError with its last words where it does not.

        Where it does not come up, or the wait is cancelled, no child is left.
        """
        async with self._changing:
            if self._child is not None and self._child.returncode is None:
                return
            await self._end()
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._come_up()
            except TimeoutError:
                raise JudgeError(f"expected the model server to answer within {timeout_seconds:g} s") from None

    async def ensure(self) -> None:
        """Start it again where it has died."""
        await self.start()

    async def wait(self) -> int:
        """Its exit code, when it ends."""
        return 0 if self._child is None else await self._child.wait()

    async def stop(self) -> None:
        """End the child, and no other process."""
        async with self._changing:
            await self._end()

    async def _come_up(self) -> None:
        with _log_file(self._log) as log:
            begins = log.seek(0, os.SEEK_END)
            up = False
            try:
                await self._spawn(log)
                up = await self._answers()
                if not up and self._child is not None:
                    raise JudgeError(self._failure(await self._child.wait(), _said(log, begins)))
            finally:
                if not up:
                    await self._end()

    async def _spawn(self, log: IO[bytes]) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what lies in the working directory is not imported
            "-m",
            "komainu.models.serve",
            json.dumps(self._options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # an interrupt of the terminal is for the parent, which ends the child
        )

    async def _answers(self) -> bool:
        """Whether the child says that it serves, and does; it says nothing before the port is its own."""
        if self._child is None or self._child.stdout is None or not await self._child.stdout.readline():
            return False
        while not await asyncio.to_thread(_is_healthy, self._port):
            if self._child.returncode is not None:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    def _failure(self, code: int, said: str) -> str:
        if "couldn't bind" in said:
            return f"expected port {self._port} to be free; it is taken: choose another, or 0 for any that is free"
        if code < 0:
            return f"the model server was ended by signal {-code} as it started, as where memory runs out: {said}"
        return f"the model server ended with {code} as it started: {said}"

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        if child.returncode is None:
            child.terminate()
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()


def _expect_gguf(path: Path) -> None:
    if not path.is_file():
        raise JudgeError(f"{path}: expected a model file; there is none")
    try:
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError as error:
        raise JudgeError(f"{path}: expected a model file that can be read; {error.strerror}") from error
    if begins != b"GGUF":
        raise JudgeError(f"{path}: expected a GGUF file; it does not start like one")


def _log_file(path: Path | None) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile() if path is None else path.open("ab+")
    except OSError as error:
        raise JudgeError(f"{path}: expected a log that can be written; {error.strerror}") from error


def _said(log: IO[bytes], begins: int) -> str:
    """Why it ended, in its words: the first errors it wrote, else its last lines."""
    log.seek(begins)
    text = log.read(_LOG_BYTES).decode("utf-8", "replace").strip()
    errors = list(dict.fromkeys(_ERROR_LINE.findall(text)))[:_MOST_LINES]
    return " / ".join(errors or text.splitlines()[-_MOST_LINES:]) or "it wrote nothing"


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
