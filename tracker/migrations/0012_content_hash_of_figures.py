"""A build tells by it what has not changed; where it is NULL, the contents are compared."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0011_reports_of_a_cube_side_by_side")]

    operations = [
        migrations.AddField(
            model_name="figure",
            name="content_hash",
            field=models.BigIntegerField(
                null=True,
                editable=False,
                help_text="63 bits of what it says, by which a build knows what has not changed; "
                "NULL: not known.",
            ),
        ),
    ]
