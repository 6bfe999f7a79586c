"""Whose work Mesoclinic is built on, from the locks."""

import json
import re
from importlib import metadata

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PAGE = settings.BASE_DIR / "docs" / "third-party.md"
_HEAD = """# Third-party notices

Written by `manage.py notices` from requirements/runtime.txt and static/package-lock.json. Each package comes under its own licence, in
its own files. **LGPL** parts are used as libraries, unchanged, and can be replaced by another build of the same library.

"""
#: Where a package's own words are longer than the licence's name, or missing.
_NAMED = {"pyrage": "MIT"}
#: Of the lock, and never on a clinic's Linux server.
_ELSEWHERE = "only on other systems"


def python_packages() -> list[tuple[str, str, str]]:
    """(name, version, licence) of what runs."""
    lock = (settings.BASE_DIR / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    return [
        (name, version, _licence_of(name))
        for name, version in re.findall(r"^([\w.-]+)==([\w.+-]+)", lock, re.M)
    ]


def _licence_of(name: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return _ELSEWHERE
    if expression := _first_metadata_value(said, "License-Expression"):
        return expression
    classifiers = [
        line.rsplit(" :: ", 1)[-1] for line in said.get_all("Classifier", []) if line.startswith("License ::")
    ]
    words = " and ".join(classifiers) or _first_metadata_value(said, "License").strip().split("\n", 1)[0]
    return words[:80] or "see the package"


def _first_metadata_value(said: metadata.PackageMetadata, name: str) -> str:
    return (said.get_all(name) or [""])[0]


def npm_packages() -> list[tuple[str, str, str]]:
    """(name, version, licence) of what the pages are built from; what only builds or tests is left out."""
    lock = json.loads((settings.BASE_DIR / "static" / "package-lock.json").read_text(encoding="utf-8"))
    return [
        (path.removeprefix("node_modules/"), package["version"], package.get("license", "see the package"))
        for path, package in lock["packages"].items()
        if path and not package.get("dev")
    ]


def notices_markdown() -> str:
    """The page as it should stand."""
    parts = [_HEAD]
    for head, packages in (("Python", python_packages()), ("The pages", npm_packages())):
        parts.append(f"## {head}\n\n| package | version | licence |\n|---|---|---|\n")
        for name, version, licence in packages:
            shown = f"**{licence}**" if "LGPL" in licence or "Lesser" in licence else licence
            parts.append(f"| {name} | {version} | {shown} |\n")
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


class Command(BaseCommand):
    help = "Write docs/third-party.md from the locks."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only say whether it is up to date")

    def handle(self, *args, **options):
        """Writes the page, or raises where it is not what the locks say."""
        text = notices_markdown()
        if not options["check"]:
            PAGE.write_text(text, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise CommandError("docs/third-party.md is not what the locks say: run manage.py notices.")
