"""The whole way of a report, from the keyboard of an officer into the API and out again, in two languages.

Real browsers, a real web server and, with PostgreSQL, a real broker and worker. Screenshots of each stage go
to the folder that SCREENSHOTS names, and are gone with the test's own folder where it names none:

    SCREENSHOTS=FOLDER python -m tests.services.run -- python -m pytest tests/admin/test_whole_way.py
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, override
from playwright.sync_api import Browser, Locator, Page, expect

from tests import factories
from tests.admin.keyboard import choose, press, tab_to, type_into
from tests.admin.logging_in import appointed, log_in
from tests.browser import complaints_of
from tracker.admin.words import STATUSES
from tracker.models import Report, Run, StaffRole
from tracker.models.audit import Action
from tracker.vocabulary import Cause, Measure, Status
from tracker.work import drain

pytest_plugins = ["tests.installed"]
# Who does the runs is another on each database.
pytestmark = pytest.mark.django_db(transaction=True)

SLOWEST = 60
"""Seconds after which what is waited for is taken not to come at all: no clock decides, only the outcome."""
BEFORE, MISTYPED, RIGHT = "40", "12,500", "1,250"


@dataclass(frozen=True)
class Spoken:
    """What people type and read in one language."""

    language: str
    direction: str
    sought: str
    found: str
    day: str
    mistyped: str
    right: str
    why_all_the_same: str
    comment: str
    why_changed: str
    why_retracted: str

    def say(self, text: str | Promise) -> str:
        """A text of ours in this language; one that nobody has translated fails the test."""
        with override("en"):
            english = str(text)
        with override(self.language):
            return self._translated(english, str(text) if isinstance(text, Promise) else gettext(text))

    def say_of(self, one: str, many: str, count: int) -> str:
        with override(self.language):
            return self._translated(one, ngettext(one, many, count))

    def _translated(self, english: str, told: str) -> str:
        assert self.language == "en" or told != english, f"{english!r} is not translated"
        return told


ENGLISH = Spoken(
    language="en",
    direction="ltr",
    sought="aleppo",
    found="Syria › Aleppo",
    day="2024-12-01",
    mistyped="12500",
    right="1250",
    why_all_the_same="two camps were emptied",
    comment="the document says 1,250",
    why_changed="a zero too many",
    why_retracted="the document was withdrawn",
)
ARABIC = Spoken(
    language="ar",
    direction="rtl",
    sought="حلب",
    found="سوريا › حلب",
    day="1 ديسمبر 2024",
    mistyped="١٢٥٠٠",
    right="١٢٥٠",
    why_all_the_same="أُخلي مخيمان",
    comment="تقول الوثيقة 1,250",
    why_changed="صفر زائد",
    why_retracted="سُحبت الوثيقة",
)


@dataclass(frozen=True)
class Person:
    """Somebody at a browser of their own."""

    name: str
    page: Page
    base: str
    spoken: Spoken
    complaints: list[str]
    shots: Path

    def goes_to(self, address: str) -> None:
        self.page.goto(f"{self.base}/admin/{address}")

    def follows(self, text: str, *, within: str = "body") -> None:
        """Click a link that is called so in the person's language."""
        self.page.locator(within).get_by_role("link", name=self.spoken.say(text)).first.click()

    def presses(self, text: str) -> None:
        self.page.get_by_role("button", name=self.spoken.say(text), exact=True).click()

    def keeps(self, stage: str) -> None:
        """A picture of the page as it is now."""
        self.page.screenshot(path=self.shots / f"{self.spoken.language}-{stage}.png", full_page=True)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def comes(browser: Browser, installation: str, shots: Path) -> Iterator[Callable[[str, Spoken], Person]]:
    """Somebody chooses their language on the page of the log-in, and logs in."""
    with ExitStack() as contexts:

        def come(name: str, spoken: Spoken) -> Person:
            page = contexts.enter_context(browser.new_context()).new_page()
            person = Person(name, page, installation, spoken, complaints_of(page), shots)
            person.goes_to("login/")
            press(page, f"button[name=language][value={spoken.language}]")
            expect(page.locator("html")).to_have_attribute("lang", spoken.language)
            log_in(page, installation, name)
            return person

        yield come


