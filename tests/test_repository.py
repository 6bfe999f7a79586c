"""What the repository itself keeps to: its migrations are there, its decisions numbered, and no file names a package registry."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template import engines


def test_templates_come_from_one_engine():
    assert [engine.name for engine in engines.all()] == ["django"]


def test_decisions_are_numbered_once():
    numbers = [path.name[:4] for path in (settings.BASE_DIR / "docs" / "adr").glob("*.md")]

    assert sorted(numbers) == sorted(set(numbers))


def test_no_tracked_file_names_a_package_registry():
    hosts = re.compile(r"py" + r"pi\.org|python" + r"hosted|registry\.npm" + r"js|deb\.deb" + r"ian")
    checked = 0
    for folder in ("requirements", "static", "docs", ".ci"):
        for path in Path(settings.BASE_DIR / folder).rglob("*"):
            if path.is_file() and "node_modules" not in path.parts and "build" not in path.parts:
                checked += 1
                assert not hosts.search(path.read_text(encoding="utf-8", errors="replace")), path
    assert checked


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
