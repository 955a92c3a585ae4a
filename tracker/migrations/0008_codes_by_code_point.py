"""On PostgreSQL, codes are compared by code point, as the method does and as SQLite does anyway.

What people read in order (names, titles) stays sorted as the server sorts.
"""

from django.db import migrations

READ_BY_PEOPLE = {
    "name", "name_en", "name_ar", "name_fr", "name_local", "title", "licence", "attribution", "kind",
}  # fmt: skip


def by_code_point(apps, schema_editor):
    _collate(apps, schema_editor, 'COLLATE "C"')


def as_the_server_sorts(apps, schema_editor):
    _collate(apps, schema_editor, 'COLLATE "default"')


def _collate(apps, schema_editor, collation):
    if schema_editor.connection.vendor != "postgresql":
        return
    quote = schema_editor.quote_name
    for model in apps.get_app_config("tracker").get_models():
        fields = [
            field
            for field in model._meta.local_fields
            if field.db_type(schema_editor.connection).startswith("varchar")
            and field.name not in READ_BY_PEOPLE
        ]
        if fields:
            changes = ", ".join(
                f"ALTER COLUMN {quote(field.column)} TYPE {field.db_type(schema_editor.connection)} {collation}"
                for field in fields
            )
            schema_editor.execute(f"ALTER TABLE {quote(model._meta.db_table)} {changes}")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0007_coverage")]

    operations = [migrations.RunPython(by_code_point, as_the_server_sorts)]