@pytest.fixture
def _world(transactional_db: None) -> None:
    """Aleppo in Syria, of which one report tells already, and a place of the same name in another country."""
    syria = factories.region("SY", name_en="Syria", name_fr="Syrie", name_ar="سوريا")
    aleppo = factories.region("SY02", syria, name_en="Aleppo", name_fr="Alep", name_ar="حلب")
    elsewhere = factories.region("US", name_en="United States", name_ar="الولايات المتحدة")
    factories.region("US42", elsewhere, name_en="Aleppo", name_ar="حلب")
    day = date(2024, 12, 1)
    factories.report(aleppo, factories.source("un"), 40, ref="r1", measure=Measure.DEPARTURES, start=day)
    Run.objects.request_build(country="SY", measure=Measure.DEPARTURES, cause=Cause.CONFLICT, crisis="")
    drain()
    appointed("anna", StaffRole.OFFICER, "SY")
    appointed("rita", StaffRole.REVIEWER, "SY")
    appointed("aino", StaffRole.AUDITOR)


@pytest.mark.usefixtures("_world")
@pytest.mark.parametrize("spoken", [ENGLISH, ARABIC], ids=["en", "ar"])
def test_a_report_goes_the_whole_way_into_the_figures_and_out_again(
    spoken: Spoken, comes: Callable[[str, Spoken], Person], record_property: Callable[[str, object], None]
) -> None:
    anna = comes("anna", spoken)
    reads_in_its_direction(anna)
    enters_a_report_by_keyboard(anna)
    cannot_approve_it(anna)

    rita = comes("rita", spoken)
    returns_it_with_a_comment(rita)
    corrects_it_and_submits_it_again(anna)
    assert people_in_the_api(rita) == 40
    approves_it(rita)
    record_property("seconds_until_approved_in_api", seconds_until(rita, 1250))
    sees_where_it_is_used(rita)
    retracts_it(rita)
    record_property("seconds_until_retracted_in_api", seconds_until(rita, 40))

    sees_all_versions(anna)
    aino = comes("aino", spoken)
    finds_every_step_in_the_log(aino)
    call_command("verify_audit")
    for person in (anna, rita, aino):
        assert person.complaints == [], person.name


def reads_in_its_direction(anna: Person) -> None:
    page = anna.page
    expect(page.locator("html")).to_have_attribute("dir", anna.spoken.direction)
    assert lies_first(anna, page.locator("#site-name"), page.locator("#user-tools"))
    anna.keeps("01-home")


