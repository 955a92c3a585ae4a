"""Who may do what, where: one table of tables, actions and roles. What it does not say, nobody may.

A superuser may do everything. A test goes through every cell of it with the pages as they are served.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from tracker.models.roles import EVERYWHERE, NEEDS_SECOND_FACTOR, Appointment, StaffRole

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Roles = Collection[StaffRole]

OFFICER, REVIEWER, DATA_MANAGER = StaffRole.OFFICER, StaffRole.REVIEWER, StaffRole.DATA_MANAGER
PARTNER_MANAGER, AUDITOR = StaffRole.PARTNER_MANAGER, StaffRole.AUDITOR
OF_NO_COUNTRY = ""
EDITORS = (OFFICER, REVIEWER, DATA_MANAGER, AUDITOR)
"""Who reads what sources said, rows that are not public included."""
ALL = tuple(StaffRole)


@dataclass(frozen=True)
class Rights:
    """Who may do what with the rows of one table; an action that is not named is left to superusers."""

    actions: Mapping[str, Roles]
    country: str = ""
    """Where a row says of which country it is, as a path of a query. For a row that is of none, and where
    there is no path, an appointment in any country will do."""


def rights(country: str = "", /, **actions: Roles) -> Rights:
    return Rights(actions, country)


ACCESS: dict[str, Rights] = {
    "tracker.report": rights(
        "country",
        view=EDITORS,
        add=(OFFICER,),
        change=(OFFICER, REVIEWER),
        submit=(OFFICER,),
        # Approve, return and retract.
        approve=(REVIEWER,),
        **{"import": (DATA_MANAGER,)},
    ),
    "tracker.round": rights("country", view=EDITORS, add=(DATA_MANAGER,), change=(DATA_MANAGER,)),
    # Events come with imports, so who imports them retracts them.
    "tracker.conflictevent": rights("country", view=EDITORS, retract=(DATA_MANAGER,)),
    "tracker.figure": rights("country", view=ALL),
    "tracker.conflictfigure": rights("country", view=ALL),
    "tracker.source": rights(view=ALL, add=(DATA_MANAGER,), change=(DATA_MANAGER,)),
    "tracker.crisis": rights(view=ALL, add=(DATA_MANAGER,), change=(DATA_MANAGER,)),
    "tracker.region": rights("country", view=ALL, change=(DATA_MANAGER,)),
    "tracker.run": rights("payload__country", view=(REVIEWER, DATA_MANAGER, AUDITOR), retry=(DATA_MANAGER,)),
    # Whose rows somebody brings and sees follows from the tables that they go into, row by row.
    "tracker.import": rights(view=(REVIEWER, DATA_MANAGER, AUDITOR), add=(DATA_MANAGER,)),
    "tracker.placematch": rights(view=(DATA_MANAGER, AUDITOR), delete=(DATA_MANAGER,)),
    "tracker.exportschedule": rights(
        view=(DATA_MANAGER, AUDITOR), add=(DATA_MANAGER,), change=(DATA_MANAGER,), delete=(DATA_MANAGER,)
    ),
    # Accounts, and who is let in again, are for superusers; an auditor sees who may do what.
    "auth.user": rights(view=(AUDITOR,)),
    "tracker.appointment": rights(view=(AUDITOR,)),
    "tracker.loginattempts": rights(view=(AUDITOR,)),
    "tracker.auditentry": rights("country", view=(AUDITOR,)),
}


def roles_for(permission: str) -> Roles:
    """The roles that give a permission, named as Django does: `tracker.approve_report`."""
    app, _, codename = permission.partition(".")
    action, _, model = codename.rpartition("_")
    found = ACCESS.get(f"{app}.{model}")
    return found.actions.get(action, ()) if found else ()


def countries_of(user: Any, permission: str) -> frozenset[str] | None:
    """The countries in which somebody holds a permission; None: everywhere."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    roles = roles_for(permission)
    countries = frozenset(country for role, country in appointments_of(user) if role in roles)
    return None if EVERYWHERE in countries else countries


def within_reach(rows: Rows, user: Any, permission: str) -> Rows:
    """Those of the rows to which the person's permission extends."""
    countries = countries_of(user, permission)
    if countries is None:
        return rows
    path = country_path(rows.model)
    if not countries:
        return rows.none()
    if not path:
        return rows
    there = Q(**{f"{path}__in": [*sorted(countries), OF_NO_COUNTRY]})
    # A path into JSON may lead nowhere.
    return rows.filter(there | Q(**{f"{path}__isnull": True}) if "__" in path else there)


def reaches(user: Any, permission: str, row: Any) -> bool:
    """Whether somebody's permission extends to one row."""
    countries = countries_of(user, permission)
    if countries is None:
        return True
    country = country_of(row)
    return bool(countries) if country is None else country in countries


def country_of(row: Any) -> str | None:
    """The country that a row is of; None where it is of none."""
    value = row
    for name in filter(None, country_path(type(row)).split("__")):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return None if value is row else value or None


def country_path(model: Any) -> str:
    found = ACCESS.get(model._meta.label_lower)
    return found.country if found else ""


def needs_second_factor(user: Any) -> bool:
    """Whether somebody can approve or manage."""
    return user.is_superuser or any(role in NEEDS_SECOND_FACTOR for role, _ in appointments_of(user))


def appointments_of(user: Any) -> list[tuple[str, str]]:
    """Roles with their countries, read once for each request."""
    known = getattr(user, "_appointments", None)
    if known is None:
        known = list(Appointment.objects.filter(user_id=user.pk).values_list("role", "country"))
        user._appointments = known
    return known
