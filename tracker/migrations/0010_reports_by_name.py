"""All versions of a report are found by its name, however many reports there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0009_parked_is_for_a_person")]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["source", "ref"], name="report_by_name"),
        ),
    ]
