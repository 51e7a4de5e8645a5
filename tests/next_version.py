"""The program as its made-up next version is: a column more in the state and in each index, a field more in backups.

`python -m tests.next_version COMMAND …` runs its command line.
"""

from sqlalchemy import Column, Text

from index.elastic import schema as elastic
from index.embedded import schema
from pipelines.storage import tables

tables.SCHEMA_VERSION += 1
tables.METADATA.tables["searches"].append_column(Column("note", Text, nullable=False, server_default=""))
schema.STEPS[schema.SCHEMA_VERSION] = "ALTER TABLE papers ADD COLUMN note TEXT;"
schema.SCHEMA_VERSION += 1
schema.TABLES = schema.TABLES.replace("key TEXT NOT NULL UNIQUE)", "key TEXT NOT NULL UNIQUE, note TEXT)")
elastic.SCHEMA_VERSION += 1
_fields = elastic._fields
elastic._fields = lambda *given: {**_fields(*given), "note": {"type": "keyword"}}

from pipelines.maintenance import archive, backup  # noqa: E402 - they take the versions of now


class Manifest(archive.Manifest):
    note: str = ""


class BackupReport(backup.BackupReport):
    note: str = ""


archive.FORMAT = backup.FORMAT = 2
archive.Manifest = backup.Manifest = Manifest
backup.BackupReport = BackupReport

if __name__ == "__main__":
    from portal.cli import main

    main()
