"""A PostgreSQL server of our own for the tests: in a temporary folder, on a local socket, with fsync on."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

USER = "komainu"
SECONDS_TO_START = 30


@dataclass(frozen=True)
class Server:
    """A running server; everybody who can reach the socket may do everything."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def new_url(self) -> str:
        """The URL of an empty schema, which is made much faster than a database and looks the same from inside."""
        name = f"record{next(self.numbers)}"
        with psycopg.connect(host=str(self.folder), user=USER, dbname="postgres") as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://{USER}@/postgres?host={self.folder}&options=-csearch_path%3D{name}"


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, or None where PostgreSQL is not installed."""
    candidates = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)]
    if on_path := shutil.which("initdb"):
        candidates.insert(0, Path(on_path).resolve().parent)
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(told.stdout.strip()))
    return next((folder for folder in candidates if {"initdb", "postgres"} <= _names(folder)), None)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


@contextmanager
def running_server(binaries: Path) -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="komainu-pg-"))
    account = _account()
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        data = folder / "data"
        initdb = [binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
        with _process(binaries, data, folder, account):
            yield Server(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _process(binaries: Path, data: Path, folder: Path, account: dict[str, int]) -> Iterator[None]:
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=on", "max_connections=60")
    command = [binaries / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **account)
        try:
            _wait_until_ready(server, folder)
            yield
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: what it would write to the disk first is deleted anyway
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}") from None
            time.sleep(0.05)


def _account() -> dict[str, int]:
    """Whom to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}
