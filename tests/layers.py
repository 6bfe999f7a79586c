"""Reads the code, the templates, the models and the database for what names a higher app. Used by test_layers.py."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.urls import URLResolver, get_resolver

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
PACKAGES = ("mesoclinic", "patients", "treatments")
#: These stand outside the order of the apps: they start the project or run its database.
OUTSIDE = {"mesoclinic/settings.py", "mesoclinic/wsgi.py", "mesoclinic/database.py", "treatments/urls.py"}

#: (file, what it names): a use of something that stands higher.
Use = tuple[str, str]


# ── the order ────────────────────────────────────────────────────────────────────────────────────


@cache
def levels() -> dict[str, int]:
    """App to its place in the import contract of pyproject.toml: 0 is the highest."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(
        each["layers"] for each in contracts["contracts"] if each["name"] == "Apps depend downwards only"
    )
    return {app: level for level, layer in enumerate(layers) for app in layer.split(" | ")}


def app_of(module: str) -> str | None:
    """The app that a module, or a path written as a module, belongs to."""
    found = [app for app in levels() if module == app or module.startswith(f"{app}.")]
    return max(found, key=len, default=None)


def may_not_know(app: str, other: str) -> bool:
    """Is ``other`` above ``app``, or beside it? The modules of the roof know each other."""
    if app == other or levels()[app] == levels()["mesoclinic.pages"]:
        return False
    return levels()[other] <= levels()[app]


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def tracked(*patterns: str) -> Iterator[Path]:
    """Files of ours that match, without migrations."""
    for package in PACKAGES:
        for pattern in patterns:
            for path in sorted((ROOT / package).rglob(pattern)):
                if "migrations" not in path.parts:
                    yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def app_of_file(path: Path) -> str | None:
    """The app of a Python or SQL file; none for the few files outside the order."""
    if name_of(path) in OUTSIDE:
        return None
    return app_of(".".join(path.relative_to(ROOT).with_suffix("").parts))


def app_of_template(path: Path) -> str:
    """The app of a template. Layouts and the page's base belong to the roof, parts to the core."""
    parts = path.relative_to(TEMPLATES).parts
    if found := app_of(".".join(parts[:-1])):
        return found
    if parts[0] in ("parts", "documents"):
        return "mesoclinic.core"
    if parts[0] in ("account", "allauth"):
        return "mesoclinic.accounts"
    return "mesoclinic.pages"


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def templates() -> Iterator[tuple[Path, str, str]]:
    """Every template with its app and its text."""
    for path in sorted(p for p in TEMPLATES.rglob("*") if p.suffix in (".html", ".txt", ".typ")):
        yield path, app_of_template(path), path.read_text(encoding="utf-8")


def python_files() -> Iterator[tuple[Path, str]]:
    for path in tracked("*.py"):
        if app := app_of_file(path):
            yield path, app


def strings(path: Path) -> Iterator[str]:
    """The strings of a Python file that are no docstrings, with the fixed parts of f-strings."""
    tree = parsed(path)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


# ── 1: names of pages ────────────────────────────────────────────────────────────────────────────

_PAGE = re.compile(r"[a-z_]+:[a-z_0-9]+")
_PAGE_IN_TEMPLATE = re.compile(r"""["']([a-z_]+:[a-z_0-9]+)["']""")


def page_names() -> dict[str, str]:
    """The namespace and name of every page to the app whose page it is."""
    found: dict[str, str] = {}

    def walk(resolver: URLResolver, namespace: str) -> None:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                walk(entry, entry.namespace or namespace)
            elif namespace and (app := app_of(entry.callback.__module__)):
                found[f"{namespace}:{entry.name}"] = app

    walk(get_resolver(), "")
    return found


def pages_named_upward() -> set[Use]:
    names = page_names()
    found = {
        (name_of(path), text)
        for path, app in python_files()
        for text in strings(path)
        if _PAGE.fullmatch(text) and text in names and may_not_know(app, names[text])
    }
    return found | {
        (name_of(path), text)
        for path, app, source in templates()
        for text in _PAGE_IN_TEMPLATE.findall(source)
        if text in names and may_not_know(app, names[text])
    }


# ── 2: templates ─────────────────────────────────────────────────────────────────────────────────

