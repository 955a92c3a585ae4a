from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0003_stored_at_of_figures")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="changed_since",
            field=models.DateTimeField(
                blank=True,
                help_text="The earliest change (UTC) that it answers to: from then until `moment` what is stored is not yet what the reports make.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="moment",
            field=models.DateTimeField(
                blank=True,
                help_text="The moment (UTC) as of which it read, and at which it recorded.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["key", "moment"], name="run_by_key"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["kind", "moment"], name="run_by_moment"),
        ),
    ]
