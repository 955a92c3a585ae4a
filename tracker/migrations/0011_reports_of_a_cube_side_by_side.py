"""A build reads the reports of its cube from the index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0010_reports_by_name")]

    operations = [
        migrations.RemoveIndex(model_name="report", name="report_by_cube"),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                fields=["country", "measure", "cause", "crisis", "recorded_at"],
                include=(
                    "superseded_at", "id", "source", "ref", "region", "start", "end", "low", "value",
                    "high", "published", "round", "role", "status",
                ),
                name="report_by_cube",
            ),
        ),
    ]  # fmt: skip
