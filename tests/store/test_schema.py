import asyncio
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from komainu.errors import StoreError, StoreSchemaError
from komainu.store import open_store, schema
from komainu.store.samples import CLAUSES, sample, sample_review
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


OLDER = {
    "0006": (
        "DROP TABLE drawn",
        f"UPDATE {SCHEMA_TABLE} SET version_num = '0005'",
    ),
    "0005": (
        "DROP TABLE steps",
        f"UPDATE {SCHEMA_TABLE} SET version_num = '0004'",
    ),  # what a migration made, undone: the tables it dropped, and those it added
    "0004": (
        """CREATE TABLE settled_clauses (seq BIGINT REFERENCES ledger (seq), place INTEGER, decision BIGINT NOT NULL,
        clause TEXT NOT NULL, PRIMARY KEY (seq, place))""",
        "INSERT INTO settled_clauses SELECT seq, place, decision, clause FROM ruled_clauses WHERE holds = 1",
        *(
            f"DROP TABLE {table}"
            for table in ("ruled_clauses", "appeals", "appealed_clauses", "outcomes", "golden", "claims")
        ),
        f"UPDATE {SCHEMA_TABLE} SET version_num = '0003'",
    ),
    "0003": (
        "DROP TABLE certificates",
        "DROP TABLE lapses",
        f"UPDATE {SCHEMA_TABLE} SET version_num = '0002'",
    ),
    "0002": (
        "DROP TABLE successions",
        "DROP TABLE traces",
        f"UPDATE {SCHEMA_TABLE} SET version_num = '0001'",
    ),
}


def _take_back(url: str, *migrations: str) -> None:
    with direct(url) as connection:
        for statement in (statement for migration in migrations for statement in OLDER[migration]):
            connection.execute(text(statement))


async def test_a_record_of_the_first_version_is_brought_up_to_date_and_stays_whole(store_url: str) -> None:
    first, content = sample(1, opened=CLAUSES[:1])
    store = await open_store(store_url)
    await store.record(first, content)
    before = await store.head()
    await store.close()
    _take_back(store_url, "0006", "0005", "0004", "0003", "0002")
    again = await open_store(store_url)
    assert await again.held() == (first,)
    await again.record(replace(sample(1)[0], id="second", supersedes=first.id), content)
    assert await again.held() == ()
    assert (await again.verify(expected=before)).faults == ()
    await again.close()


async def test_what_was_reviewed_before_there_were_second_opinions_stays_reviewed(store_url: str) -> None:
    store = await open_store(store_url)
    made = [sample(number, opened=CLAUSES[:2]) for number in range(600)]
    await asyncio.gather(*(store.record(*one) for one in made))
    for place, (decision, _) in enumerate(made):
        clauses = CLAUSES[:2] if place else CLAUSES[:1]
        review = replace(sample_review(f"review-{place}", decision, *clauses), reviewer="狛\x00犬")
        await store.add_review(review)
    before = await store.head()
    await store.close()
    _take_back(store_url, "0006", "0005", "0004")
    again = await open_store(store_url)
    assert await again.held() == (made[0][0],)
    assert (await again.verify(expected=before)).faults == ()
    await again.close()


async def test_an_older_record_that_was_changed_can_still_be_opened_and_says_so(store_url: str) -> None:
    decision, content = sample(1, opened=CLAUSES[:1])
    store = await open_store(store_url)
    await store.record(decision, content)
    await store.add_review(sample_review("review-1", decision, CLAUSES[0]))
    await store.close()
    _take_back(store_url, "0006", "0005", "0004")
    with direct(store_url) as connection:
        connection.execute(text("UPDATE ledger SET entry = replace(entry, 'clauses', 'clause') WHERE seq = 2"))
    again = await open_store(store_url)
    assert [(fault.entry, "was edited" in fault.problem) for fault in (await again.verify()).faults] == [(2, True)]
    await again.close()
