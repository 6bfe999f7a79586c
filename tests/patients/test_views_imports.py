"""The admin uploads, sees columns and counts, then imports; what was read is kept for them alone, and not for long."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mesoclinic.core.models import Autosave
from patients.models import Patient, RiskFactor
from tests import factories
from tests.conftest import signed_in

PAGE, COLUMNS, WRITE, CANCEL = (
    f"/patients/import{rest}" for rest in ("/", "/columns/", "/write/", "/cancel/")
)
LIST = "id,first name,last name,dob\n1,Ana,Núñez,1984-04-03\n2,Léa,Moreau,1990-05-17\n"


def file(text, name="desk.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def upload(client, *files):
    return client.post(PAGE, {"chosen": list(files)})


def shown(client, **more):
    """What the form on the page posts: every field as the page prints it."""
    page = client.get(PAGE).context
    posted = {"stamp": page["stamp"]}
    for one in page["files"]:
        for column in one.get("columns", ()):
            posted[f"column-{one['number']}-{column['number']}"] = column["holds"]
        posted[f"name-{one['number']}"] = one.get("list_name", "")
    return posted | more


def test_the_address_is_the_one_in_the_navigation():
    assert reverse("patients:import") == PAGE


@pytest.mark.realdata
def test_a_list_and_bundles_are_uploaded_looked_at_and_imported(as_admin, admin, realdata):
    bundles = sorted((realdata / "fhir-synthea-r4").glob("*.json"))

    first = upload(as_admin, file(LIST), *(file(path.read_bytes(), path.name) for path in bundles))
    page = as_admin.get(PAGE)
    done = as_admin.post(WRITE, shown(as_admin), follow=True)

    assert first.status_code == 302
    assert (page.context["new"], page.context["known"], page.context["wrong_count"]) == (10, 0, 0)
    assert [m.message for m in done.context["messages"]] == [
        "10 patients registered; 0 here already; 14 risk factors recorded, 0 here already."
    ]
    assert Patient.objects.count() == 10
    assert RiskFactor.objects.values_list("recorded_by", flat=True).distinct().get() == admin.pk
    assert Autosave.objects.count() == 0


def test_the_page_shows_counts_and_no_record(as_admin):
    upload(as_admin, file(LIST + "3,Omar,Haddad,Haddad\n4,Noor,Example,1984-02-31\n"))

    text = as_admin.get(PAGE).text

    assert "last name" in text
    assert "1984-02-31" in text
    for name in ("Núñez", "Moreau", "Haddad", "Noor", "1984-04-03"):
        assert name not in text


def test_the_columns_are_chosen_again_by_selects(as_admin):
    upload(as_admin, file("who,called,when\nNúñez,Ana,1984-04-03\n"))
    before = as_admin.get(PAGE)
    chosen = {"column-0-0": "family_name", "column-0-1": "given_names", "column-0-2": "birth_date"}

    as_admin.post(COLUMNS, shown(as_admin) | chosen)
    as_admin.post(WRITE, shown(as_admin))

    assert "No column holds names or birth dates" in before.text
    assert not before.context["can_import"]
    assert Patient.objects.get().full_name == "Ana Núñez"


def test_columns_changed_at_the_last_moment_are_shown_before_anything_is_written(as_admin):
    upload(as_admin, file(LIST))
    posted = shown(as_admin) | {"column-0-1": "family_name", "column-0-2": "given_names"}

    as_admin.post(WRITE, posted)

    assert Patient.objects.count() == 0
    as_admin.post(WRITE, shown(as_admin))
    assert sorted(Patient.objects.values_list("family_name", flat=True)) == ["Ana", "Léa"]


def test_the_order_of_dates_is_asked_for_where_the_column_does_not_tell(as_admin):
    upload(as_admin, file("first name,last name,dob\nAna,Núñez,03/04/1984\n"))
    page = as_admin.get(PAGE)

    as_admin.post(COLUMNS, shown(as_admin, **{"dates-0": "month-first"}))
    as_admin.post(WRITE, shown(as_admin, **{"dates-0": "month-first"}))

    assert page.context["files"][0]["asks_order"]
    assert str(Patient.objects.get().birth_date) == "1984-03-04"


def test_something_wrong_writes_nothing_unless_it_is_left_out(as_admin):
    upload(as_admin, file(LIST + "3,Omar,Haddad,soon\n"), file(b"PK\x03\x04", "list.xlsx"))

    refused = as_admin.post(WRITE, shown(as_admin))
    counted = Patient.objects.count()
    as_admin.post(WRITE, shown(as_admin, skip_bad="1"))

    assert refused.status_code == 422
    assert counted == 0
    assert [(w.file, w.at, w.column) for w in refused.context["wrong"]] == [
        ("desk.csv", "line 4", "dob"),
        ("list.xlsx", "", ""),
    ]
    assert Patient.objects.count() == 2


@pytest.mark.fault("F36")
def test_somebody_who_may_be_here_already_stops_the_import(as_admin):
    factories.PatientFactory(given_names="Ana María", family_name="Núñez", birth_date="1984-04-03")
    upload(as_admin, file(LIST))

    refused = as_admin.post(WRITE, shown(as_admin))

    assert refused.status_code == 422
    assert [w.at for w in refused.context["wrong"]] == ["line 2"]
    assert Patient.objects.count() == 1


def test_giving_up_deletes_what_was_read(as_admin):
    upload(as_admin, file(LIST))

    response = as_admin.post(CANCEL)

    assert response.status_code == 302
    assert (Autosave.objects.count(), Patient.objects.count()) == (0, 0)


def test_an_upload_is_seen_by_its_author_only(as_admin, clinic):
    upload(as_admin, file(LIST))

    other = signed_in(factories.UserFactory(roles=["admin"], clinic=clinic)).get(PAGE)

    assert "form" in other.context
    assert "desk.csv" not in other.text


def test_a_double_click_imports_once(as_admin, once):
    upload(as_admin, file(LIST))
    posted = shown(as_admin, once=once())

    answers = [as_admin.post(WRITE, posted) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Patient.objects.count() == 2


def test_another_upload_in_another_tab_is_not_imported_by_the_first_page(as_admin):
    upload(as_admin, file(LIST))
    posted = shown(as_admin)
    upload(as_admin, file("first name,last name,dob\nOmar,Haddad,1970-01-31\n"))

    as_admin.post(WRITE, posted)

    assert Patient.objects.count() == 0


def test_a_draft_that_somebody_made_up_is_no_upload(as_admin, admin):
    Autosave.objects.create(owner=admin, kind="import", subject="import", fields={"upload": ["x"]}, url="/")

    assert "form" in as_admin.get(PAGE).context


@pytest.mark.fault("F29")
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choose at least one file."),
        ([("p.csv", b"x" * (20 * 1024 * 1024 + 1))], "larger than 20 MB together"),
        ([("p.csv", b"x")] * 51, "at most 50 files"),
    ],
    ids=["none", "large", "many"],
)
def test_an_upload_that_cannot_be_taken_says_so_at_the_field(as_admin, files, said):
    response = upload(as_admin, *(file(data, name) for name, data in files))

    assert response.status_code == 422
    assert said in response.text
    assert Autosave.objects.count() == 0


def test_a_file_is_judged_by_what_it_holds_and_not_by_its_name(as_admin):
    upload(as_admin, file(LIST, "bundle.json"), file("", "empty.csv"))

    first, second = as_admin.get(PAGE).context["files"]

    assert (first["people"], second["lacking"]) == (2, "It is empty. Export it again.")


def test_more_than_a_request_can_write_is_left_to_the_command(as_admin):
    rows = "".join(f"{n},Ana,Núñez{n},1984-04-03\n" for n in range(2_001))
    upload(as_admin, file(f"id,first name,last name,dob\n{rows}"))

    page = as_admin.get(PAGE)
    as_admin.post(WRITE, shown(as_admin))

    assert not page.context["can_import"]
    assert "ask whoever runs the server" in page.text
    assert Patient.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_preview_asks_as_many_queries_for_three_rows_as_for_one(as_admin, rows, count_queries):
    text = "".join(f"{n},Ana{n},Núñez{n},1984-04-0{n + 1}\n" for n in range(rows))
    upload(as_admin, file(f"id,first name,last name,dob\n{text}"))

    with count_queries() as queries:
        as_admin.get(PAGE)

    assert len(queries) == 5  # one of them sets the time limit


@pytest.mark.parametrize("url", [COLUMNS, WRITE, CANCEL])
def test_what_writes_is_a_post(as_admin, url):
    assert as_admin.get(url).status_code == 405


@pytest.mark.parametrize("url", [PAGE, COLUMNS, WRITE, CANCEL])
def test_a_stranger_is_asked_to_sign_in(stranger, url):
    assert stranger.post(url).status_code == 302
    assert stranger.post(url)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("url", [PAGE, COLUMNS, WRITE, CANCEL])
@pytest.mark.parametrize("who", ["as_clinician", "as_front_desk", "as_cosmetologist"])
def test_nobody_but_an_admin_may_import(request, who, url):
    assert request.getfixturevalue(who).post(url).status_code == 403


@pytest.mark.parametrize("url", [COLUMNS, WRITE])
def test_without_an_upload_there_is_nothing_to_import(as_admin, url):
    response = as_admin.post(url, follow=True)

    assert [m.message for m in response.context["messages"]] == [
        "These files are no longer waiting. Nothing was imported."
    ]
