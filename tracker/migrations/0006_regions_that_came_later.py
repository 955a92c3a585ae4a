from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0005_report_row_hash")]

    operations = [
        migrations.AddField(
            model_name="region",
            name="always_stood",
            field=models.BooleanField(
                default=True,
                help_text="Its first version stands as of any earlier moment too; not where it came into a country that had reports already.",
            ),
        ),
    ]
