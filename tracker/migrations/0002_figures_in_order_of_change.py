import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0001_first_tables")]

    operations = [
        migrations.RemoveIndex(
            model_name="figure",
            name="figure_by_cube",
        ),
        migrations.AddField(
            model_name="figure",
            name="is_final",
            field=models.BooleanField(
                default=False, help_text="It was final when it was stored: no later day makes it another."
            ),
        ),
        migrations.AddField(
            model_name="figure",
            name="stored_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="The moment (UTC) it was written: later than `recorded_at` where a replay made it.",
            ),
        ),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                condition=models.Q(("superseded_at__isnull", False)),
                fields=["country", "measure", "cause", "crisis", "period_type", "region", "start"],
                name="figure_earlier_versions",
            ),
        ),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=["stored_at", "id"],
                name="figure_by_change",
            ),
        ),
        migrations.AddIndex(
            model_name="figure",
            index=models.Index(
                condition=models.Q(("is_final", False), ("superseded_at__isnull", True)),
                fields=["final_from", "id"],
                name="figure_not_final",
            ),
        ),
    ]
