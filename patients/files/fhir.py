"""A FHIR R4 bundle: its patients and what stands about them. Writes nothing."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from mesoclinic.core.search_text import search_words
from mesoclinic.core.text_files import Text, Unreadable
from patients.files.people import (
    Person,
    Reading,
    Standing,
    Wrong,
    fields_and_reasons_not_to_import,
    language_code_or_empty,
    split_into_given_and_family_name,
    value_or_empty_if_maybe_name,
)
from patients.models import Factor, Patient

Resource = Mapping[str, Any]

#: An address of a resource is its number where it has no other (RFC 3986: URIs).
URI = "urn:ietf:rfc:3986"

_KINDS = {
    "AllergyIntolerance": Factor.Kind.ALLERGY,
    "Condition": Factor.Kind.DISEASE,
    "MedicationRequest": Factor.Kind.MEDICINE,
    "MedicationStatement": Factor.Kind.MEDICINE,
}
#: What is kept of a bundle; a Medication only to give its name.
_READ = {"Patient", "Medication", *_KINDS}

_STANDS = {"active", "recurrence", "relapse"}
_DENIED = {"refuted", "entered-in-error"}
_ONLY_PROPOSED = {"proposal", "plan", "option"}
#: “No known allergy” and its kin, in SNOMED CT: the absence of an allergy is not an allergy.
_NO_ALLERGY = {"716186003", "409137002", "428607008", "429625007", "1003774007", "428197003"}
_NO_ALLERGY_WORDS = ("no known", "nka", "nkda", "no allerg", "none")
#: Numbers of the state, not of a record: what is not needed is not kept.
_OFFICIAL_NUMBERS = {"SS", "DL", "PPN", "SB", "TAX", "NI", "NNUSA"}
_OFFICIAL_SYSTEMS = {"http://hl7.org/fhir/sid/us-ssn"}


def read_needed_bundle_entries(text: Text) -> list[dict[str, Any]]:
    """The entries of a bundle that matter here: their number, address and resource.

    Raises Unreadable for what is no bundle. What else a bundle holds (claims, encounters) is not looked at.
    """
    try:
        document = json.loads(text.text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"It is not whole JSON{where}. Export it again.") from error
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if kind == "Bundle":
        entries = document.get("entry", [])
    elif kind in _READ:
        entries = [{"resource": document}]
    else:
        raise Unreadable("It is JSON, but no FHIR bundle. Export the records as FHIR R4.")
    if not isinstance(entries, list):
        raise Unreadable("Its entries are no list: it is no FHIR bundle. Export it again.")
    kept = []
    for number, entry in enumerate(entries, start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") in _READ:
            url = entry.get("fullUrl")
            kept.append(
                {
                    "number": number,
                    "url": url if isinstance(url, str) else "",
                    "resource": _without_narrative(resource),
                }
            )
    return kept


def _without_narrative(resource: Resource) -> dict[str, Any]:
    """Without the printed text, which repeats it, and without what PostgreSQL cannot keep marked as such."""
    bare = _without_nulls({**resource, "text": None})
    try:
        written = json.dumps(bare, ensure_ascii=False)
        written.encode()
    except UnicodeEncodeError:
        written = "\\u0000"
    if "\\u0000" in written:
        return {"resourceType": resource["resourceType"], "unprintable": True}
    return bare


def _without_nulls(part: Any) -> Any:
    """A null says nothing in FHIR: it is there where a list holds an extension instead."""
    if isinstance(part, dict):
        return {name: _without_nulls(one) for name, one in part.items() if one is not None}
    if isinstance(part, list):
        return [_without_nulls(one) for one in part if one is not None]
    return part


def read_people(file: str, entries: Iterable[Mapping[str, Any]], today: date) -> Reading:
    """The people of a bundle with what stands about them, and the entries that are wrong."""
    reading = Reading(file)
    bundle = _Bundle(file, reading.wrong, today)
    patients: dict[int, Person] = {}
    stands: dict[int, list[Standing]] = {}
    addresses: dict[str, int] = {}
    facts = []
    for entry in entries:
        resource, url = entry["resource"], entry["url"]
        kind, number = resource["resourceType"], entry["number"]
        names = {url, f"{kind}/{resource.get('id')}"} - {""}
        if kind == "Medication":
            bundle.medicines |= dict.fromkeys(names, resource)
        elif kind == "Patient":
            addresses |= dict.fromkeys(names, number)
            if person := bundle.read_patient_or_none(number, url, resource):
                patients[number] = person
        else:
            facts.append((number, url, resource))
    for number, url, resource in facts:
        said = resource.get("subject") or resource.get("patient")
        about = addresses.get(said.get("reference", "") if isinstance(said, dict) else "")
        for standing in bundle.read_risk_factor_if_current(number, url, resource):
            if about is None:
                bundle.note_wrong_entry(
                    number, "is about a patient who is not in this file. Export both together."
                )
            else:
                stands.setdefault(about, []).append(standing)
    reading.people = [
        replace(person, stands=tuple(stands.get(number, ()))) for number, person in patients.items()
    ]
    if not addresses:
        reading.notes.append("holds no patient")
    reading.notes += [f"{count} × {what}" for what, count in sorted(bundle.left_out.items())]
    return reading


class _Bundle:
    """One bundle being read: collects what is wrong and counts what is left out."""

    def __init__(self, file: str, wrong: list[Wrong], today: date):
        self.file, self.wrong, self.today = file, wrong, today
        self.left_out: Counter[str] = Counter()
        self.medicines: dict[str, Resource] = {}

    def note_wrong_entry(self, number: int, reason: str, column: str = "", value: str = "") -> None:
        self.wrong.append(Wrong(self.file, f"entry {number}", reason, column, value))

    def note_errors_and_tell_if_valid(self, number: int, resource: Resource) -> bool:
        if resource.get("unprintable"):
            self.note_wrong_entry(number, "holds characters that cannot be printed. Correct it.")
            return False
        errors = _elements_not_allowed(resource)
        for column, value in errors:
            reason = f"is not as FHIR R4 says a {resource['resourceType']} is written."
            self.note_wrong_entry(number, reason, column, value)
        return not errors

    def read_patient_or_none(self, number: int, url: str, resource: Resource) -> Person | None:
        if not self.note_errors_and_tell_if_valid(number, resource):
            return None
        born = resource.get("birthDate", "")
        died = resource.get("deceasedDateTime", "")
        wrong = len(self.wrong)
        if not born:
            self.note_wrong_entry(number, "is missing. A patient needs a birth date.", "birthDate")
        elif not _complete_date_or_none(born):
            self.note_wrong_entry(number, "is not a whole date. Write it as 1984-12-31.", "birthDate", born)
        if (died and not _complete_date_or_none(died)) or (not died and resource.get("deceasedBoolean")):
            reason = "The patient has died, but the day is not given. Write it, or leave the entry out."
            self.note_wrong_entry(number, reason, "deceased", died)
        name = _given_family_and_preferred_names(resource)
        if not name[1]:
            self.note_wrong_entry(number, "is missing. A patient needs a family name.", "name")
        if len(self.wrong) > wrong:
            return None
        address = _preferred_item(resource.get("address"), "use", "home")
        country = address.get("country", "")
        person = Person(
            file=self.file,
            at=f"entry {number}",
            given_names=name[0],
            family_name=name[1],
            preferred_name=name[2],
            birth_date=date.fromisoformat(born),
            died_on=_complete_date_or_none(died),
            sex_at_birth=_sex_at_birth(resource.get("gender", "")),
            phone=_telecom_value(resource, "phone"),
            email=_telecom_value(resource, "email"),
            address=_address_text(address),
            language=_preferred_language(resource),
            country=country.upper() if len(country) == 2 else "",
            identifiers=_patient_identifiers_but_official(url, resource),
        )
        found = list(fields_and_reasons_not_to_import(person, self.today))
        for field, reason in found:
            self.note_wrong_entry(number, reason, field)
        return None if found else person

    def read_risk_factor_if_current(self, number: int, url: str, resource: Resource) -> Iterator[Standing]:
        """What stands; an allergy, condition or medicine that is over is counted and left out."""
        if not self.note_errors_and_tell_if_valid(number, resource):
            return
        kind = _KINDS[resource["resourceType"]]
        if kind == Factor.Kind.ALLERGY and _says_no_known_allergy(resource):
            self.left_out["“no known allergy”: to be asked at the intake"] += 1
            return
        if not _is_still_current(resource):
            self.left_out[f"{kind.label.lower()} that no longer stands"] += 1
            return
        label = self._substance_or_condition_label(resource)
        if not label:
            self.note_wrong_entry(
                number, "does not say what it is: neither a text nor the words of its code."
            )
            return
        started_on = _earliest_date_or_none(_onset_text(resource))
        if started_on and started_on > self.today:
            # Written ahead by a time zone; more than a day is a mistake.
            if started_on > self.today + timedelta(days=1):
                self.note_wrong_entry(
                    number, "starts in the future. Correct the day.", "onset", str(started_on)
                )
                return
            started_on = self.today
        system, value = _identifier_of_entry(url, resource)
        yield Standing(f"entry {number}", kind, label, started_on, system, value)

    def _substance_or_condition_label(self, resource: Resource) -> str:
        concept = resource.get("code") or resource.get("medicationCodeableConcept")
        reference = resource.get("medicationReference") or {}
        if reference:
            inside = {f"#{one.get('id')}": one for one in resource.get("contained", [])}
            medicine = {**self.medicines, **inside}.get(reference.get("reference", ""), {})
            concept = medicine.get("code") or {"text": reference.get("display", "")}
        said = _concept_text(concept or {})
        if not said:  # an allergy may name its substance at the reaction only
            said = next(
                filter(None, (_concept_text(r.get("substance", {})) for r in resource.get("reaction", []))),
                "",
            )
        return " ".join(said.split())


@cache
def _fhir_validator_by_type() -> Mapping[str, Callable[[Resource], Any]]:
    """fhir.resources' models of the few resources that are read."""
    # Takes 0.6 s to import, which only an import of FHIR should pay.
    from fhir.resources.R4B.allergyintolerance import AllergyIntolerance  # noqa: PLC0415
    from fhir.resources.R4B.condition import Condition  # noqa: PLC0415
    from fhir.resources.R4B.medicationrequest import MedicationRequest  # noqa: PLC0415
    from fhir.resources.R4B.medicationstatement import MedicationStatement  # noqa: PLC0415
    from fhir.resources.R4B.patient import Patient as FhirPatient  # noqa: PLC0415

    return {
        "Patient": FhirPatient.model_validate,
        "AllergyIntolerance": AllergyIntolerance.model_validate,
        "Condition": Condition.model_validate,
        "MedicationRequest": MedicationRequest.model_validate,
        "MedicationStatement": MedicationStatement.model_validate,
    }


