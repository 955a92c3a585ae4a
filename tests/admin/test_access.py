"""Who may do what, where: each role, table, action and country, tried on the pages as they are served.

The tables, steps and actions come from the admin's own registry. One that is new fails here until it is
decided in `tracker/admin/access.py` and tried below.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.forms import model_to_dict
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests import factories
from tests.admin.entered import report_entered
from tests.admin.logging_in import appointed, with_device
from tracker.admin.access import ACCESS, roles_for
from tracker.admin.limited import Limited
from tracker.admin.site import site
from tracker.models import (
    Appointment,
    ConflictFigure,
    ExportSchedule,
    Figure,
    Import,
    ImportRow,
    LoginAttempts,
    PlaceMatch,
    Region,
    Report,
    Run,
    Source,
    StaffRole,
)
from tracker.models.audit import record
from tracker.models.roles import EVERYWHERE
from tracker.models.versions import Version
from tracker.vocabulary import ImportState, RunState, Status

pytestmark = pytest.mark.django_db

OWN, OTHER = "XX", "YY"
COUNTRIES = (OWN, OTHER)
NO_ROLE = ""
ROLES = (NO_ROLE, *StaffRole.values)
REGISTERED = {model._meta.label_lower: admin for model, admin in site._registry.items()}

Cell = tuple[str, str]
"""What is tried, as in `view`, `step approve` or `bulk try_again`; and the country of the row."""

_numbers = itertools.count(1)


def name() -> str:
    return f"n{next(_numbers)}"


def place(country: str) -> Region:
    return Region.objects.get(pcode=f"{country}01")


def a_source() -> Source:
    return Source.objects.filter(code="un").first() or factories.source("un")


def a_report(country: str, status: str = Status.DRAFT, **fields: Any) -> Report:
    """A report that nobody else may read, long before any other, so that there is nothing to warn of."""
    fields |= {"status": status, "approved_by": factories.APPROVER if status == Status.APPROVED else ""}
    day = factories.DAY - timedelta(days=20 * next(_numbers))
    return factories.report(
        place(country), a_source(), 40, ref=name(), start=day, sensitivity="internal", **fields
    )


def a_figure(model: type[Model], country: str, **fields: Any) -> Any:
    where = {"country": country, "region": f"{country}01", "level": 1, "recorded_at": factories.RECORDED}
    # Each of another year, for one figure of a period stands at a time.
    year = 1900 + next(_numbers) % 1000
    first, last = factories.DAY.replace(year, 1, 1), factories.DAY.replace(year, 12, 31)
    return model._default_manager.create(**where, **fields, period_type="year", start=first, end=last)


def an_import(country: str) -> Import:
    upload = Import.objects.create(
        format="reports", file_name=f"{name()}.csv", stored_as=name(), sha256=name(), size=1,
        uploaded_by="uploader", state=ImportState.CHECKED,
    )  # fmt: skip
    ImportRow.objects.create(upload=upload, line=2, last_line=2, outcome="new", country=country)
    return upload


def report_of(country: str) -> dict[str, Any]:
    return report_entered(region=f"{country}01", ref=name(), source=a_source().code)


def round_of(country: str) -> dict[str, Any]:
    return {
        "source": a_source().code, "code": name(), "region": f"{country}01", "date": "2024-12-01",
        "published": "2024-12-01",
    }  # fmt: skip


def report_edited(report: Report) -> dict[str, Any]:
    return report_entered(
        region=report.region, measure=report.measure, start=report.start, end=report.end,
        published=report.published, stated_value=report.stated_value + 1, reason="zzmistyped",
    )  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """One table: a row of a country, what the form of a new one sends, and what an edit of one sends."""

    make: Callable[[str], Any]
    entered: Callable[[str], dict[str, Any]] | None = None
    edited: Callable[[Any], dict[str, Any]] | None = None
    is_of_its_rows: bool = False
    """Whether it is seen where one of the rows that it brings is of the country."""


REASON = {"reason": "zzbecause"}
SUBJECTS: dict[str, Subject] = {
    "tracker.report": Subject(a_report, report_of, report_edited),
    "tracker.round": Subject(
        lambda country: factories.assessment_round(a_source(), place(country), name()),
        round_of,
        lambda row: {"region": row.region, "date": "2024-12-02", "published": "2024-12-02", **REASON},
    ),
    "tracker.conflictevent": Subject(lambda country: factories.event(place(country), name())),
    "tracker.figure": Subject(
        lambda country: a_figure(
            Figure,
            country,
            measure="departures",
            cause="conflict",
            low=1,
            value=1,
            high=1,
            unlocated=0,
            reports=1,
            final_from=factories.DAY,
        )
    ),
    "tracker.conflictfigure": Subject(
        lambda country: a_figure(ConflictFigure, country, event_type="Battles", events=1, unknown=1)
    ),
    "tracker.source": Subject(
        lambda _: factories.source(name()),
        lambda _: {"code": name(), "name": "zznew", "tier": 2, "row_access": "public"},
        lambda row: {"name": "zzother", "tier": 2, "row_access": "public", **REASON},
    ),
    "tracker.crisis": Subject(
        lambda _: factories.crisis(name()),
        lambda _: {"code": name(), "name_en": "zznew", "start": "2024-11-01"},
        lambda row: {"name_en": "zzother", "start": "2024-11-01", **REASON},
    ),
    "tracker.region": Subject(
        lambda country: factories.region(f"{country}{name()}", place(country)),
        edited=lambda row: {"name_en": "zzother", **REASON},
    ),
    "tracker.run": Subject(
        lambda country: Run.objects.create(
            kind="conflict", key=name(), payload={"country": country}, state=RunState.PARKED
        )
    ),
    "tracker.import": Subject(
        an_import,
        lambda _: {"format": "reports", "file": SimpleUploadedFile(f"{name()}.csv", name().encode())},
        is_of_its_rows=True,
    ),
    "tracker.placematch": Subject(
        lambda country: PlaceMatch.objects.create(
            publisher="un", text=name(), pcode=f"{country}01", matched_by="somebody"
        )
    ),
    "tracker.exportschedule": Subject(
        lambda _: ExportSchedule.objects.create(name=name()),
        lambda _: {"name": name(), "hour": 1, "minute": 0, "options": "{}"},
        lambda row: {"name": row.name, "hour": row.hour + 1, "minute": 0, "options": "{}"},
    ),
    "tracker.auditentry": Subject(
        lambda country: record("read", actor="somebody", address="", object=name(), country=country)
    ),
    "tracker.loginattempts": Subject(
        lambda _: LoginAttempts.objects.create(
            kind="account", who=name(), until=timezone.now() + timedelta(minutes=9)
        )
    ),
    "auth.user": Subject(
        lambda _: User.objects.create_user(name()),
        lambda _: {
            "username": name(),
            "usable_password": "true",
            "password1": "long enough 7",
            "password2": "long enough 7",
        },
        lambda row: {
            "first_name": "zzother",
            "last_name": "",
            "email": "",
            "appointments-TOTAL_FORMS": 0,
            "appointments-INITIAL_FORMS": 0,
        },
    ),
}

READY_FOR_STEP: dict[tuple[str, str], Callable[[str], Any]] = {
    ("tracker.report", "submit"): a_report,
    ("tracker.report", "approve"): lambda country: a_report(country, Status.SUBMITTED),
    ("tracker.report", "reject"): lambda country: a_report(country, Status.SUBMITTED),
    ("tracker.report", "retract"): lambda country: a_report(country, Status.APPROVED),
    ("tracker.conflictevent", "retract"): SUBJECTS["tracker.conflictevent"].make,
}
"""Rows with which a step can be taken."""


def on_the_list(client: Client, label: str, action: str, row: Any, **asked: Any) -> None:
    client.post(address(label, "changelist"), {"action": action, "_selected_action": [row.pk], **asked})


def on_reports(slug: str, value: str = "") -> Callable[[Client, Any], None]:
    """Confirm the page to which an action of the list of reports leads."""

    def confirm(client: Client, row: Any) -> None:
        asked = {"chosen": str(row.pk), "confirm": "1", "value": value, **REASON}
        client.post(reverse("admin:tracker_report_bulk", args=[slug]), asked)

    return confirm


@dataclass(frozen=True)
class Bulk:
    """An action of a list: a row it can be done with, how, and whether it was."""

    make: Callable[[str], Any]
    do: Callable[[Client, Any], None]
    is_done: Callable[[Any], bool]


def has_moved_on(row: Any) -> bool:
    """Whether there is a version after this one."""
    same = {name: getattr(row, name) for name in row.IDENTITY}
    return type(row)._default_manager.filter(**same, version__gt=row.version).exists()


def is_gone(row: Any) -> bool:
    return not type(row)._default_manager.filter(pk=row.pk).exists()


def with_new_device(_country: str) -> User:
    user = User.objects.create_user(name())
    with_device(user)
    return user


submitted, approved = READY_FOR_STEP["tracker.report", "approve"], READY_FOR_STEP["tracker.report", "retract"]
BULK: dict[tuple[str, str], Bulk] = {
    ("tracker.report", "bulk_approve"): Bulk(submitted, on_reports("approve"), has_moved_on),
    ("tracker.report", "bulk_return"): Bulk(submitted, on_reports("return"), has_moved_on),
    ("tracker.report", "bulk_role"): Bulk(a_report, on_reports("role", "context"), has_moved_on),
    ("tracker.report", "bulk_crisis"): Bulk(
        lambda country: a_report(country, crisis=factories.crisis(name()).code),
        on_reports("crisis"),
        has_moved_on,
    ),
    ("tracker.report", "bulk_retract"): Bulk(approved, on_reports("retract"), has_moved_on),
    ("tracker.run", "try_again"): Bulk(
        SUBJECTS["tracker.run"].make,
        lambda client, row: on_the_list(client, "tracker.run", "try_again", row),
        lambda row: Run.objects.filter(key=row.key, state=RunState.DUE).exists(),
    ),
    ("tracker.loginattempts", "delete_selected"): Bulk(
        SUBJECTS["tracker.loginattempts"].make,
        lambda client, row: on_the_list(client, "tracker.loginattempts", "delete_selected", row, post="yes"),
        is_gone,
    ),
    ("auth.user", "take_second_factor_away"): Bulk(
        with_new_device,
        lambda client, row: on_the_list(client, "auth.user", "take_second_factor_away", row, sure="1"),
        lambda row: not TOTPDevice.objects.filter(user=row).exists(),
    ),
}
TRIED_ELSEWHERE = {("tracker.report", "import")}
"""Rows of reports come with imports: tried as adding one."""


def address(label: str, what: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{what}", args=args)


def steps_of(label: str) -> dict[str, str]:
    """The steps on the page of one row, with the permission that each needs."""
    return {step.name: step.permission for step in getattr(REGISTERED[label], "all_steps", ())}


def bulk_of(label: str) -> dict[str, str]:
    """The actions of the list, with the permission that each needs."""
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_superuser=True)
    actions: dict[str, Any] = REGISTERED[label].get_actions(request)
    return {action: found[0].allowed_permissions[0] for action, found in actions.items()}


def countries_of(label: str, what: str) -> tuple[str, ...]:
    """The countries of which it is tried; one is enough where they make no difference."""
    by_rows = SUBJECTS[label].is_of_its_rows and what != "add"
    return COUNTRIES if by_rows or ACCESS[label].country else (OWN,)


def is_for_all(label: str) -> bool:
    """Whether its rows concern all countries at once."""
    return not ACCESS[label].country and not SUBJECTS[label].is_of_its_rows


def expected(role: str, label: str, where: str = OWN) -> dict[Cell, bool]:
    """What the table of access says about somebody with this role in OWN, or everywhere."""
    needed = {"list": "view", "view": "view", "add": "add", "change": "change", "delete": "delete"}
    needed |= {f"step {step}": permission for step, permission in steps_of(label).items()}
    needed |= {f"bulk {action}": permission for action, permission in bulk_of(label).items()}
    allowed = ACCESS[label].actions
    return {
        (what, country): country == OWN
        and role in allowed.get(permission, ())
        and (where == EVERYWHERE or permission == "view" or not is_for_all(label))
        for what, permission in needed.items()
        for country in countries_of(label, what)
    }


def tried(client: Client, label: str) -> dict[Cell, bool]:
    """What the pages let this person do."""
    make = SUBJECTS[label].make
    trials: dict[str, Callable[[str], bool]] = {
        "list": lambda country: is_listed(client, label, make(country)),
        "view": lambda country: opens(client, label, make(country)),
        "add": lambda country: adds(client, label, country),
        "change": lambda country: changes(client, label, make(country)),
        "delete": lambda country: deletes(client, label, make(country)),
    }
    for step in steps_of(label):
        trials[f"step {step}"] = partial(takes_step, client, label, step)
    for action in bulk_of(label):
        trials[f"bulk {action}"] = partial(does_in_bulk, client, BULK[label, action])
    return {
        (what, country): trial(country)
        for what, trial in trials.items()
        for country in countries_of(label, what)
    }


def opens(client: Client, label: str, row: Any) -> bool:
    return client.get(address(label, "change", row.pk)).status_code == 200


def deletes(client: Client, label: str, row: Any) -> bool:
    client.post(address(label, "delete", row.pk), {"post": "yes"})
    return is_gone(row)


def takes_step(client: Client, label: str, step: str, country: str) -> bool:
    row = READY_FOR_STEP[label, step](country)
    client.post(address(label, "step", row.pk, step), REASON)
    return has_moved_on(row)


def does_in_bulk(client: Client, bulk: Bulk, country: str) -> bool:
    row = bulk.make(country)
    bulk.do(client, row)
    return bulk.is_done(row)


def is_listed(client: Client, label: str, row: Any) -> bool:
    answer = client.get(address(label, "changelist"))
    return answer.status_code == 200 and row in answer.context["cl"].result_list


def adds(client: Client, label: str, country: str) -> bool:
    """Whether a new row is stored; where a table has no form for one, whether the form opens."""
    entered = SUBJECTS[label].entered
    if entered is None:
        return client.get(address(label, "add")).status_code == 200
    rows = REGISTERED[label].model._default_manager
    before = rows.count()
    client.post(address(label, "add"), entered(country))
    return rows.count() > before


def changes(client: Client, label: str, row: Any) -> bool:
    """Whether the row is another after an edit; where a table has none, whether its page offers one."""
    edited = SUBJECTS[label].edited
    if edited is None:
        shown = client.get(address(label, "change", row.pk))
        return shown.status_code == 200 and bool(shown.context.get("has_change_permission"))
    client.post(address(label, "change", row.pk), edited(row))
    if isinstance(row, Version):
        return has_moved_on(row)
    return model_to_dict(row) != model_to_dict(type(row)._default_manager.get(pk=row.pk))


@pytest.fixture
def _two_countries(db: None) -> None:
    for country in COUNTRIES:
        factories.country(country)
    a_source()


def somebody(role: str, country: str = OWN) -> Client:
    client = Client()
    user = (
        appointed("somebody", role, country) if role else User.objects.create_user("somebody", is_staff=True)
    )
    client.force_login(user)
    return client


@pytest.mark.parametrize("label", SUBJECTS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("_two_countries")
def test_each_cell_is_as_the_table_says(role: str, label: str, record_property: Any) -> None:
    wanted = expected(role, label)
    assert tried(somebody(role), label) == wanted
    record_property("cells", len(wanted))


@pytest.mark.parametrize("label", [label for label in SUBJECTS if is_for_all(label)])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("_two_countries")
def test_what_is_for_all_countries_takes_a_role_in_all(role: str, label: str) -> None:
    assert tried(somebody(role, EVERYWHERE), label) == expected(role, label, EVERYWHERE)


def test_every_table_step_and_action_is_decided_and_tried() -> None:
    assert set(REGISTERED) == set(SUBJECTS)
    assert set(REGISTERED) <= set(ACCESS)
    assert {(label, step) for label in REGISTERED for step in steps_of(label)} == set(READY_FOR_STEP)
    assert {(label, action) for label in REGISTERED for action in bulk_of(label)} == set(BULK)
    for label in REGISTERED:
        known = {"view", "add", "change", "delete", *steps_of(label).values(), *bulk_of(label).values()}
        untried = {(label, action) for action in ACCESS[label].actions if action not in known}
        assert untried <= TRIED_ELSEWHERE, "it is in the table, and no page asks for it"


def test_the_cells_are_as_many_as_they_should_be() -> None:
    """For each role, table and country five things, and its steps and actions."""
    for label, role in itertools.product(SUBJECTS, ROLES):
        kinds = 5 + len(steps_of(label)) + len(bulk_of(label))
        twice = kinds - SUBJECTS[label].is_of_its_rows if len(countries_of(label, "view")) > 1 else 0
        assert len(expected(role, label)) == kinds + twice


def test_every_page_is_limited_to_countries() -> None:
    assert [admin for admin in REGISTERED.values() if not isinstance(admin, Limited)] == []


def test_who_may_do_anything_with_a_row_may_see_it() -> None:
    for label, rights in ACCESS.items():
        for action, roles in rights.actions.items():
            assert set(roles) <= set(rights.actions["view"]), (label, action)


@pytest.mark.parametrize("role", ROLES)
def test_a_table_that_is_not_decided_is_for_superusers_alone(
    role: str, monkeypatch: pytest.MonkeyPatch, as_anna: Client
) -> None:
    source = a_source()
    monkeypatch.delitem(ACCESS, "tracker.source")
    client = somebody(role, "")
    for page in (address("tracker.source", "changelist"), address("tracker.source", "change", source.pk)):
        assert client.get(page).status_code == 403
        assert as_anna.get(page).status_code == 200
    assert client.get(reverse("admin:suggest", args=["source"])).status_code == 403


@pytest.mark.usefixtures("_two_countries")
def test_an_appointment_everywhere_reaches_every_country() -> None:
    reports = [a_report(country) for country in COUNTRIES]
    listed = somebody(StaffRole.AUDITOR, "").get(address("tracker.report", "changelist")).context["cl"]
    assert set(listed.result_list) == set(reports)


@pytest.mark.usefixtures("_two_countries")
def test_each_of_several_appointments_holds_for_its_own_country() -> None:
    client = somebody(StaffRole.OFFICER, OWN)
    Appointment.objects.create(user=User.objects.get(), role=StaffRole.AUDITOR, country=OTHER)
    own, other = (a_report(country) for country in COUNTRIES)
    for report in (own, other):
        assert is_listed(client, "tracker.report", report)
    assert changes(client, "tracker.report", own)
    assert not changes(client, "tracker.report", other)
    assert adds(client, "tracker.report", OWN)
    assert not adds(client, "tracker.report", OTHER)


@pytest.mark.usefixtures("_two_countries")
def test_a_report_is_not_moved_into_a_country_of_others() -> None:
    client = somebody(StaffRole.OFFICER)
    report = a_report(OWN)
    entered = report_edited(report) | {"region": f"{OTHER}01"}
    answer = client.post(address("tracker.report", "change", report.pk), entered)
    assert answer.context["adminform"].form.errors["region"]
    assert not has_moved_on(report)


@pytest.mark.usefixtures("_two_countries")
def test_filters_and_suggestions_name_no_country_of_others() -> None:
    client = somebody(StaffRole.OFFICER)
    offered = client.get(address("tracker.report", "changelist")).content.decode()
    assert f"country={OWN}" in offered
    assert f"country={OTHER}" not in offered
    found = client.get(reverse("admin:suggest", args=["region"]), {"q": "Region"}).json()["suggestions"]
    assert {each["value"][:2] for each in found} == {OWN}


@pytest.mark.usefixtures("_two_countries")
def test_the_overview_counts_what_is_within_reach() -> None:
    for country in COUNTRIES:
        a_report(country, Status.SUBMITTED)
    home = somebody(StaffRole.REVIEWER).get(reverse("admin:index")).context["home"]
    assert [item.count for section in home for item in section.items if section.name == "review"] == [1]


@pytest.mark.usefixtures("_two_countries")
@pytest.mark.parametrize(
    ("label", "make"),
    [
        ("tracker.run", lambda by: Run.objects.create(kind="export", key=name(), requested_by=by)),
        ("tracker.auditentry", lambda by: record("read", actor=by, address="", object=name())),
    ],
)
def test_what_is_of_no_country_is_for_people_of_all_and_for_who_caused_it(label: str, make: Any) -> None:
    theirs, own = make("other"), make("somebody")
    limited = somebody(StaffRole.AUDITOR)
    for row, is_seen in [(theirs, False), (own, True)]:
        assert is_listed(limited, label, row) is is_seen
        assert opens(limited, label, row) is is_seen
    unlimited = Client()
    unlimited.force_login(appointed("other_auditor", StaffRole.AUDITOR))
    assert is_listed(unlimited, label, theirs)
    assert opens(unlimited, label, theirs)


def test_who_is_not_active_may_do_nothing() -> None:
    user = appointed("somebody", StaffRole.OFFICER)
    assert user.has_perm("tracker.view_report")
    user.is_active = False
    assert not user.has_perm("tracker.view_report")
    assert user.get_all_permissions() == set()


def test_permissions_are_asked_for_a_row_a_country_or_at_all() -> None:
    factories.country(OWN)
    user: Any = appointed("somebody", StaffRole.OFFICER, OWN)
    report = a_report(OWN)
    assert user.has_perm("tracker.change_report")
    assert user.has_perm("tracker.change_report", report)
    assert user.has_perm("tracker.change_report", OWN)
    assert not user.has_perm("tracker.change_report", "")
    assert not user.has_perm("tracker.approve_report", report)
    report.country = OTHER
    assert not user.has_perm("tracker.change_report", report)


def test_what_nobody_has_named_is_for_nobody() -> None:
    for permission in ("tracker.fly_report", "tracker.view_unicorn", "view_report", "", "auth.add_group"):
        assert not roles_for(permission)
