"""Uploaded files, their rows, and the places that people matched."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

FORMATS = [
    ("reports", "reports"),
    ("events", "conflict events"),
    ("rounds", "rounds"),
    ("sources", "sources"),
    ("crises", "crises"),
]
STATES = [
    ("checking", "being checked"),
    ("checked", "checked: waits to be submitted"),
    ("submitting", "being submitted"),
    ("submitted", "submitted: waits for review"),
    ("taking", "being taken"),
    ("taken", "taken"),
    ("refused", "refused: the file is not what was expected"),
    ("cancelled", "cancelled"),
]
OUTCOMES = [
    ("new", "new"),
    ("changed", "changed"),
    ("unchanged", "unchanged"),
    ("rejected", "rejected"),
    ("unmatched", "unmatched: its place or its source is not known"),
]
STEPS = [("checked", "checked"), ("submitted", "submitted"), ("taken", "taken")]


def row_id():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0018_review")]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", row_id()),
                ("format", models.CharField(choices=FORMATS, max_length=10, verbose_name="format")),
                (
                    "file_name",
                    models.CharField(
                        help_text="As the person's machine calls it.", max_length=150, verbose_name="file"
                    ),
                ),
                (
                    "stored_as",
                    models.CharField(help_text="Its name among the uploaded files.", max_length=40),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.BigIntegerField(help_text="Bytes.", verbose_name="size")),
                ("uploaded_by", models.CharField(max_length=150, verbose_name="uploaded by")),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded at")),
                (
                    "countries",
                    models.JSONField(
                        help_text="P-codes of the countries whose rows the uploader may bring; empty: all.",
                        null=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=STATES, default="checking", max_length=10, verbose_name="state"),
                ),
                (
                    "rows_done",
                    models.PositiveIntegerField(default=0, help_text="Rows that the check has read so far."),
                ),
                (
                    "share_done",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How much of the check is done, in thousandths."
                    ),
                ),
                (
                    "counts",
                    models.JSONField(default=dict, help_text="Rows by their outcome.", verbose_name="rows"),
                ),
                ("effects", models.JSONField(default=dict, help_text="The figures that would change most.")),
                (
                    "unknown",
                    models.JSONField(
                        default=list, help_text="Places and sources that nobody knows, with rows."
                    ),
                ),
                (
                    "refusal",
                    models.TextField(
                        blank=True, help_text="Why the file was refused as a whole.", verbose_name="refusal"
                    ),
                ),
                (
                    "otherwise",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Chosen rows that were not stored, since they would have done other than the check said.",
                    ),
                ),
                ("checked_at", models.DateTimeField(null=True, verbose_name="checked at")),
                ("submitted_by", models.CharField(blank=True, max_length=150, verbose_name="submitted by")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="submitted at")),
                ("taken_by", models.CharField(blank=True, max_length=150, verbose_name="taken by")),
                ("taken_at", models.DateTimeField(null=True, verbose_name="taken at")),
            ],
            options={"verbose_name": "import", "verbose_name_plural": "imports", "ordering": ["-id"]},
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["sha256"], name="import_by_content"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=Q(state__in=[state for state, _ in STATES]), name="import_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=~Q(state="submitted") | ~Q(submitted_by=""), name="import_submitted_is_by_somebody"
            ),
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", row_id()),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="tracker.import"
                    ),
                ),
                ("line", models.PositiveIntegerField(help_text="The line of the file on which it begins.")),
                ("last_line", models.PositiveIntegerField(help_text="The line on which it ends.")),
                ("outcome", models.CharField(choices=OUTCOMES, max_length=10)),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="What it speaks of, by source and ref.", max_length=200
                    ),
                ),
                (
                    "country",
                    models.CharField(blank=True, help_text="P-code of the country it is of.", max_length=40),
                ),
                (
                    "said",
                    models.JSONField(
                        default=list, help_text="The columns that say the most, with their cells."
                    ),
                ),
                (
                    "changes",
                    models.JSONField(
                        default=list, help_text="Column, old value and new value of each change."
                    ),
                ),
                (
                    "reasons",
                    models.JSONField(
                        default=list, help_text="Column, value and reason of each fault or remark."
                    ),
                ),
                (
                    "standing",
                    models.BigIntegerField(
                        help_text="The version that stood when it was checked.", null=True
                    ),
                ),
                (
                    "proposal",
                    models.BigIntegerField(
                        help_text="The proposal of other content that waited beside it.", null=True
                    ),
                ),
                ("chosen", models.BooleanField(default=True, help_text="Whether it is to be taken.")),
                ("step", models.CharField(choices=STEPS, default="checked", max_length=10)),
            ],
            options={"ordering": ["line"]},
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["upload", "outcome", "line"], name="import_row_by_outcome"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["upload", "country"], name="import_row_by_country"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("upload", "line"), name="import_row_once_a_line"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=Q(outcome__in=[outcome for outcome, _ in OUTCOMES]),
                name="import_row_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=Q(step="checked")
                | Q(step__in=("submitted", "taken"), outcome__in=("new", "changed")),
                name="import_row_step_goes_with_its_outcome",
            ),
        ),
        migrations.CreateModel(
            name="PlaceMatch",
            fields=[
                ("id", row_id()),
                (
                    "publisher",
                    models.CharField(
                        help_text="Code of the source, or of the dataset of events.",
                        max_length=60,
                        verbose_name="source",
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        help_text="The place as the source writes it.", max_length=200, verbose_name="called"
                    ),
                ),
                (
                    "pcode",
                    models.CharField(
                        help_text="P-code of the region that is meant.", max_length=40, verbose_name="region"
                    ),
                ),
                ("matched_by", models.CharField(max_length=150, verbose_name="matched by")),
                ("matched_at", models.DateTimeField(auto_now=True, verbose_name="matched at")),
            ],
            options={
                "verbose_name": "matched place",
                "verbose_name_plural": "matched places",
                "ordering": ["publisher", "text"],
            },
        ),
        migrations.AddConstraint(
            model_name="placematch",
            constraint=models.UniqueConstraint(
                fields=("publisher", "text"), name="place_match_once_a_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="placematch",
            constraint=models.CheckConstraint(
                condition=~Q(text="") & ~Q(pcode="") & ~Q(matched_by=""), name="place_match_is_whole"
            ),
        ),
    ]
