"""Who works in the admin, and what there is to work on."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests import factories
from tracker.admin.sessions import SECOND_FACTOR_PASSED
from tracker.models import Region, Report, Source
from tracker.vocabulary import Measure


@pytest.fixture(autouse=True)
def _logged_in_by_force_is_logged_in_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """`force_login` passes the second factor too."""
    force_login = Client.force_login

    def passing(self: Client, user: User, backend: str | None = None) -> None:
        force_login(self, user, backend)
        session = self.session
        session[SECOND_FACTOR_PASSED] = True
        session.save()

    monkeypatch.setattr(Client, "force_login", passing)


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_superuser("anna", password="anna's password")


@pytest.fixture
def boris(db: None) -> User:
    return User.objects.create_superuser("boris", password="boris's password")


@pytest.fixture
def as_anna(anna: User) -> Client:
    client = Client()
    client.force_login(anna)
    return client


@pytest.fixture
def as_boris(boris: User) -> Client:
    client = Client()
    client.force_login(boris)
    return client


@pytest.fixture
def place(db: None) -> Region:
    return factories.country("XX", parts=2)


@pytest.fixture
def un(db: None) -> Source:
    return factories.source("un")


@pytest.fixture
def approved(place: Region, un: Source) -> Report:
    """Forty people displaced from XX01 on 1 December, approved."""
    return factories.report(
        Region.objects.get(pcode="XX01"),
        un,
        40,
        ref="r1",
        measure=Measure.DEPARTURES,
        start=date(2024, 12, 1),
    )
