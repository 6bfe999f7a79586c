"""People at browsers: a clinic on its shelves and hours, Chromium, and a page that is looked at by axe."""

import os
import re
import shutil
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cache
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect, sync_playwright

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.demo import clinic as made_up
from mesoclinic.demo.clinic import DemoClinic
from mesoclinic.demo.patients import Demo
from tests import snapshots
from tests.conftest import signed_in
from treatments.schedule.actions import hours

#: What drives a browser stands here.
JOURNEYS = Path(__file__).parent
AXE = settings.BASE_DIR / "static" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1366, "height": 900}
#: How long a page may take on a machine that does much else.
PATIENCE_S = 60
#: What the clinic's clock says when a journey begins: a session can still be booked for today.
OPENING_HOUR = 9


expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_collection_modifyitems(items):
    for item in items:
        if JOURNEYS in item.path.parents:
            item.add_marker("browser")


#: Its shell without windows first: the same pages for a third less of the processor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def browser_program() -> str:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "No Chromium: install it, or name one: CHROMIUM=/path/to/chrome"
    return program


def browser_switches() -> list[str]:
    switches = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        # A camera that shows a moving test picture, and may be used.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    return [*switches, "--no-sandbox"] if os.geteuid() == 0 else switches


@pytest.fixture(scope="module")
def chromium():
    """The browser of this machine. Closed with the module: while it runs, Django takes the thread for async."""
    with pytest.MonkeyPatch.context() as patch, _started() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=browser_program(),
            args=browser_switches(),
            # As people's browsers have it: Back shows the page as it was left.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@contextmanager
def _started():
    """Playwright, which libfaketime would stop: its programs keep their own clock (``person`` sets the pages')."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LD_PRELOAD", raising=False)
        with sync_playwright() as playwright:
            yield playwright


@pytest.fixture(scope="session")
def built() -> dict[str, tuple[DemoClinic, snapshots.Snapshot]]:
    """The clinic of ``house`` and its rows, by time zone."""
    return {}


@pytest.fixture
def house(transactional_db, built):
    """The made-up clinic before its first patient, where it is nine in the morning and Dr Kaya works all week.

    Built once, then put back as it was.
    """
    zone = _zone_where_it_is(OPENING_HOUR)
    if zone in built:
        snapshots.restore(built[zone][1])
    else:
        house = _build(zone)
        built[zone] = (house, snapshots.take())
    return deepcopy(built[zone][0])


@pytest.fixture(autouse=True)
def at_the_clinic(request):
    """In a journey at the made-up clinic, today is what that clinic's calendar says."""
    if "house" not in request.fixturenames:
        yield
        return
    with timezone.override(request.getfixturevalue("house").clinic.zone):
        yield


@pytest.fixture
def demo(house) -> Demo:
    return Demo.load_at_clinic(house, timezone.localdate(), seed=1)


def _build(zone: str) -> DemoClinic:
    call_command("load_catalogue", verbosity=0, stdout=StringIO())
    with timezone.override(zone):
        house = made_up.create_clinic(timezone.localdate())
    Clinic.objects.filter(pk=house.clinic.pk).update(time_zone=zone)
    house.clinic.refresh_from_db()
    for weekday in (5, 6):
        hours.add_working_hours_on_weekday(
            clinic=house.clinic,
            clinician=house.staff["elif"],
            room=house.rooms["Room 2"],
            weekday=weekday,
            opens=time(9),
            closes=time(16),
            by=house.admin,
        )
    return house


