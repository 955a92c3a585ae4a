from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0006_regions_that_came_later")]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=40)),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("idps", "internally displaced people (stock)"),
                            ("returnees", "returnees (stock)"),
                            ("refugees", "refugees (stock)"),
                            ("arrivals", "arrivals: displaced into the region (flow)"),
                            ("departures", "departures: displaced from the region (flow)"),
                            ("returns", "returns: back to the region (flow)"),
                            ("entries", "entries from another country (flow)"),
                            ("exits", "exits to another country (flow)"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[("conflict", "conflict"), ("disaster", "disaster"), ("other", "other")],
                        max_length=10,
                    ),
                ),
                ("crisis", models.CharField(blank=True, max_length=60)),
                ("region", models.CharField(help_text="P-code.", max_length=40)),
                ("level", models.PositiveSmallIntegerField()),
                ("first", models.DateField(help_text="First day of which a report speaks.")),
                ("last", models.DateField(help_text="Last day of which a report speaks.")),
                ("reports", models.PositiveIntegerField(help_text="Reports that take part.")),
                ("source_codes", models.TextField(help_text="Codes of their sources, with commas between.")),
            ],
            options={
                "verbose_name_plural": "coverage",
            },
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["country", "measure", "cause", "crisis"], name="coverage_by_cube"),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.UniqueConstraint(
                fields=("region", "measure", "cause", "crisis"), name="coverage_once_a_series"
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lte", models.F("last"))), name="coverage_first_not_after_last"
            ),
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.CheckConstraint(
                condition=models.Q(("reports__gte", 1)), name="coverage_has_reports"
            ),
        ),
    ]
