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
EDITORS = (OFFICER, REVIEWER, DATA_MANAGER, AUDITOR)
"""Who reads what sources said, rows that are not public included."""
ALL = tuple(StaffRole)


@dataclass(frozen=True)
class Rights:
    """Who may do what with the rows of one table; an action that is not named is left to superusers."""

    actions: Mapping[str, Roles]
    country: str = ""
    """Where a row says of which country it is, as a path of a query. What has no path is for all: in any
    country an appointment lets people see it, and only one that is everywhere lets them do more."""
    own: str = ""
    """Where a row says who caused it. One that is of no country is for people of all, and for that person."""
    goes_by_rows: bool = False
    """Whether what somebody may do is decided by the rows that it brings."""


def rights(country: str = "", own: str = "", /, **actions: Roles) -> Rights:
    return Rights(actions, country, own)


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
    "tracker.run": rights(
        "payload__country",
        "requested_by",
        view=(REVIEWER, DATA_MANAGER, AUDITOR),
        retry=(DATA_MANAGER,),
    ),
    # Whose rows somebody brings and sees follows from the tables that they go into, row by row.
    "tracker.import": Rights(
        {"view": (REVIEWER, DATA_MANAGER, AUDITOR), "add": (DATA_MANAGER,)}, goes_by_rows=True
    ),
    "tracker.placematch": rights(view=(DATA_MANAGER, AUDITOR), delete=(DATA_MANAGER,)),
    "tracker.exportschedule": rights(
        view=(DATA_MANAGER, AUDITOR), add=(DATA_MANAGER,), change=(DATA_MANAGER,), delete=(DATA_MANAGER,)
    ),
    # Accounts, and who is let in again, are for superusers; an auditor sees who may do what.
    "auth.user": rights(view=(AUDITOR,)),
    "tracker.appointment": rights(view=(AUDITOR,)),
    "tracker.loginattempts": rights(view=(AUDITOR,)),
    "tracker.auditentry": rights("country", "actor", view=(AUDITOR,)),
}


def roles_for(permission: str) -> Roles:
    """The roles that give a permission, named as Django does: `tracker.approve_report`."""
    table, action = _table_and_action(permission)
    found = ACCESS.get(table)
    return found.actions.get(action, ()) if found else ()


def is_for_all(permission: str) -> bool:
    """Whether what it lets somebody do concerns all countries at once, and so takes a say in all of them."""
    table, action = _table_and_action(permission)
    found = ACCESS.get(table)
    return found is not None and not found.country and not found.goes_by_rows and action != "view"


def _table_and_action(permission: str) -> tuple[str, str]:
    app, _, codename = permission.partition(".")
    action, _, model = codename.rpartition("_")
    return f"{app}.{model}", action


def countries_of(user: Any, permission: str) -> frozenset[str] | None:
    """The countries in which somebody holds a permission; None: everywhere."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return None
    roles = roles_for(permission)
    countries = frozenset(country for role, country in appointments_of(user) if role in roles)
    if EVERYWHERE in countries:
        return None
    return frozenset() if is_for_all(permission) else countries


def within_reach(rows: Rows, user: Any, permission: str) -> Rows:
    """Those of the rows to which the person's permission extends."""
    countries = countries_of(user, permission)
    if countries is None:
        return rows
    found = rights_of(rows.model)
    if not countries:
        return rows.none()
    if not found.country:
        return rows
    reached = Q(**{f"{found.country}__in": sorted(countries)})
    if found.own:
        # A path into JSON may lead nowhere.
        of_none = Q(**{found.country: ""}) | Q(**{f"{found.country}__isnull": True})
        reached |= of_none & Q(**{found.own: user.get_username()})
    return rows.filter(reached)


def reaches(user: Any, permission: str, row: Any) -> bool:
    """Whether somebody's permission extends to one row."""
    countries = countries_of(user, permission)
    if countries is None:
        return True
    found = rights_of(type(row))
    if not found.country:
        return bool(countries)
    country = country_of(row, found.country)
    if country is None:
        is_own = bool(found.own) and getattr(row, found.own) == user.get_username()
        return bool(countries) and is_own
    return country in countries


def country_of(row: Any, path: str) -> str | None:
    """The country that a row is of; None where it is of none."""
    value = row
    for name in path.split("__"):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value or None


def rights_of(model: Any) -> Rights:
    return ACCESS.get(model._meta.label_lower) or Rights({})


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
