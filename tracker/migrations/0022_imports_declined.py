"""Uploaded files that a reviewer has declined, and why."""

from django.db import migrations, models
from django.db.models import Q

STATES = [
    ("checking", "being checked"),
    ("checked", "checked: waits to be submitted"),
    ("submitting", "being submitted"),
    ("submitted", "submitted: waits for review"),
    ("taking", "being taken"),
    ("taken", "taken"),
    ("refused", "refused: the file is not what was expected"),
    ("cancelled", "cancelled"),
    ("declining", "being declined"),
    ("declined", "declined by a reviewer"),
]


def cancel_declined(apps, schema_editor):
    """Before it there was no declining; what was declined is as little waited for as what was cancelled."""
    imports = apps.get_model("tracker", "Import").objects
    imports.filter(state__in=["declining", "declined"]).update(state="cancelled")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0021_languages")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="declined_by",
            field=models.CharField(blank=True, default="", max_length=150, verbose_name="declined by"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="import",
            name="declined_at",
            field=models.DateTimeField(null=True, verbose_name="declined at"),
        ),
        migrations.AddField(
            model_name="import",
            name="declined_because",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Why a reviewer declined what was left of it; its uploader reads this.",
                verbose_name="declined because",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(choices=STATES, default="checking", max_length=10, verbose_name="state"),
        ),
        migrations.RemoveConstraint(model_name="import", name="import_state_is_known"),
        migrations.RunPython(migrations.RunPython.noop, cancel_declined),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=Q(state__in=[state for state, _ in STATES]), name="import_state_is_known"
            ),
        ),
    ]
