"""Who works here as what; attempts to log in; recovery codes of the second factor."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tracker", "0015_fingerprints_side_by_side"),
    ]

    operations = [
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("officer", "officer"),
                            ("reviewer", "reviewer"),
                            ("data_manager", "data manager"),
                            ("partner_manager", "partner manager"),
                            ("auditor", "auditor"),
                        ],
                        help_text=(
                            "Officers enter reports, reviewers approve them; data managers look after sources, regions, "
                            "rounds, imports and schedules, partner managers after partners and their keys; "
                            "auditors read everything."
                        ),
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="P-code of the country; empty: everywhere.",
                        max_length=40,
                        verbose_name="country",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "appointment",
                "verbose_name_plural": "appointments",
                "ordering": ["role", "country"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "role", "country"), name="appointment_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                ["officer", "reviewer", "data_manager", "partner_manager", "auditor"],
                            )
                        ),
                        name="appointment_role_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoginAttempts",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("account", "account"), ("address", "address")],
                        max_length=10,
                        verbose_name="counted for",
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        help_text="Name of the account, or address.", max_length=150, verbose_name="which"
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "until",
                    models.DateTimeField(help_text="When they are forgotten (UTC).", verbose_name="until"),
                ),
            ],
            options={
                "verbose_name": "failed log-ins",
                "verbose_name_plural": "failed log-ins",
                "ordering": ["-count"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "who"), name="login_attempts_counted_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once")
                ],
            },
        ),
    ]
