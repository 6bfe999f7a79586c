"""The third-party notices are what the locks say."""

from django.core.management import call_command

from mesoclinic.management.commands.notices import PAGE, npm_packages, python_packages


def test_the_page_is_up_to_date():
    call_command("notices", check=True)


def test_every_package_that_runs_stands_there_and_lgpl_is_named():
    page = PAGE.read_text()
    python, npm = python_packages(), npm_packages()

    assert {"Django", "django"} & {name for name, _, _ in python}
    assert "bootstrap" in {name for name, _, _ in npm}
    assert "axe-core" not in {name for name, _, _ in npm}
    for name, version, _ in python + npm:
        assert f"| {name} | {version} |" in page
    [psycopg] = [line for line in page.splitlines() if "psycopg2-binary" in line]
    assert "**" in psycopg
    assert "LGPL" in psycopg
    assert "see the package" not in page
