"""The register's storage: SQLite by default, PostgreSQL when several technicians share.

`Database` opens it; `Database.transaction(...)` is the only way to write and always leaves an Event; reading sessions
refuse to write. See docs/ARCHITECTURE.md.
"""

from fleet.database.register import Database, Scope

__all__ = ["Database", "Scope"]
