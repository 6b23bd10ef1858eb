"""What holds for every test: nothing leaves this machine."""

import os
import socket
from collections.abc import Iterator
from importlib import import_module
from ipaddress import ip_address
from typing import Any

import pytest

# A console keeps the COLUMNS of the moment it is made, and parallel workers have some set: make ours without.
os.environ.pop("COLUMNS", None)
import_module("komainu.apps.cli.console")

_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family != socket.AF_UNIX:
        host = str(address[0])
        if host != "localhost" and not ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}; tests stay on this machine")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)
    yield


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads the settings of whoever runs it, or fills their cache."""
    for name in ("KOMAINU_CONFIG", "KOMAINU_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KOMAINU_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