def _elements_not_allowed(resource: Resource) -> list[tuple[str, str]]:
    """The elements that FHIR does not allow, and their value where it is a date or a number."""
    try:
        _fhir_validator_by_type()[resource["resourceType"]](resource)
    except ValueError as error:
        # pydantic's ValidationError is a ValueError that lists its errors.
        listed = getattr(error, "errors", list)() or [{"loc": ("resource",), "input": ""}]
        return [
            (
                ".".join(map(str, one["loc"])) or "resource",
                value_or_empty_if_maybe_name(str(one.get("input", ""))),
            )
            for one in listed
        ]
    return []


def _given_family_and_preferred_names(resource: Resource) -> tuple[str, str, str]:
    """Given names, family name, and what the person is called."""
    names = resource.get("name", [])
    name = _preferred_item(names, "use", "official", "usual", None, "temp")
    given, family = " ".join(_texts_of_element(name, "given")), name.get("family", "")
    if not family:
        alone_given, family = split_into_given_and_family_name(name.get("text", ""))
        given = given or alone_given
    usual: Resource = next((n for n in names if n.get("use") in ("usual", "nickname") and n is not name), {})
    called = " ".join(_texts_of_element(usual, "given")) or usual.get("text", "")
    return given.strip(), family.strip(), "" if called == given else called.strip()


