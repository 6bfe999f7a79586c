"""All records of a clinic in one file: asked for once, written with its progress, taken out with a row, deleted after its days."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pyrage
import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.operations.models import ExportRun
from mesoclinic.privacy import exports
from mesoclinic.privacy.tables import own_tables
from tests import factories
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def officer(clinic, settings, tmp_path):
    settings.EXPORTS_ROOT = str(tmp_path / "exports")
    settings.EXPORT_RECIPIENTS = [str(KEY.to_public())]
    return factories.UserFactory(roles=["privacy_officer"], clinic=clinic)


def test_the_file_holds_a_folder_for_each_patient_of_the_clinic_and_no_other(officer, clinic):
    own = [factories.PatientFactory(at=clinic) for _ in range(2)]
    factories.PatientFactory(at=factories.ClinicFactory())
    client = signed_in(officer)
    client.post(reverse("privacy:file_ask"))
    run = ExportRun.objects.get()
    page = client.get(reverse("privacy:file_state", args=[run.pk])).content.decode()
    assert ("0 of 2 records" in page, 'hx-trigger="every 2s"' in page) == (True, True)

    assert exports.write_export(run.pk, now=timezone.now()) == "ready"

    page = client.get(
        reverse("privacy:file_state", args=[run.pk]), headers={"HX-Request": "true"}
    ).content.decode()
    assert ("2 of 2 records" in page, "every 2s" in page) == (True, False)
    file = b"".join(client.get(reverse("privacy:file", args=[run.pk])).streaming_content)
    assert not any(patient.record_number.encode() in file for patient in own)
    folders = {name.partition("/")[0] for name in ZipFile(io.BytesIO(pyrage.decrypt(file, [KEY]))).namelist()}
    assert folders == {patient.record_number for patient in own}
    assert [
        row.did for row in AuditEvent.objects.filter(did__startswith="privacy.export").order_by("pk")
    ] == [
        "privacy.export_asked",
        "privacy.export_taken_out",
    ]
    assert exports.path_of_export(run).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("keys", "why"), [([], "No key is set"), (["age1change-me"], "is no key of age")])
def test_all_records_are_never_written_unsealed(officer, clinic, settings, keys, why):
    settings.EXPORT_RECIPIENTS, settings.DEMO = keys, False

    with pytest.raises(Refused, match=why):
        exports.ask_for_export(clinic=clinic, by=officer)
    assert not ExportRun.objects.exists()


def test_an_export_whose_key_went_bad_meanwhile_leaves_no_file(officer, clinic, settings):
    factories.PatientFactory(at=clinic)
    run = exports.ask_for_export(clinic=clinic, by=officer)
    settings.EXPORT_RECIPIENTS = ["age1change-me"]

    assert exports.write_export(run.pk, now=timezone.now()) == "failed"
    assert not exports.path_of_export(run).exists()


def test_an_export_is_asked_for_once_and_written_once(officer, clinic):
    run = exports.ask_for_export(clinic=clinic, by=officer)

    with pytest.raises(Refused, match="under way"):
        exports.ask_for_export(clinic=clinic, by=officer)
    assert exports.write_export(run.pk, now=timezone.now()) == "ready"
    assert exports.write_export(run.pk, now=timezone.now()) == ""


def test_an_export_that_breaks_off_leaves_no_file_and_says_so(officer, clinic, settings, tmp_path):
    factories.PatientFactory(at=clinic)
    run = exports.ask_for_export(clinic=clinic, by=officer)
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.EXPORTS_ROOT = str(tmp_path / "full")

    assert exports.write_export(run.pk, now=timezone.now()) == "failed"
    assert ExportRun.objects.get().state == "failed"


def test_another_clinics_export_is_not_there(officer, clinic):
    run = ExportRun.objects.create(clinic=factories.ClinicFactory(), by=officer)

    for name in ("privacy:file_state", "privacy:file"):
        assert signed_in(officer).get(reverse(name, args=[run.pk])).status_code == 404


def test_a_file_goes_after_its_days(officer, clinic):
    run = exports.ask_for_export(clinic=clinic, by=officer)
    exports.write_export(run.pk, now=timezone.now())

    assert exports.delete_old_exports(timezone.now() - timedelta(days=7)) == 0
    assert exports.delete_old_exports(timezone.now() + timedelta(seconds=1)) == 1
    assert not exports.path_of_export(run).exists()
    assert ExportRun.objects.get().state == "deleted"


def test_the_record_of_processing_names_every_table_of_the_product(officer):
    page = signed_in(officer).get(reverse("privacy:processing")).content.decode()

    assert [table.label for table in own_tables() if f"<dt>{table.label}</dt>" not in page] == []
    assert len(own_tables()) > 100
