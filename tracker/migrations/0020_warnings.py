"""Warnings that were answered with a reason, and what finds reports and figures with warnings."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tracker", "0019_imports")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="warnings_overridden",
            field=models.JSONField(
                blank=True,
                help_text="Warnings about what was entered that were answered with a reason: "
                "code, text, reason.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=Q(superseded_at__isnull=True, warnings_overridden__isnull=False),
                fields=["recorded_at"],
                name="report_with_warnings",
            ),
        ),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                condition=Q(superseded_at__isnull=True, warnings__gt=""),
                fields=["period_type", "start"],
                name="figure_with_warnings",
            ),
        ),
    ]
