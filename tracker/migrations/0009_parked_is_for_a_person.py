from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracker", "0008_codes_by_code_point")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("due", "due"),
                    ("running", "running"),
                    ("done", "done"),
                    ("parked", "parked: it failed, and waits for a person"),
                    ("merged", "merged into a later run of the same key"),
                    ("refused", "refused: the file is not what was expected, and nothing of it was taken"),
                ],
                default="due",
                max_length=10,
            ),
        ),
    ]
