"""In which language somebody works."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

LONGEST_CODE = 10


class ChosenLanguageQuerySet(models.QuerySet["ChosenLanguage"]):
    def of(self, user: Any) -> str | None:
        """The code of the language that somebody chose; None where they have not chosen one."""
        return self.filter(user_id=user.pk).values_list("language", flat=True).first()

    def choose(self, user: Any, language: str) -> None:
        """From now on somebody works in `language`, on every device they log in with."""
        self.update_or_create(user_id=user.pk, defaults={"language": language})


class ChosenLanguage(models.Model):
    """The language that somebody chose. Who has not chosen has no row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="chosen_language"
    )
    language = models.CharField(
        max_length=LONGEST_CODE, help_text="Its code, one of the settings' LANGUAGES."
    )

    objects: ClassVar = ChosenLanguageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.language} of {self.user_id}"
