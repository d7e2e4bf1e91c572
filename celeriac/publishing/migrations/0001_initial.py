# mypy: ignore-errors

from django.db import migrations, models

from celeriac.publishing.postgresql import RunPostgreSQL

NOW = models.Func(function="clock_timestamp", output_field=models.DateTimeField())

# A row may not say itself who wrote it: what its writer may publish depends on that. No update
# of a row is usual, so that any makes its author the writer.
AUTHORS = """
CREATE FUNCTION celeriac_outbox_writer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.writer := session_user; RETURN NEW; END $$;

CREATE FUNCTION celeriac_outbox_parked_by() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.parked_by := session_user; RETURN NEW; END $$;

CREATE TRIGGER celeriac_outbox_writer BEFORE INSERT OR UPDATE ON celeriac_outbox
FOR EACH ROW EXECUTE FUNCTION celeriac_outbox_writer();

CREATE TRIGGER celeriac_outbox_parked_by BEFORE INSERT OR UPDATE ON celeriac_outbox_parked
FOR EACH ROW EXECUTE FUNCTION celeriac_outbox_parked_by();
"""
NO_AUTHORS = """
DROP TRIGGER celeriac_outbox_writer ON celeriac_outbox;
DROP TRIGGER celeriac_outbox_parked_by ON celeriac_outbox_parked;
DROP FUNCTION celeriac_outbox_writer();
DROP FUNCTION celeriac_outbox_parked_by();
"""

# A queue's rows live for a moment, and its table is mostly dead rows: by a share of the table,
# as is the default, it would be cleaned too late, and slowly. The counts are rows.
CLEANED_EARLY = """
ALTER TABLE celeriac_outbox SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 1000,
    toast.autovacuum_vacuum_cost_delay = 0
);
"""


def message_columns():
    return [
        (
            "id",
            models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        ("task_id", models.TextField()),
        ("task", models.TextField()),
        ("exchange", models.TextField()),
        ("routing_key", models.TextField()),
        ("body", models.BinaryField()),
        ("content_type", models.TextField()),
        ("content_encoding", models.TextField()),
        ("headers", models.JSONField()),
        ("properties", models.JSONField()),
        ("eta", models.DateTimeField(null=True)),
        ("expires", models.DateTimeField(null=True)),
    ]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                *message_columns(),
                ("writer", models.TextField(editable=False)),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
            ],
            options={
                "verbose_name": "message in the outbox",
                "verbose_name_plural": "messages in the outbox",
                "db_table": "celeriac_outbox",
                "required_db_vendor": "postgresql",
            },
        ),
        migrations.CreateModel(
            name="ParkedMessage",
            fields=[
                *message_columns(),
                ("writer", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("parked_by", models.TextField(editable=False)),
                ("parked_at", models.DateTimeField(db_default=NOW, editable=False)),
            ],
            options={
                "verbose_name": "parked message",
                "verbose_name_plural": "parked messages",
                "db_table": "celeriac_outbox_parked",
                "required_db_vendor": "postgresql",
            },
        ),
        RunPostgreSQL(AUTHORS, NO_AUTHORS),
        RunPostgreSQL(CLEANED_EARLY, RunPostgreSQL.noop),
    ]
