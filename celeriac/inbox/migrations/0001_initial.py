# mypy: ignore-errors

from django.db import migrations, models

NOW = models.Func(function="clock_timestamp", output_field=models.DateTimeField())


def identity():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", identity()),
                ("task_id", models.TextField()),
                ("task", models.TextField()),
                ("content_type", models.TextField(null=True)),
                ("content_encoding", models.TextField(null=True)),
                ("value", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
            ],
            options={
                "verbose_name": "task that was done once",
                "verbose_name_plural": "tasks that were done once",
                "db_table": "celeriac_inbox",
                "required_db_vendor": "postgresql",
                "constraints": [
                    models.UniqueConstraint(fields=("task_id",), name="celeriac_inbox_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ChordPart",
            fields=[
                ("id", identity()),
                ("group_id", models.TextField()),
                ("task_id", models.TextField()),
                ("created_at", models.DateTimeField(db_default=NOW, editable=False)),
            ],
            options={
                "verbose_name": "counted member of a chord",
                "verbose_name_plural": "counted members of chords",
                "db_table": "celeriac_inbox_chord_part",
                "required_db_vendor": "postgresql",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group_id", "task_id"), name="celeriac_inbox_chord_part_once"
                    )
                ],
            },
        ),
    ]
