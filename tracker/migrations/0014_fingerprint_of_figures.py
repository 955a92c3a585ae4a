"""What a build compares tells the place too, so it need not be read. The first build of a cube fills it in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0013_no_index_of_builds")]

    operations = [
        # Not renamed: what is stored tells something else, and would be taken for a change of every figure.
        migrations.RemoveField(model_name="figure", name="content_hash"),
        migrations.AddField(
            model_name="figure",
            name="fingerprint",
            field=models.BigIntegerField(
                null=True,
                editable=False,
                help_text="63 bits of what it says of which place, by which a build knows what has not "
                "changed; negative where it was withdrawn; NULL: not known.",
            ),
        ),
    ]
