"""What goes wrong with databases, and what the reader is told."""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from komainu.domain import Content
from komainu.errors import (
    MissingExtraError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
)
from komainu.store import open_store
from komainu.store.samples import sample
from tests.store.workers import processes, read_and_write


async def test_a_folder_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder; name a file in it"):
        await open_store(tmp_path)


async def test_the_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="create the folder first"):
        await open_store(tmp_path / "missing" / "komainu.db")
    assert not (tmp_path / "missing").exists()


async def test_another_file_is_no_record_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database. " * 400)
    with pytest.raises(StoreError, match=r"notes\.txt: expected a database that Komainu can use.*not a database"):
        await open_store(file)
    assert file.read_text() == "Not a database. " * 400


@pytest.mark.parametrize("place", ["", ":memory:", "sqlite://", "sqlite:///:memory:"])
async def test_a_record_in_memory_is_refused(place: str) -> None:
    with pytest.raises(StoreError, match="kept in a file, so that it lasts"):
        await open_store(place)


@pytest.mark.parametrize("place", ["mysql://somewhere/komainu", "postgresql://user@host:port/komainu"])
async def test_an_address_of_another_kind_is_refused(place: str) -> None:
    with pytest.raises(StoreError, match="postgresql://user@host/database"):
        await open_store(place)


async def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        await open_store(f"postgresql://someone:secret@/komainu?host={tmp_path}")
    assert str(tmp_path) in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_postgres_without_psycopg_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r'pip install "komainu\[postgres\]"'):
        await open_store("postgresql://someone@localhost/komainu")


async def test_a_record_that_somebody_holds_is_busy_and_then_free_again(tmp_path: Path) -> None:
    file = tmp_path / "komainu.db"
    store = await open_store(file, busy_timeout_seconds=0.1)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="try again"):
        await store.record(*sample(1))
    assert (await store.head()).entries == 0
    holder.close()
    await store.record(*sample(1))
    assert (await store.verify()).faults == ()
    await store.close()


async def test_a_postgres_record_that_somebody_holds_is_busy_and_then_free_again(postgres_url: str) -> None:
    import psycopg

    store = await open_store(postgres_url, busy_timeout_seconds=0.1)
    with psycopg.connect(postgres_url) as holder:
        holder.execute("SELECT * FROM ledger_head FOR UPDATE")
        with pytest.raises(StoreBusyError, match="try again"):
            await asyncio.wait_for(store.record(*sample(1)), 20)
    await store.record(*sample(1))
    assert (await store.verify()).faults == ()
    await store.close()


@contextmanager
def every_connection(do: Callable[[sqlite3.Connection], object]) -> Iterator[None]:
    """Do something with every SQLite connection opened meanwhile."""

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        do(connection)

    event.listen(Engine, "connect", prepare)
    yield
    event.remove(Engine, "connect", prepare)


async def test_a_row_that_the_database_refuses_does_not_disturb_its_neighbours(tmp_path: Path) -> None:
    with every_connection(lambda connection: connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)):
        store = await open_store(tmp_path / "komainu.db")
    long = Content(text="too long " * 2000)
    made = [sample(number) for number in range(10)]
    made[4] = replace(made[4][0], content=long.digest), long
    outcomes = await asyncio.gather(*(store.record(*one) for one in made), return_exceptions=True)
    assert [number for number, outcome in enumerate(outcomes) if outcome is not None] == [4]
    assert "the database refused a row" in str(outcomes[4])
    assert "too big" in str(outcomes[4])
    assert len(await store.decisions()) == 9
    assert (await store.verify()).faults == ()
    await store.close()


async def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "komainu.db"
    with every_connection(lambda connection: connection.execute("PRAGMA max_page_count = 60")):
        store = await open_store(file)
        kept = 0
        with pytest.raises(StoreFullError, match="nothing was written, free some space"):
            for number in range(200):
                await store.record(*sample(number))
                kept += 1
        assert (await store.head()).entries == kept > 0
        await store.close()
    again = await open_store(file)
    await again.record(*sample(kept))
    found = await again.verify()
    assert found.faults == ()
    assert found.head.entries == kept + 1
    await again.close()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that other accounts can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="komainu-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("whole_folder", [False, True], ids=["file", "folder"])
async def test_a_record_that_may_not_be_written_says_so(shared_folder: Path, whole_folder: bool) -> None:
    file = shared_folder / "komainu.db"
    store = await open_store(file)
    await store.record(*sample(1))
    await store.close()
    file.chmod(0o444)
    shared_folder.chmod(0o555 if whole_folder else 0o777)
    said = _as_a_stranger(file)
    assert said.startswith("StoreReadOnlyError" if whole_folder else "read, then StoreReadOnlyError")
    assert "check who may write it" in said
    shared_folder.chmod(0o755)
    again = await open_store(file)
    assert (await again.head()).entries == 1
    await again.close()


async def test_a_record_cannot_be_created_where_nothing_may_be_written(shared_folder: Path) -> None:
    shared_folder.chmod(0o555)
    assert "StoreReadOnlyError" in _as_a_stranger(shared_folder / "komainu.db")
    assert list(shared_folder.iterdir()) == []


def _as_a_stranger(file: Path) -> str:
    """What a process is told that does not own the file and is not root."""
    context = processes()
    mine, theirs = context.Pipe()
    child = context.Process(target=read_and_write, args=(str(file), theirs))
    child.start()
    assert mine.poll(60)
    said: str = mine.recv()
    child.join()
    for end in (mine, theirs, child):
        end.close()
    return said


async def test_a_postgres_account_that_may_only_read_is_told_so(postgres_url: str) -> None:
    import psycopg

    store = await open_store(postgres_url)
    await store.record(*sample(1))
    await store.close()
    with psycopg.connect(postgres_url) as owner:
        name, schema = owner.execute("SELECT current_schema() || '_reader', current_schema()").fetchone()
        owner.execute(f"CREATE ROLE {name} LOGIN")
        owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}")
    reader = await open_store(postgres_url.replace("komainu@", f"{name}@"))
    assert len(await reader.decisions()) == 1
    assert (await reader.verify()).faults == ()
    with pytest.raises(StoreReadOnlyError, match="permission denied"):
        await reader.record(*sample(2))
    await reader.close()


async def test_a_content_changed_since_is_not_handed_out(sqlite_url: str) -> None:
    from tests.store.tampering import direct, sql

    store = await open_store(sqlite_url)
    decision, content = sample(1)
    await store.record(decision, content)
    with direct(sqlite_url) as connection:
        sql("UPDATE contents SET body = replace(body, 'Sample 1', 'Sample 2')")(connection)
    with pytest.raises(StoreError, match="was changed after it was recorded"):
        await store.content(content.digest)
    with direct(sqlite_url) as connection:
        sql("UPDATE ledger SET entry = '{\"seq\": 1}'")(connection)
    with pytest.raises(StoreError, match=r"entry 1 cannot be read any more.*verify"):
        await store.decision(decision.id)
    await store.close()
