"""The languages of the admin: which one somebody chose, and names of tables and columns that can be translated."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

ORDER_AND_NAMES = {
    "conflictevent": (["dataset", "event_id"], "conflict event", "conflict events"),
    "conflictfigure": (None, "conflict figure", "conflict figures"),
    "crisis": (["code"], "crisis", "crises"),
    "exportschedule": (["name"], "export schedule", "export schedules"),
    "figure": (None, "figure", "figures"),
    "region": (["pcode"], "region", "regions"),
    "report": (["source", "ref"], "report", "reports"),
    "round": (["source", "code"], "round", "rounds"),
    "run": (["-id"], "run", "runs"),
    "source": (["code"], "source", "sources"),
}


class NameColumns(Operation):
    """Say the names that Django made of the columns' own: catalogues hold only what is said."""

    def __init__(self, name: str) -> None:
        self.name = name

    def state_forwards(self, app_label: str, state: Any) -> None:
        for column, field in list(state.models[app_label, self.name].fields.items()):
            if field._verbose_name is None and not field.primary_key:
                named = field.clone()
                named.verbose_name = named._verbose_name = column.replace("_", " ")
                state.alter_field(app_label, self.name, column, named, preserve_default=True)

    def database_forwards(self, *_: Any) -> None:
        """No database knows these names."""

    def database_backwards(self, *_: Any) -> None:
        """As forwards."""

    def describe(self) -> str:
        return f"Name the columns of {self.name}"


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tracker", "0020_warnings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChosenLanguage",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="chosen_language",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "language",
                    models.CharField(help_text="Its code, one of the settings' LANGUAGES.", max_length=10),
                ),
            ],
        ),
        *(
            migrations.AlterModelOptions(
                name=model,
                options={
                    **({"ordering": order} if order else {}),
                    "verbose_name": one,
                    "verbose_name_plural": many,
                },
            )
            for model, (order, one, many) in ORDER_AND_NAMES.items()
        ),
        *(NameColumns(model) for model in (*ORDER_AND_NAMES, "import")),
    ]