_INCLUDE = re.compile(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")
_LOAD = re.compile(r"{%\s*load\s+([^%]+?)\s*%}")
_TEMPLATE_NAME = re.compile(r"[a-z_/]+\.(?:html|txt|typ)")


def template_tags() -> dict[str, str]:
    """A library of template tags to its app."""
    return {
        path.stem: app
        for path, app in python_files()
        if path.parent.name == "templatetags" and path.stem != "__init__"
    }


def stands_above(template: str, app: str) -> bool:
    """Is it a template of ours, of a higher app, and no layout?"""
    path = TEMPLATES / template
    if template.startswith("layouts/") or template == "base.html" or not path.exists():
        return False
    return may_not_know(app, app_of_template(path))


def templates_taken_from_above() -> set[Use]:
    """Includes, layouts, libraries of tags and rendered templates. ``layouts/`` may be extended by every page."""
    found: set[Use] = set()
    libraries = template_tags()
    for path, app, source in templates():
        for taken in _INCLUDE.findall(source):
            if stands_above(taken, app):
                found.add((name_of(path), taken))
        for load in _LOAD.findall(source):
            for library in load.split():
                if library in libraries and may_not_know(app, libraries[library]):
                    found.add((name_of(path), f"load {library}"))
    for path, app in python_files():
        for text in strings(path):
            if _TEMPLATE_NAME.fullmatch(text) and stands_above(text, app):
                found.add((name_of(path), text))
    return found


# ── 3: reverse relations ─────────────────────────────────────────────────────────────────────────

_LOOKUP = re.compile(r"-?[a-z_]+(?:__[a-z_]+)*")
_TAKES_LOOKUPS = {
    "filter", "exclude", "get", "annotate", "aggregate", "alias", "values", "values_list", "order_by", "only",
    "defer", "distinct", "select_related", "prefetch_related", "select_for_update", "Q", "F", "OuterRef", "Count", "Sum",
    "Max", "Min", "Avg", "Prefetch", "When", "Lookup", "JSONObject", "ArrayAgg", "get_field", "update",
}  # fmt: skip
_ATTRIBUTE_IN_TEMPLATE = re.compile(r"\.([a-z_]+)(?=(\.[a-z_]+)?)")
_TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)


def model_app(model: type[models.Model]) -> str | None:
    return app_of(model.__module__)


def names_from_above(*, single: bool = False) -> dict[str, set[str]]:
    """Every app to the names that a higher app's relations put on the models that this app may know.

    ``single``: only those that lead to one row, not to a manager of many.
    """
    own: dict[str, set[str]] = {app: set() for app in levels()}
    upward: dict[str, set[str]] = {app: set() for app in levels()}
    for model in apps.get_models():
        home = model_app(model)
        if home is None:
            continue
        for field in model._meta.get_fields(include_hidden=False):
            reverse = field.auto_created and not field.concrete
            names = {field.name, field.get_accessor_name() if reverse else field.name} - {None}
            source = model_app(field.related_model) if reverse else home
            for app in levels():
                if app != home and may_not_know(app, home):
                    continue
                knows = source is None or not may_not_know(app, source)
                if knows or not single or field.one_to_one:
                    (own if knows else upward)[app] |= names
    return {app: upward[app] - own[app] for app in levels()}


#: What is asked of a manager of many rows; a name without one of these after it is something else's.
_ASKED_OF_MANY = {
    "all", "filter", "exclude", "get", "first", "last", "exists", "count", "create", "bulk_create", "add", "remove",
    "set", "clear", "update", "values", "values_list", "annotate", "aggregate", "order_by", "select_related",
    "prefetch_related", "get_or_create", "update_or_create", "in_bulk", "select_for_update", "iterator", "latest",
}  # fmt: skip


def attributes(path: Path) -> Iterator[tuple[str, bool]]:
    """Every attribute of a file, and whether it is asked as a manager is."""
    tree = parsed(path)
    asked = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in _ASKED_OF_MANY
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr, id(node) in asked


