"""A FHIR R4 bundle: its patients and what stands about them. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from mesoclinic.core.search_text import search_words
from patients.files.fhir_bundle import (
    KINDS,
    Resource,
    complete_date_or_none,
    concept_codes,
    earliest_date_or_none,
    may_change_meaning,
    onset_text,
)
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

#: An address of a resource is its number where it has no other (RFC 3986: URIs).
URI = "urn:ietf:rfc:3986"

_STANDS = {"active", "recurrence", "relapse"}
#: Of a patient, what may be over: an old name, a telephone of before.
_WITH_PERIODS = ("name", "telecom", "address")
_DENIED = {"refuted", "entered-in-error"}
_ONLY_PROPOSED = {"proposal", "plan", "option"}
#: “No known allergy” and its kin, in SNOMED CT: the absence of an allergy is not an allergy.
_NO_ALLERGY = {"716186003", "409137002", "428607008", "429625007", "1003774007", "428197003"}
_NO_ALLERGY_WORDS = ("no known", "nka", "nkda", "no allerg", "none")
#: Numbers of the state, not of a record: what is not needed is not kept.
_OFFICIAL_NUMBERS = {"SS", "DL", "PPN", "SB", "TAX", "NI", "NNUSA"}
_OFFICIAL_SYSTEMS = {"http://hl7.org/fhir/sid/us-ssn"}


def read_people(file: str, entries: Iterable[Mapping[str, Any]], today: date) -> Reading:
    """The people of a bundle with what stands about them, and the entries that are wrong."""
    reading = Reading(file)
    bundle = _Bundle(file, reading.wrong, today)
    patients: dict[int, Person] = {}
    stands: dict[int, list[Standing]] = {}
    addresses: dict[str, int] = {}
    replaced: dict[int, tuple[str, str, Resource]] = {}
    facts = []
    for entry in entries:
        resource, url = entry["resource"], entry["url"]
        kind, number = resource["resourceType"], entry["number"]
        if kind == "Bundle":
            bundle.note_whole(resource)
            continue
        names = {url, f"{kind}/{resource.get('id')}"} - {""}
        if kind == "Medication":
            bundle.medicines |= dict.fromkeys(names, resource)
        elif kind == "Patient":
            addresses |= dict.fromkeys(names, number)
            if other := _replaced_by_or_empty(resource):
                replaced[number] = (other, url, resource)
            elif person := bundle.read_patient_or_none(number, url, resource):
                patients[number] = person
        else:
            facts.append((number, url, resource))
    bundle.follow_replacements(replaced, addresses, patients)
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


_UNKNOWN_MEANING = (
    "carries an extension or a rule that may change what the whole of it means, and that is not known here. "
    "Ask whoever made the file what it says, and register by hand."
)


def _replaced_by_or_empty(resource: Resource) -> str:
    """The address of the record that replaces this one."""
    links = resource.get("link")
    for link in links if isinstance(links, list) else []:
        other = link.get("other") if isinstance(link, dict) else None
        if isinstance(other, dict) and link.get("type") == "replaced-by":
            return str(other.get("reference", ""))
    return ""


class _Bundle:
    """One bundle being read: collects what is wrong and counts what is left out."""

    def __init__(self, file: str, wrong: list[Wrong], today: date):
        self.file, self.wrong, self.today = file, wrong, today
        self.left_out: Counter[str] = Counter()
        self.medicines: dict[str, Resource] = {}

    def note_wrong_entry(self, number: int, reason: str, column: str = "", value: str = "") -> None:
        self.wrong.append(Wrong(self.file, f"entry {number}", reason, column, value))

    def note_whole(self, bundle: Resource) -> None:
        """What is to be said of the bundle: part of a whole, a rule that is not known, what is not read."""
        if bundle["is_page"]:
            self.wrong.append(
                Wrong(
                    self.file,
                    "",
                    "This is one page of several: the file names a next page. Export all of them, "
                    "or leave this out of account and import the page.",
                )
            )
        if bundle["unknown"]:
            self.wrong.append(Wrong(self.file, "", _UNKNOWN_MEANING))
        self.left_out.update(bundle["left"])

    def follow_replacements(
        self,
        replaced: Mapping[int, tuple[str, str, Resource]],
        addresses: dict[str, int],
        patients: dict[int, Person],
    ) -> None:
        """A record that was replaced is no patient of its own: its facts and its numbers are of the one that replaces it."""
        for number, (reference, url, resource) in replaced.items():
            kept, seen = addresses.get(reference), {number}
            while kept is not None and kept in replaced and kept not in seen:
                seen.add(kept)
                kept = addresses.get(replaced[kept][0])
            person = patients.get(kept) if kept is not None else None
            if kept is None or person is None:
                self.note_wrong_entry(
                    number, "was replaced by a record that is not in this file. Export both together."
                )
                continue
            numbers = (*person.identifiers, *_patient_identifiers_but_official(url, resource))
            patients[kept] = replace(person, identifiers=tuple(dict.fromkeys(numbers)))
            addresses |= {name: kept for name, at in addresses.items() if at == number}
            self.left_out["record that another one replaces: one patient, with both numbers"] += 1

    def note_errors_and_tell_if_valid(self, number: int, resource: Resource) -> bool:
        if may_change_meaning(resource):
            self.note_wrong_entry(number, _UNKNOWN_MEANING)
            return False
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
        elif not complete_date_or_none(born):
            self.note_wrong_entry(number, "is not a whole date. Write it as 1984-12-31.", "birthDate", born)
        if (died and not complete_date_or_none(died)) or (not died and resource.get("deceasedBoolean")):
            reason = "The patient has died, but the day is not given. Write it, or leave the entry out."
            self.note_wrong_entry(number, reason, "deceased", died)
        resource = {**resource, **{name: self._in_force(resource.get(name)) for name in _WITH_PERIODS}}
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
            died_on=complete_date_or_none(died),
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

    def _in_force(self, listed: Any) -> list[Any]:
        """What stands today of a list of names, telephones or addresses; all of it where nothing does."""
        rows = listed or []
        return [row for row in rows if _stands_on(row.get("period"), self.today)] or rows

    def read_risk_factor_if_current(self, number: int, url: str, resource: Resource) -> Iterator[Standing]:
        """What stands; an allergy, condition or medicine that is over is counted and left out."""
        if not self.note_errors_and_tell_if_valid(number, resource):
            return
        kind = KINDS[resource["resourceType"]]
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
        started_on = earliest_date_or_none(onset_text(resource))
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
    if concept_codes(resource.get("verificationStatus", {})) & _DENIED:
        return False
    clinical = concept_codes(resource.get("clinicalStatus", {}))
    if not clinical:
        return not any(name.startswith("abatement") for name in resource)
    return bool(clinical & _STANDS)


def _says_no_known_allergy(resource: Resource) -> bool:
    code = resource.get("code", {})
    text = " ".join(search_words(_concept_text(code)))
    return bool(concept_codes(code) & _NO_ALLERGY) or text.startswith(_NO_ALLERGY_WORDS)


def _stands_on(period: Any, day: date) -> bool:
    """Begun and not over; a month or a year that is given as the end lasts until its last day."""
    if not isinstance(period, dict):
        return True
    start = earliest_date_or_none(str(period.get("start", "")))
    end = str(period.get("end", ""))[:10]
    return (start is None or start <= day) and (not end or end >= str(day)[: len(end)])


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


def _concept_text(concept: Resource) -> str:
    displays = (coding.get("display", "") for coding in concept.get("coding", []))
    return str(concept.get("text") or next(filter(None, displays), ""))