def _zone_where_it_is(hour: int) -> str:
    """A time zone in which it is ``hour`` o'clock now, whenever the tests run."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


@dataclass
class Person:
    """Somebody at a browser. Every page they come to must be looked at; ``taps`` counts what a hand does."""

    page: Page
    address: str
    scripts: bool = True
    taps: int = 0
    trouble: list[str] = field(default_factory=list)
    came_to: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)
    #: The text of every page looked at.
    read: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("framenavigated", lambda frame: self._come_to(frame.url))

    def _hear(self, message):
        if message.type == "error":
            self.trouble.append(f"{urlsplit(self.page.url).path}: {message.text}")

    def _come_to(self, url):
        if url.startswith("http"):
            self.came_to.add(_place(url))

    def open(self, path: str):
        self.page.goto(f"{self.address}{path}")

    def tap(self, target: Locator):
        self.taps += 1
        target.click()

    def button(self, name: str) -> Locator:
        """The button or link that somebody sees under this name."""
        named = re.compile(rf"^\s*{re.escape(name)}")
        page = self.page
        return (
            page.get_by_role("button", name=named)
            .or_(page.get_by_role("link", name=named))
            .locator("visible=true")
            .first
        )

    def sign_in(self, username: str, *, at: str = "/"):
        """By the cookie of a session, and open ``at``. How it is done by hand is walked in test_main_path."""
        client = signed_in(User.objects.get(username=username))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.address, "httpOnly": True}]
        )
        self.open(at)

    def sign_in_by_hand(self, username: str):
        self.open("/")
        self.look("Sign in")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(made_up.PASSWORD)
        self.button("Sign in").click()

    def find(self, text: str):
        """By the key, as somebody who works here all day does."""
        self.page.keyboard.press("/")
        expect(self.page.locator("#find")).to_be_focused()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def look(self, title: str):
        """The page has come: it says what it is, needs no sideways scrolling, links to no place that is not there, and axe finds nothing."""
        expect(self.page).to_have_title(re.compile(re.escape(title)))
        expect(self.page.locator("h1")).to_have_count(1)
        self.wait_for_letters()
        self.looked_at.add(_place(self.page.url))
        self.read.append(self.page.content())
        assert self.is_wide_enough(), f"{self.page.url} scrolls sideways"
        if self.scripts:
            assert self.links_to_nowhere() == []
            assert self.violations() == []

    def links_to_nowhere(self) -> list[str]:
        """Links within the page whose place it does not have: an error that leads to its field, a source."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('a[href^="#"]')]
                 .filter((link) => !document.getElementById(decodeURIComponent(link.hash.slice(1))))
                 .map((link) => `${location.pathname} ${link.hash}: ${link.textContent.trim()}`)"""
        )

    def wait_for_letters(self):
        """The page has its own letters: from here on nothing moves because they came."""
        if self.scripts:
            self.page.evaluate("document.fonts.ready.then(() => true)")

    def is_wide_enough(self) -> bool:
        return self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )

    def violations(self) -> list[str]:
        """What axe finds, with its default rules. What passed is not listed: that takes most of its time.

        A page built of the same elements as one that was looked at before, at the same width, is not looked at again.
        """
        shape = hash(self.page.evaluate(SHAPE_OF_PAGE))
        if shape in _SHAPES_WITHOUT_VIOLATION:
            return []
        found = self._violations_of_unknown_page()
        if not found:
            _SHAPES_WITHOUT_VIOLATION.add(shape)
        return found

    def _violations_of_unknown_page(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        return self.page.evaluate(
            """async () => (await axe.run({resultTypes: ["violations"]})).violations.flatMap((rule) =>
                 rule.nodes.map((node) => `${location.pathname} ${rule.id}: ${node.html} ${node.failureSummary}`))"""
        )


#: What axe judges of a page, without its words and numbers: every element with its classes and attributes, which ones are
#: shown, which hold text or a value, which id stands twice and which one is pointed at and is not there.
SHAPE_OF_PAGE = """() => {
  const spoken = ["role", "type", "class", "open", "hidden", "disabled", "lang", "tabindex", "aria-hidden", "aria-invalid",
    "aria-expanded", "aria-current", "aria-pressed", "aria-selected", "autocomplete", "scope", "inert"];
  const plain = (name, value) => spoken.includes(name) ? value : value.trim() ? "filled" : "empty";
  const ids = new Map();
  for (const element of document.querySelectorAll("[id]")) ids.set(element.id, (ids.get(element.id) ?? 0) + 1);
  const twice = [...ids].filter(([, times]) => times > 1).map(([id]) => id);
  const pointing = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "headers"];
  const lost = [...document.querySelectorAll(pointing.map((name) => `[${name}]`))].flatMap((element) =>
    pointing.flatMap((name) => (element.getAttribute(name) ?? "").split(/\\s+/).filter((id) => id && !ids.has(id))));
  const lines = [innerWidth, ...twice, ...lost];
  for (const element of document.querySelectorAll("*")) {
    const said = [...element.attributes].map(({ name, value }) => `${name}=${plain(name, value)}`).sort();
    const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    lines.push(`${element.tagName} ${said} ${words} ${element.checkVisibility()} ${element.checked ?? ""}`);
  }
  return lines.join("\\n");
}"""

#: Of this process: pages in which axe found nothing.
_SHAPES_WITHOUT_VIOLATION: set[int] = set()


@cache
def _axe() -> str:
    return AXE.read_text()


def _place(url: str) -> str:
    return re.sub(r"\d+", "…", urlsplit(url).path)


@pytest.fixture
def person(chromium, live_server):
    """``person()`` sits down at a browser of their own; at the end nothing went wrong and no page was passed by."""
    people = []

    def sits_down(viewport=DESKTOP, *, scripts=True) -> Person:
        context = chromium.new_context(
            viewport=viewport, java_script_enabled=scripts, reduced_motion="reduce"
        )
        if "FAKETIME" in os.environ:
            # make test-odd-hours: the page's clock is the server's.
            context.clock.install(time=timezone.now())
        person = Person(context.new_page(), live_server.url, scripts)
        people.append(person)
        return person

    yield sits_down
    for person in people:
        person.page.context.close()
    for person in people:
        assert person.trouble == []
        assert person.came_to - person.looked_at == set()
