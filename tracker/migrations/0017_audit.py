"""The audit log, which the database itself lets nobody change: entries are added, and the head goes forward.

SQLite makes a table anew to alter it, and loses its triggers: a later migration that alters one of these two
tables has to run `protect` again.
"""

from django.db import migrations, models

REFUSAL = "The audit log is only ever appended to."

POSTGRESQL = [
    f"""
    CREATE FUNCTION tracker_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON tracker_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION tracker_audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON tracker_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION tracker_audit_refuse()
    """,
    """
    CREATE TRIGGER audit_head_goes_forward BEFORE UPDATE ON tracker_audithead
    FOR EACH ROW WHEN (NEW.number <= OLD.number) EXECUTE FUNCTION tracker_audit_refuse()
    """,
    # Codes are compared by code point.
    """
    ALTER TABLE tracker_auditentry
    ALTER COLUMN actor TYPE varchar(150) COLLATE "C", ALTER COLUMN address TYPE varchar(45) COLLATE "C",
    ALTER COLUMN action TYPE varchar(30) COLLATE "C", ALTER COLUMN object TYPE varchar(300) COLLATE "C",
    ALTER COLUMN country TYPE varchar(40) COLLATE "C"
    """,
]
SQLITE = [
    f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for name, event in [
        ("audit_entries_stay", "UPDATE ON tracker_auditentry"),
        ("audit_entries_remain", "DELETE ON tracker_auditentry"),
        # INSERT OR REPLACE deletes without asking the trigger above.
        (
            "audit_entries_are_not_replaced",
            "INSERT ON tracker_auditentry "
            "WHEN EXISTS (SELECT 1 FROM tracker_auditentry WHERE number = NEW.number)",
        ),
        ("audit_head_stays", "DELETE ON tracker_audithead"),
        ("audit_head_goes_forward", "UPDATE ON tracker_audithead WHEN NEW.number <= OLD.number"),
    ]
]


def protect(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_functions(apps, schema_editor):
    """The triggers go with their tables."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION tracker_audit_refuse() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0016_roles")]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "number",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Number of the last entry; 0: none yet."
                    ),
                ),
                ("hash", models.CharField(blank=True, help_text="Hash of the last entry.", max_length=64)),
                (
                    "seal",
                    models.CharField(blank=True, help_text="HMAC-SHA256, in hex, of the two.", max_length=64),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_has_one_head")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "number",
                    models.PositiveBigIntegerField(
                        help_text="1, 2, 3 and so on without gaps, as they were recorded.",
                        primary_key=True,
                        serialize=False,
                        verbose_name="number",
                    ),
                ),
                (
                    "moment",
                    models.DateTimeField(help_text="When it was recorded (UTC).", verbose_name="moment"),
                ),
                (
                    "actor",
                    models.CharField(
                        blank=True,
                        help_text="Name of the account; empty: nobody was logged in.",
                        max_length=150,
                        verbose_name="who",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="Network address that the request came from.",
                        max_length=45,
                        verbose_name="from where",
                    ),
                ),
                ("action", models.CharField(max_length=30, verbose_name="action")),
                (
                    "object",
                    models.CharField(
                        blank=True, help_text="As in: report un r1.", max_length=300, verbose_name="what"
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True,
                        help_text="P-code of the country it is about; empty: of none.",
                        max_length=40,
                        verbose_name="country",
                    ),
                ),
                (
                    "details",
                    models.TextField(
                        default="{}", help_text="More about it, as a JSON object.", verbose_name="details"
                    ),
                ),
                (
                    "previous",
                    models.CharField(
                        blank=True,
                        help_text="Hash of the entry before; empty: the first.",
                        max_length=64,
                        verbose_name="hash before",
                    ),
                ),
                (
                    "hash",
                    models.CharField(
                        help_text="HMAC-SHA256, in hex, of all the rest of the entry.",
                        max_length=64,
                        verbose_name="hash",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "ordering": ["-moment", "-number"],
                "indexes": [
                    models.Index(fields=["moment", "number"], name="audit_by_moment"),
                    models.Index(fields=["actor", "moment", "number"], name="audit_by_actor"),
                    models.Index(fields=["action", "moment", "number"], name="audit_by_action"),
                    models.Index(fields=["object", "moment", "number"], name="audit_by_object"),
                    models.Index(fields=["country", "moment", "number"], name="audit_by_country"),
                ],
            },
        ),
        migrations.RunPython(protect, drop_functions),
    ]