def _patient_identifiers_but_official(url: str, resource: Resource) -> tuple[tuple[str, str], ...]:
    """The numbers by which other systems know the patient, without those of the state."""
    found = []
    for one in resource.get("identifier", []):
        codes = {coding.get("code") for coding in one.get("type", {}).get("coding", [])}
        system, value = one.get("system", ""), one.get("value", "")
        is_official = bool(codes & _OFFICIAL_NUMBERS) or system in _OFFICIAL_SYSTEMS
        if system and value and not is_official:
            found.append((system, value))
    if not found and ":" in url:
        found = [(URI, url)]
    return tuple(dict.fromkeys(found))


def _identifier_of_entry(url: str, resource: Resource) -> tuple[str, str]:
    for one in resource.get("identifier", []):
        if one.get("system") and one.get("value"):
            return one["system"][:200], one["value"][:150]
    if ":" in url:
        return URI, url[:150]
    return f"fhir:{resource['resourceType']}", resource.get("id", "")


def _is_still_current(resource: Resource) -> bool:
    if resource["resourceType"] in ("MedicationRequest", "MedicationStatement"):
        return (
            resource.get("status") == "active"
            and resource.get("intent") not in _ONLY_PROPOSED
            and not resource.get("doNotPerform")
        )
    if _concept_codes(resource.get("verificationStatus", {})) & _DENIED:
        return False
    clinical = _concept_codes(resource.get("clinicalStatus", {}))
    if not clinical:
        return not any(name.startswith("abatement") for name in resource)
    return bool(clinical & _STANDS)


