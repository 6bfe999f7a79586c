"""What a script reads of a page stands in a page: the ``data-`` attributes and the names of inputs."""

import re

import pytest
from django.conf import settings

SCRIPTS = sorted((settings.BASE_DIR / "static" / "js" / "clinic").rglob("*.js"))
PAGES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder, ending in (
        ("templates", "*.html"),
        ("mesoclinic", "*.py"),
        ("patients", "*.py"),
        ("treatments", "*.py"),
    )
    for path in sorted((settings.BASE_DIR / folder).rglob(ending))
    if "migrations" not in path.parts
)
WRITTEN = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)


def attribute(name: str) -> str:
    """``dataset.autosaveUrl`` is ``data-autosave-url``."""
    return "data-" + re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


def attributes_read(script: str) -> set[str]:
    """Those read by ``dataset`` or named in a selector."""
    return {attribute(name) for name in re.findall(r"\bdataset\.(\w+)", script)} | set(
        re.findall(r"\[(data-[a-z-]+)", script)
    )


def attributes_set(script: str) -> set[str]:
    """Those that a script writes itself."""
    return {attribute(name) for name in re.findall(r"\bdataset\.(\w+)\s*=[^=]", script)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_data_attribute_that_a_script_reads_is_written_by_a_page(path):
    read = attributes_read(path.read_text(encoding="utf-8"))
    assert {name for name in read - attributes_set(WRITTEN) if name not in PAGES} == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_event_of_ours_that_a_script_hears_is_sent_by_one(path):
    heard = re.findall(r"addEventListener\(\"(\w+:\w+)\"", path.read_text(encoding="utf-8"))
    sent = set(re.findall(r"new (?:Custom)?Event\(\"(\w+:\w+)\"", WRITTEN))
    assert {name for name in heard if not name.startswith("htmx:")} - sent == set()


def test_the_names_of_attributes_are_read_as_a_browser_does():
    assert attribute("autosaveUrl") == "data-autosave-url"
    assert attributes_read('a.dataset.onlyOnce; b.querySelector("[data-key]")') == {
        "data-only-once",
        "data-key",
    }
