from django.db import migrations, models


class Migration(migrations.Migration):
    """Forget `sent`. The column stays for the release before, which writes it while both run."""

    dependencies = [("runs", "0001_initial")]
    operations = [
        migrations.AlterField(
            "run", "sent", models.BooleanField(default=True, db_default=True)
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("run", "sent")]
        ),
    ]
