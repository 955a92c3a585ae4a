"""What reviewers ask, what was done in bulk, and indexes for lists of a million reports."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tracker", "0017_audit")]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("submitted", "submitted: waits for review"),
                    ("approved", "approved"),
                    ("rejected", "returned: waits for its author"),
                    ("retracted", "retracted"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="ReviewComment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(help_text="The field it speaks of.", max_length=40)),
                ("text", models.TextField()),
                ("author", models.CharField(max_length=150)),
                ("recorded_at", models.DateTimeField(help_text="The moment (UTC) it was made.")),
                (
                    "settled_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="The moment (UTC) a reviewer was content; empty: it is open.",
                        null=True,
                    ),
                ),
                ("settled_by", models.CharField(blank=True, max_length=150)),
                (
                    "report",
                    models.ForeignKey(
                        help_text="The version it speaks of.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracker.report",
                    ),
                ),
            ],
            options={
                "ordering": ["recorded_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(settled_at__isnull=True, settled_by="")
                        | Q(settled_at__isnull=False) & ~Q(settled_by=""),
                        name="review_comment_settled_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkOperation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("approve", "approve"),
                            ("return", "return"),
                            ("role", "set role"),
                            ("crisis", "set crisis"),
                            ("retract", "retract"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "value",
                    models.CharField(blank=True, help_text="The role or crisis that was set.", max_length=60),
                ),
                ("reason", models.TextField(blank=True)),
                ("by", models.CharField(max_length=150)),
                (
                    "at",
                    models.DateTimeField(help_text="The moment (UTC) at which its versions were recorded."),
                ),
                ("reports", models.PositiveIntegerField(help_text="How many reports it changed.")),
                (
                    "versions",
                    models.JSONField(
                        help_text="For each report the primary keys of the versions that ended, and of the one written."
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["by", "-id"], name="bulk_operation_by_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(action__in=["approve", "return", "role", "crisis", "retract"]),
                        name="bulk_operation_action_is_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(undone_at__isnull=True, undone_by="")
                        | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                        name="bulk_operation_undone_by_somebody",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                name="report_not_approved", fields=["status", "id"], condition=~Q(status="approved")
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                name="report_not_counted",
                fields=["role", "id"],
                condition=Q(superseded_at__isnull=True) & ~Q(role="counted"),
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                name="report_of_crisis",
                fields=["crisis", "id"],
                condition=Q(superseded_at__isnull=True) & ~Q(crisis=""),
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                name="report_by_days", fields=["end", "start"], condition=Q(superseded_at__isnull=True)
            ),
        ),
    ]
