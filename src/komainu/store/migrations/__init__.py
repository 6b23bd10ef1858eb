"""How the tables came to be: one file per change, run by Alembic when a record is opened."""