def lookups(path: Path) -> Iterator[str]:
    """The words of a file's lookups."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for keyword in node.keywords:
                if keyword.arg and (called in _TAKES_LOOKUPS or "__" in keyword.arg):
                    yield from keyword.arg.split("__")
            if called in _TAKES_LOOKUPS:
                for argument in node.args:
                    value = getattr(argument, "value", None)
                    if isinstance(value, str) and _LOOKUP.fullmatch(value):
                        yield from value.removeprefix("-").split("__")
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "__" in node.value
            and _LOOKUP.fullmatch(node.value)
        ):
            yield from node.value.removeprefix("-").split("__")


def relations_followed_upward() -> set[Use]:
    upward, single = names_from_above(), names_from_above(single=True)
    found = set()
    for path, app in python_files():
        found |= {(name_of(path), name) for name in lookups(path) if name in upward[app]}
        found |= {
            (name_of(path), name)
            for name, is_asked in attributes(path)
            if name in (upward if is_asked else single)[app]
        }
    for path, app, source in templates():
        for tag in _TAG.findall(source):
            bare = re.sub(r"""["'][^"']*["']""", "", tag)
            for name, following in _ATTRIBUTE_IN_TEMPLATE.findall(bare):
                is_asked = following.removeprefix(".") in _ASKED_OF_MANY
                if name in (upward if is_asked else single)[app]:
                    found.add((name_of(path), name))
    return found


# ── 4: tables ────────────────────────────────────────────────────────────────────────────────────


def tables() -> dict[str, str]:
    """Every table of ours to its app, and every model's label as ``apps.get_model`` takes it."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        if (app := model_app(model)) and not model._meta.proxy:
            found[model._meta.db_table] = app
    return found


def labels() -> dict[str, str]:
    return {model._meta.label: app for model in apps.get_models() if (app := model_app(model))}


def tables_named(text: str, app: str, known: dict[str, str]) -> set[str]:
    words = set(re.findall(r"[a-z_0-9]+", text))
    return {word for word in words if word in known and may_not_know(app, known[word])}


def tables_named_upward() -> set[Use]:
    """In strings of Python, in SQL files, and in the functions and views that stand in the database."""
    known, models_known = tables(), labels()
    found: set[Use] = set()
    for path, app in python_files():
        for text in strings(path):
            found |= {(name_of(path), name) for name in tables_named(text, app, known)}
            if text in models_known and may_not_know(app, models_known[text]):
                found.add((name_of(path), text))
    for path in tracked("*.sql"):
        if app := app_of_file(path):
            text = path.read_text(encoding="utf-8")
            found |= {(name_of(path), name) for name in tables_named(text, app, known)}
    for place, app, text in database_code():
        found |= {(place, name) for name in tables_named(text, app, known)}
    return found


def database_code() -> Iterator[tuple[str, str, str]]:
    """(where, app, text) of every trigger function of a model and of every function and view named after an app."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND NOT EXISTS"
            " (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
        functions = dict(cursor.fetchall())
        cursor.execute("SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'")
        views = dict(cursor.fetchall())
    for model, trigger in pgtrigger.registered():
        if app := model_app(model):
            yield f"trigger {model._meta.label}.{trigger.name}", app, functions.pop(trigger.get_pgid(model))
    by_label = {config.label: app for config in apps.get_app_configs() if (app := app_of(config.name))}
    for name, text in [*functions.items(), *views.items()]:
        label = max((each for each in by_label if name.startswith(f"{each}_")), key=len, default="core")
        yield f"database {name}", by_label[label], text


# ── sizes and packages ───────────────────────────────────────────────────────────────────────────


def long_files(most: int) -> set[str]:
    """Files of Python, SQL and templates, tests too, with more than ``most`` lines."""
    paths = [*tracked("*.py", "*.sql"), *TEMPLATES.rglob("*.*"), *(ROOT / "tests").rglob("*.py")]
    return {
        name_of(path)
        for path in paths
        if path.is_file() and path.read_text(encoding="utf-8").count("\n") > most
    }


def long_functions(most: int) -> set[str]:
    """``file:function`` of every function with more than ``most`` lines, decorators not counted."""
    return {
        f"{name_of(path)}:{node.name}"
        for path in [*tracked("*.py"), *sorted((ROOT / "tests").rglob("*.py"))]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > most
    }


def packages_with_code() -> set[str]:
    """``__init__.py`` files that hold more than a docstring; in ``models/`` imports and ``__all__`` are let stand."""
    found = set()
    for path in tracked("__init__.py"):
        allowed: tuple[type[ast.stmt], ...] = (
            (ast.ImportFrom, ast.Assign) if path.parent.name == "models" else ()
        )
        body = parsed(path).body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        if any(not isinstance(statement, allowed) for statement in body):
            found.add(name_of(path))
    return found
