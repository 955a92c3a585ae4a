"""What Django asks about permissions, answered from the table of access."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from tracker.admin.access import ACCESS, countries_of, reaches
from tracker.models.roles import EVERYWHERE


class Appointed(ModelBackend):
    """Names and passwords as Django keeps them; permissions from appointments alone.

    Asked about a row, it answers for the country of the row; asked about a country, for that one
    (`EVERYWHERE`: for all of them); asked about nothing, whether there is a country where the person may.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        countries = countries_of(user_obj, perm)
        if countries is None:
            return True
        if obj is None:
            return bool(countries)
        if isinstance(obj, str):
            return obj != EVERYWHERE and obj in countries
        return reaches(user_obj, perm, obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return {perm for perm in _all_permissions() if self.has_perm(user_obj, perm, obj)}

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))


def _all_permissions() -> list[str]:
    return [
        f"{app}.{action}_{model}"
        for app, model in (label.split(".") for label in ACCESS)
        for action in ACCESS[f"{app}.{model}"].actions
    ]
