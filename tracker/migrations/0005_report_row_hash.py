from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0004_run_moments")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="row_hash",
            field=models.BigIntegerField(
                blank=True,
                help_text="Hash of the delivered row that says this; empty: it was not delivered.",
                null=True,
            ),
        ),
    ]
