import asyncio
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from komainu.errors import StoreError, StoreSchemaError
from komainu.store import open_store, schema
from komainu.store.samples import CLAUSES, sample
from komainu.store.tables import METADATA, SCHEMA, SCHEMA_TABLE
from tests.store.tampering import direct


def test_the_newest_migration_is_the_schema_of_the_code() -> None:
    assert ScriptDirectory(str(schema._MIGRATIONS)).get_heads() == [SCHEMA]


async def test_the_migrations_make_the_tables_that_the_code_uses(store_url: str) -> None:
    await (await open_store(store_url)).close()
    with direct(store_url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": SCHEMA_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
        for table in METADATA.tables.values():
            assert _constraints(connection, table.name) == (
                sorted(column.name for column in table.primary_key),
                sorted(key.target_fullname for key in table.foreign_keys),
            )


def _constraints(connection: Connection, table: str) -> tuple[list[str], list[str]]:
    found = inspect(connection)
    keys = [f"{key['referred_table']}.{key['referred_columns'][0]}" for key in found.get_foreign_keys(table)]
    return sorted(found.get_pk_constraint(table)["constrained_columns"]), keys


async def test_a_record_of_a_newer_version_is_left_alone(store_url: str) -> None:
    store = await open_store(store_url)
    await store.record(*sample(1))
    await store.close()
    with direct(store_url) as connection:
        connection.execute(text(f"UPDATE {SCHEMA_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreSchemaError, match=r"has schema 9999; this version .* knows up to .* upgrade Komainu"):
        await open_store(store_url)
    with direct(store_url) as connection:
        connection.execute(text(f"UPDATE {SCHEMA_TABLE} SET version_num = '{SCHEMA}'"))
    again = await open_store(store_url)
    assert (await again.head()).entries == 1
    await again.close()


async def test_tables_of_something_else_are_left_alone(store_url: str) -> None:
    with direct(store_url) as connection:
        connection.execute(text("CREATE TABLE labels (name TEXT)"))
    with pytest.raises(StoreError, match=r"tables that are not Komainu's: labels"):
        await open_store(store_url)
    with direct(store_url) as connection:
        assert inspect(connection).get_table_names() == ["labels"]


async def test_opening_at_the_same_time_creates_one_record(store_url: str) -> None:
    stores = await asyncio.gather(*(open_store(store_url) for _ in range(6)))
    await asyncio.gather(*(store.record(*sample(number)) for number, store in enumerate(stores)))
    assert (await stores[0].verify()).faults == ()
    assert (await stores[0].head()).entries == 6
    for store in stores:
        await store.close()


async def test_a_record_of_the_first_version_is_brought_up_to_date_and_stays_whole(store_url: str) -> None:
    first, content = sample(1, opened=CLAUSES[:1])
    store = await open_store(store_url)
    await store.record(first, content)
    before = await store.head()
    await store.close()
    with direct(store_url) as connection:
        for table in ("successions", "traces", "certificates", "lapses", "steps"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text(f"UPDATE {SCHEMA_TABLE} SET version_num = '0001'"))
    again = await open_store(store_url)
    assert await again.held() == (first,)
    await again.record(replace(sample(1)[0], id="second", supersedes=first.id), content)
    assert await again.held() == ()
    assert (await again.verify(expected=before)).faults == ()
    await again.close()
