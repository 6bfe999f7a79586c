"""Staff pages have the same letters on every machine; what a patient opens has those of their own device."""

import os
import shutil
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from tests.conftest import signed_in
from tests.journeys.conftest import browser_program, browser_switches

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="which fonts a browser finds is set by fontconfig"),
]

FONTS = settings.BASE_DIR / "static" / "build" / "fonts"
#: Letters of both files: the second asks for Latin-Extended.
SENTENCE = "Kaya, Łukasz Gąsiorowski, 0.5 ml on 30 November"
MEASURE = """async (sentence) => {
  const line = Object.assign(document.createElement("span"), { textContent: sentence });
  document.querySelector("h1").append(line);
  await document.fonts.ready;
  await Promise.all([...document.fonts].filter((font) => font.status === "loading").map((font) => font.loaded));
  return line.getBoundingClientRect().width;
}"""


@pytest.fixture
def machine_with(chromium, tmp_path):
    """``machine_with("NotoSans_700Bold.ttf")``: a browser on a machine that has this one font, whatever a page asks for."""
    browsers = []

    def installed(font: str):
        folder = tmp_path / font
        folder.mkdir()
        shutil.copy(FONTS / font, folder)
        config = folder / "fonts.conf"
        config.write_text(f"<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>")
        browser = chromium.browser_type.launch(
            executable_path=browser_program(),
            args=browser_switches(),
            env={**os.environ, "FONTCONFIG_FILE": str(config)},
        )
        browsers.append(browser)
        return browser.new_page()

    yield installed
    for browser in browsers:
        browser.close()


def test_a_staff_page_measures_the_same_whatever_font_a_machine_has(machine_with, live_server, clinician):
    cookie = signed_in(clinician).cookies[settings.SESSION_COOKIE_NAME].value
    widths = {"staff": set(), "patient": set()}
    for font in ("NotoSans_400Regular.ttf", "NotoSans_700Bold.ttf"):
        page = machine_with(font)
        page.goto(live_server.url + reverse("patient_link", args=["unknown"]))
        widths["patient"].add(page.evaluate(MEASURE, SENTENCE))
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        page.goto(live_server.url)
        widths["staff"].add(page.evaluate(MEASURE, SENTENCE))

    assert len(widths["staff"]) == 1
    assert len(widths["patient"]) == 2
