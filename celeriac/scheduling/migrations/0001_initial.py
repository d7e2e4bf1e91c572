# mypy: ignore-errors

from django.db import migrations, models

from celeriac.publishing.postgresql import RunPostgreSQL

# However an entry is created, enabled or changed (admin, queryset, SQL, while beat runs or not),
# its due times from before that are not caught up. Columns are named in the functions alone: a
# trigger that named one would keep django-celery-beat's migrations from altering it.
STARTS = """
CREATE FUNCTION celeriac_entry_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NOT NEW.enabled THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.enabled AND
        (OLD.interval_id, OLD.crontab_id, OLD.solar_id, OLD.clocked_id, OLD.start_time)
        IS NOT DISTINCT FROM
        (NEW.interval_id, NEW.crontab_id, NEW.solar_id, NEW.clocked_id, NEW.start_time)
    THEN
        RETURN NULL;
    END IF;
    INSERT INTO celeriac_entry_progress (entry_id, done_until) VALUES (NEW.id, clock_timestamp())
    ON CONFLICT (entry_id) DO UPDATE SET done_until = excluded.done_until;
    RETURN NULL;
END $$;

CREATE FUNCTION celeriac_schedule_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD IS DISTINCT FROM NEW THEN
        EXECUTE format(
            'UPDATE celeriac_entry_progress SET done_until = clock_timestamp() WHERE entry_id IN'
            ' (SELECT id FROM django_celery_beat_periodictask WHERE %I = $1)', TG_ARGV[0]
        ) USING NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER celeriac_entry_changed AFTER INSERT OR UPDATE ON django_celery_beat_periodictask
FOR EACH ROW EXECUTE FUNCTION celeriac_entry_changed();

CREATE TRIGGER celeriac_schedule_changed AFTER UPDATE ON django_celery_beat_intervalschedule
FOR EACH ROW EXECUTE FUNCTION celeriac_schedule_changed('interval_id');

CREATE TRIGGER celeriac_schedule_changed AFTER UPDATE ON django_celery_beat_crontabschedule
FOR EACH ROW EXECUTE FUNCTION celeriac_schedule_changed('crontab_id');

CREATE TRIGGER celeriac_schedule_changed AFTER UPDATE ON django_celery_beat_solarschedule
FOR EACH ROW EXECUTE FUNCTION celeriac_schedule_changed('solar_id');

CREATE TRIGGER celeriac_schedule_changed AFTER UPDATE ON django_celery_beat_clockedschedule
FOR EACH ROW EXECUTE FUNCTION celeriac_schedule_changed('clocked_id');

-- Entries of another scheduler go on from their last run.
INSERT INTO celeriac_entry_progress (entry_id, done_until)
SELECT id, coalesce(last_run_at, clock_timestamp()) FROM django_celery_beat_periodictask
WHERE enabled;
"""
NO_STARTS = """
DROP TRIGGER celeriac_entry_changed ON django_celery_beat_periodictask;
DROP TRIGGER celeriac_schedule_changed ON django_celery_beat_intervalschedule;
DROP TRIGGER celeriac_schedule_changed ON django_celery_beat_crontabschedule;
DROP TRIGGER celeriac_schedule_changed ON django_celery_beat_solarschedule;
DROP TRIGGER celeriac_schedule_changed ON django_celery_beat_clockedschedule;
DROP FUNCTION celeriac_entry_changed();
DROP FUNCTION celeriac_schedule_changed();
"""

NOW = models.Func(function="clock_timestamp", output_field=models.DateTimeField())
POLICIES = [
    ("skip", "Skip them"),
    ("once", "Run once for all of them"),
    ("all", "Run each of them"),
]
OUTCOMES = [("sent", "Sent"), ("skipped", "Skipped"), ("failed", "Failed")]


def entry(related_name):
    return models.OneToOneField(
        on_delete=models.deletion.CASCADE,
        primary_key=True,
        related_name=related_name,
        serialize=False,
        to="django_celery_beat.periodictask",
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("django_celery_beat", "0018_improve_crontab_helptext")]
    operations = [
        migrations.CreateModel(
            name="Tick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry", models.BigIntegerField()),
                ("entry_name", models.CharField(max_length=200)),
                ("due", models.DateTimeField()),
                ("task_id", models.UUIDField()),
                ("outcome", models.CharField(choices=OUTCOMES, max_length=7)),
                ("reason", models.TextField(blank=True)),
                ("written_at", models.DateTimeField(db_default=NOW, editable=False)),
            ],
            options={
                "db_table": "celeriac_tick",
                "required_db_vendor": "postgresql",
                "indexes": [models.Index(fields=["due"], name="celeriac_tick_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "due"), name="celeriac_tick_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EntryPolicy",
            fields=[
                ("entry", entry("celeriac_policy")),
                (
                    "policy",
                    models.CharField(
                        choices=POLICIES,
                        default="once",
                        help_text="What beat does with due times more than a minute ago, after "
                        "an outage.",
                        max_length=4,
                        verbose_name="Missed due times",
                    ),
                ),
            ],
            options={
                "verbose_name": "missed-tick policy",
                "verbose_name_plural": "missed-tick policies",
                "db_table": "celeriac_entry_policy",
                "required_db_vendor": "postgresql",
            },
        ),
        migrations.CreateModel(
            name="EntryProgress",
            fields=[
                ("entry", entry("celeriac_progress")),
                ("done_until", models.DateTimeField()),
            ],
            options={
                "db_table": "celeriac_entry_progress",
                "required_db_vendor": "postgresql",
            },
        ),
        RunPostgreSQL(STARTS, NO_STARTS),
    ]
