"""Figures that stood already were written when they were recorded, as far as is known."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("tracker", "Figure").objects.update(stored_at=F("recorded_at"))


class Migration(migrations.Migration):
    dependencies = [("tracker", "0002_figures_in_order_of_change")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
