"""Nobody looks for the figures of a run; each version had to be entered in the index."""

import django.db.models.deletion
from django.db import migrations, models

FIELD = models.ForeignKey(
    blank=True,
    db_index=False,
    null=True,
    on_delete=django.db.models.deletion.PROTECT,
    related_name="+",
    to="tracker.run",
)


class Migration(migrations.Migration):
    dependencies = [("tracker", "0012_content_hash_of_figures")]

    operations = [
        migrations.AlterField(model_name="figure", name="build", field=FIELD),
        migrations.AlterField(model_name="conflictfigure", name="build", field=FIELD),
    ]
