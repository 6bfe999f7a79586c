"""Draw the import order of docs/architecture.md from the contract in pyproject.toml."""

import tomllib
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

BEGIN, END = "<!-- drawn by make architecture -->\n", "<!-- end of the drawing -->\n"


def read_app_layers() -> list[list[str]]:
    """The apps, from the top down; apps of one row do not know each other."""
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    order = next(each for each in contracts if each["name"] == "Apps depend downwards only")
    return [[app.strip() for app in row.split("|")] for row in order["layers"]]


def layers_mermaid() -> str:
    """The order as a Mermaid diagram: an arrow says "may import"."""
    rows = read_app_layers()
    lines = ["```mermaid", "flowchart TD"]
    for number, row in enumerate(rows):
        lines.append(f'    subgraph row{number}[" "]')
        lines += [f'        {app.replace(".", "_")}["{app}"]' for app in row]
        lines.append("    end")
    lines += [f"    row{number} --> row{number + 1}" for number in range(len(rows) - 1)]
    return "\n".join([*lines, "```\n"])


class Command(BaseCommand):
    help = "Redraw the import order in docs/architecture.md; with --check only say whether it is up to date."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, **options):
        """Writes the page; with --check raises where it is stale and writes nothing."""
        page = Path(settings.BASE_DIR) / "docs" / "architecture.md"
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        drawn, _, after = rest.partition(END)
        if not options["check"]:
            page.write_text(before + BEGIN + layers_mermaid() + END + after, encoding="utf-8")
        elif drawn != layers_mermaid():
            raise CommandError("docs/architecture.md is stale: run make architecture.")
