"""On PostgreSQL a build reads the fingerprints of what stands from the index alone.

The constraint does not say so: where there are no such indexes, SQLite, Django would leave it out altogether.
"""

from django.db import migrations

KEYS = ("country", "measure", "cause", "crisis", "period_type", "region", "start")


def with_fingerprints(apps, schema_editor):
    _make_anew(schema_editor, "INCLUDE (id, fingerprint)")


def without(apps, schema_editor):
    _make_anew(schema_editor, "")


def _make_anew(schema_editor, include):
    if schema_editor.connection.vendor != "postgresql":
        return
    keys = ", ".join(map(schema_editor.quote_name, KEYS))
    schema_editor.execute("DROP INDEX figure_one_current_version")
    schema_editor.execute(
        f"CREATE UNIQUE INDEX figure_one_current_version ON tracker_figure ({keys}) {include} "
        "WHERE superseded_at IS NULL"
    )


class Migration(migrations.Migration):
    dependencies = [("tracker", "0014_fingerprint_of_figures")]

    operations = [migrations.RunPython(with_fingerprints, without)]
