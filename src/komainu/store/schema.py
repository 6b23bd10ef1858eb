"""Bring a database to the schema of this version of Komainu."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from komainu.errors import StoreError, StoreSchemaError
from komainu.store.database import Database
from komainu.store.problems import store_errors
from komainu.store.tables import METADATA, SCHEMA, SCHEMA_TABLE

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6B6F6D61696E75  # any number; held on PostgreSQL while the schema changes


def migrate(database: Database) -> None:
    """Create what is missing; StoreSchemaError where a newer Komainu has been here.

    Several processes may do it at once: one changes the schema, the others find it done.
    """
    with store_errors(database.place):
        with database.reader.connect() as connection:
            found = _schema(connection)
        if found == SCHEMA:
            return
        with database.writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _upgrade(connection, database.place)


def _schema(connection: Connection) -> str:
    """The migration that the database is at; empty where there was none."""
    if not inspect(connection).has_table(SCHEMA_TABLE):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {SCHEMA_TABLE}")).scalar() or "")  # noqa: S608 constant


def _upgrade(connection: Connection, place: str) -> None:
    found = _schema(connection)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise StoreSchemaError(
            f"{place} has schema {found}; this version of Komainu knows up to {SCHEMA}. "
            "A newer version wrote it: upgrade Komainu, or open another record"
        )
    if not found and (taken := set(inspect(connection).get_table_names()) & set(METADATA.tables)):
        raise StoreError(
            f"{place} has tables that are not Komainu's: {', '.join(sorted(taken))}; "
            "give the record a database, or a schema, of its own"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