def _says_no_known_allergy(resource: Resource) -> bool:
    code = resource.get("code", {})
    text = " ".join(search_words(_concept_text(code)))
    return bool(_concept_codes(code) & _NO_ALLERGY) or text.startswith(_NO_ALLERGY_WORDS)


def _onset_text(resource: Resource) -> str:
    for name in ("onset", "effective"):
        if f"{name}DateTime" in resource:
            return str(resource[f"{name}DateTime"])
        if f"{name}Period" in resource:
            return str(resource[f"{name}Period"].get("start", ""))
    return str(resource.get("authoredOn", ""))


def _earliest_date_or_none(text: str) -> date | None:
    """The day of an instant; of a month or a year its first day."""
    return _complete_date_or_none((text + "-01-01")[:10]) if text else None


def _complete_date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _sex_at_birth(gender: str) -> str:
    return gender if gender in (Patient.Sex.FEMALE, Patient.Sex.MALE) else Patient.Sex.UNKNOWN


def _telecom_value(resource: Resource, system: str) -> str:
    listed = [one for one in resource.get("telecom", []) if one.get("system") == system]
    return str(
        _preferred_item([one for one in listed if one.get("use") != "old"], "use", "mobile", "home").get(
            "value", ""
        )
    )


def _preferred_language(resource: Resource) -> str:
    spoken = _preferred_item(resource.get("communication"), "preferred", True)
    codes = (coding.get("code", "") for coding in spoken.get("language", {}).get("coding", []))
    return next(filter(None, map(language_code_or_empty, codes)), "en")


def _address_text(address: Resource) -> str:
    town = " ".join(address[name] for name in ("city", "state", "postalCode") if address.get(name))
    lines = [*_texts_of_element(address, "line"), town, address.get("country", "")]
    return "\n".join(line for line in lines if line) or address.get("text", "")


def _preferred_item(listed: Any, key: str, *wanted: Any) -> Resource:
    """The first of the list whose ``key`` is the first wanted, else the second…, else the first of all."""
    rows = listed or []
    for want in wanted:
        for row in rows:
            if row.get(key) == want:
                return row
    return rows[0] if rows else {}


def _texts_of_element(part: Resource, name: str) -> list[str]:
    return [text for text in part.get(name, []) if text]


def _concept_codes(concept: Resource) -> set[str]:
    return {coding.get("code", "") for coding in concept.get("coding", [])}


def _concept_text(concept: Resource) -> str:
    displays = (coding.get("display", "") for coding in concept.get("coding", []))
    return str(concept.get("text") or next(filter(None, displays), ""))