def enters_a_report_by_keyboard(anna: Person) -> None:
    page, spoken = anna.page, anna.spoken
    press(page, ".model-report .addlink")
    expect(page.locator("#report_form")).to_be_visible()
    assert lies_first(anna, page.locator(".breadcrumbs a").first, page.locator(".breadcrumbs a").last)
    type_into(page, "#id_source", "un")
    type_into(page, "#id_ref", "r2")
    type_into(page, "#id_region", spoken.sought)
    # The Aleppo of the other country is none of her work.
    expect(page.locator("#id_region_suggestions [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_region")).to_have_value("SY02")
    expect(page.locator('.suggested[data-for="id_region"]')).to_have_text(spoken.found)
    assert direction_of(page.locator("#id_region")) == "ltr"
    assert lies_first(anna, page.locator("label[for=id_region]"), page.locator("#id_region"))

    choose(page, "#id_measure", Measure.DEPARTURES)
    choose(page, "#id_cause", Cause.CONFLICT)
    type_into(page, "#id_start", "2024-12-01")
    type_into(page, "#id_end", "2024-12-03")
    type_into(page, "#id_published", "2024-12-04")
    type_into(page, "#id_stated_value", spoken.mistyped)

    expect(page.locator("#entry-overlaps")).to_contain_text("un r1")
    expect(page.locator("#entry-overlaps")).to_contain_text(spoken.day)
    changed = page.locator("#entry-effect tr.changed").first
    expect(changed).to_contain_text(spoken.found.rpartition(" ")[2], timeout=SLOWEST * 1000)
    expect(changed.locator("td.number").first).to_have_text(BEFORE)
    expect(changed.locator("td.number").last).to_contain_text(MISTYPED)
    expect(page.locator("#entry-note-stated_value-warning")).to_be_visible()
    anna.keeps("02-entered")

    press(page, "input[name=submits]")
    expect(page.locator("#entry .errorlist")).to_be_visible()
    expect(page.locator("#id_override_reason")).to_be_focused()
    expect(changed).to_be_visible()
    anna.keeps("03-asked-why")
    page.keyboard.type(spoken.why_all_the_same)
    press(page, "input[name=submits]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    report = proposal()
    assert (report.status, report.value, report.region) == (Status.SUBMITTED, 12_500, "SY02")


def cannot_approve_it(anna: Person) -> None:
    """Neither is she offered to, nor does it help to ask for it all the same."""
    page, address = anna.page, f"{anna.base}/admin/tracker/report/{proposal().pk}"
    page.goto(f"{address}/change/")
    expect(page.locator(".versions")).to_be_visible()
    expect(page.locator(".step-approve")).to_have_count(0)
    anna.keeps("04-submitted")
    assert page.request.get(f"{address}/step/approve/").status == 403
    token = page.locator("#logout-form [name=csrfmiddlewaretoken]").input_value()
    answer = page.request.post(
        f"{address}/step/approve/", form={"csrfmiddlewaretoken": token, "reason": ""}, max_redirects=0
    )
    assert answer.status == 403
    assert "CSRF" not in answer.text()
    assert proposal().status == Status.SUBMITTED


def opens_what_waits(rita: Person) -> None:
    words = rita.spoken.say_of("report waits for my review", "reports wait for my review", 1)
    rita.goes_to("")
    rita.page.get_by_role("link", name=words).click()
    rita.page.locator("#result_list").get_by_role("link", name="r2", exact=True).click()


def returns_it_with_a_comment(rita: Person) -> None:
    page, spoken = rita.page, rita.spoken
    rita.keeps("05-home-of-the-reviewer")
    opens_what_waits(rita)
    expect(page.locator(".overridden")).to_contain_text(spoken.why_all_the_same)
    rita.keeps("06-waits-for-review")
    rita.follows("Return", within=".steps")
    page.fill("#id_on_stated_value", spoken.comment)
    rita.keeps("07-returning")
    rita.presses("Return")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert proposal().status == Status.REJECTED


def corrects_it_and_submits_it_again(anna: Person) -> None:
    page, spoken = anna.page, anna.spoken
    anna.goes_to("")
    words = spoken.say_of("report returned to me", "reports returned to me", 1)
    page.get_by_role("link", name=words).focus()
    page.keyboard.press("Enter")
    page.locator("#result_list").get_by_role("link", name="r2", exact=True).focus()
    page.keyboard.press("Enter")
    asked = page.locator(".field-stated_value .asked")
    expect(asked).to_contain_text(spoken.comment)
    expect(asked).to_contain_text("rita")
    type_into(page, "#id_stated_value", spoken.right)
    type_into(page, "#id_reason", spoken.why_changed)
    changed = page.locator("#entry-effect tr.changed").first
    expect(changed.locator("td.number").last).to_contain_text(RIGHT, timeout=SLOWEST * 1000)
    anna.keeps("08-corrected")
    tab_to(page, "#id_override_reason")
    expect(page.locator("#id_override_reason")).to_have_value(spoken.why_all_the_same)
    press(page, "input[name=submits]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert (proposal().status, proposal().value) == (Status.SUBMITTED, 1250)


def approves_it(rita: Person) -> None:
    opens_what_waits(rita)
    rita.follows("Approve", within=".steps")
    row = rita.page.locator(".effect tbody tr").filter(has_text="SY02").first
    assert direction_of(row.get_by_text("SY02", exact=True)) == "ltr"
    expect(row).to_contain_text(BEFORE)
    expect(row).to_contain_text(RIGHT)
    rita.keeps("09-approving")
    press(rita.page, ".submit-row input[type=submit]")


def sees_where_it_is_used(rita: Person) -> None:
    expect(rita.page.locator(".messagelist .success")).to_be_visible()
    rita.keeps("10-approved")
    rita.follows("Figures it is used in", within=".steps")
    expect(rita.page.locator("#content-main tbody tr").first).to_contain_text("SY02")
    rita.keeps("11-used-in")
    rita.page.go_back()


def retracts_it(rita: Person) -> None:
    page = rita.page
    rita.follows("Retract", within=".steps")
    rita.presses("Retract")
    expect(page.locator(".errorlist")).to_be_visible()
    page.fill("#id_reason", rita.spoken.why_retracted)
    rita.keeps("12-retracting")
    press(page, ".submit-row input[type=submit]")


def sees_all_versions(anna: Person) -> None:
    """Who did what and why, the latest first; and any two versions side by side."""
    page, spoken = anna.page, anna.spoken
    anna.goes_to(f"tracker/report/{Report.objects.current().get(ref='r2').pk}/change/")
    anna.keeps("13-history")
    happened = [
        ("anna", Status.DRAFT, ""),
        ("anna", Status.SUBMITTED, ""),
        ("rita", Status.REJECTED, spoken.comment),
        ("anna", Status.DRAFT, spoken.why_changed),
        ("anna", Status.SUBMITTED, spoken.why_changed),
        ("rita", Status.APPROVED, spoken.why_changed),
        ("rita", Status.RETRACTED, spoken.why_retracted),
    ]
    rows = page.locator("section.versions tbody tr").all()
    for row, (who, status, why) in zip(rows[::-1], happened, strict=True):
        expect(row.get_by_role("cell", name=who, exact=True)).to_be_visible()
        expect(row.get_by_role("cell", name=spoken.say(STATUSES[status]), exact=True)).to_be_visible()
        expect(row).to_contain_text(why)
        expect(row).to_contain_text(str(timezone.now().year))
    page.get_by_label(spoken.say("Version %(version)s on one side") % {"version": 2}).check()
    page.get_by_label(spoken.say("Version %(version)s on the other side") % {"version": 7}).check()
    anna.presses("Show the two side by side")
    differs = page.locator(".comparison tr.differs").first
    expect(differs.locator("del")).to_have_text(MISTYPED)
    expect(differs.locator("ins")).to_have_text(RIGHT)
    anna.keeps("14-side-by-side")


def finds_every_step_in_the_log(aino: Person) -> None:
    """Who did what, why and from where, and who read the report while it was not public yet."""
    page, spoken = aino.page, aino.spoken
    page.get_by_role("link", name=capfirst(spoken.say("audit entries"))).click()
    page.get_by_label(spoken.say("what"), exact=True).fill("report un r2")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr").first).to_contain_text("un r2")
    aino.keeps("15-log")
    rows = page.locator("#result_list tbody tr").all()[::-1]
    told = [
        tuple(row.locator(f".field-{name}").inner_text() for name in ("who", "did", "more")) for row in rows
    ]
    reading = spoken.say(Action.READ.label)
    assert {who for who, did, _ in told if did == reading} == {"anna", "rita"}
    steps = [
        ("anna", Action.SUBMITTED, ""),
        ("rita", Action.RETURNED, spoken.comment),
        ("anna", Action.SUBMITTED, spoken.why_changed),
        ("rita", Action.APPROVED, ""),
        ("rita", Action.RETRACTED, spoken.why_retracted),
    ]
    for (who, did, details), (actor, action, why) in zip(
        [each for each in told if each[1] != reading], steps, strict=True
    ):
        assert (who, did) == (actor, spoken.say(action.label))
        assert why in details
        assert action != Action.APPROVED or spoken.why_changed not in details, "nobody but anna said that"
    assert {row.locator(".field-from_where").inner_text() for row in rows} == {"127.0.0.1"}


def proposal() -> Report:
    return Report.objects.current().proposed().get(source="un", ref="r2")


def people_in_the_api(person: Person) -> int | None:
    """How many left Aleppo in December, as anybody can ask, or None where there is no figure."""
    address = f"{person.base}/api/v1/figures/?region=SY02&measure=departures&cause=conflict&period_type=month"
    with urlopen(address, timeout=SLOWEST) as answer:  # noqa: S310 - an address of our own
        rows: list[dict[str, Any]] = json.load(answer)["results"]
    return rows[0]["value"] if rows else None


def seconds_until(person: Person, people: int) -> float:
    """How long it took from now until the API had this figure."""
    begun = time.monotonic()
    while people_in_the_api(person) != people:
        assert time.monotonic() - begun < SLOWEST, f"the figure is {people_in_the_api(person)}, not {people}"
        time.sleep(0.02)
    return round(time.monotonic() - begun, 2)


def direction_of(element: Locator) -> str:
    direction: str = element.evaluate("element => getComputedStyle(element).direction")
    return direction


def lies_first(person: Person, one: Locator, other: Locator) -> bool:
    """Whether `one` comes before `other` on their line, as the person's language reads."""
    boxes = one.bounding_box(), other.bounding_box()
    assert boxes[0] and boxes[1]
    left = boxes[0]["x"] < boxes[1]["x"]
    return left if person.spoken.direction == "ltr" else not left
