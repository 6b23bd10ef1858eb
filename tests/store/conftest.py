from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from komainu.store import Store, open_store
from tests.postgres import Server, find_binaries, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: no initdb on PATH, in /usr/lib/postgresql/*/bin or by pg_config")
    with running_server(binaries) as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/komainu.db"


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    return postgres_server.new_url()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()
