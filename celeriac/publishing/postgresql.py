"""Statements that only PostgreSQL understands, in migrations."""

from django.db.migrations.operations import RunSQL


class RunPostgreSQL(RunSQL):  # type: ignore[misc]
    """RunSQL that leaves an application's other databases alone, as the models do."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):  # type: ignore[no-untyped-def]
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):  # type: ignore[no-untyped-def]
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
