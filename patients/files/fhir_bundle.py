"""A FHIR R4 bundle as its entries, and what has to be said of it as a whole. Writes nothing."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from mesoclinic.core.text_files import Text, Unreadable
from patients.models import Factor

Resource = Mapping[str, Any]

KINDS = {
    "AllergyIntolerance": Factor.Kind.ALLERGY,
    "Condition": Factor.Kind.DISEASE,
    "MedicationRequest": Factor.Kind.MEDICINE,
    "MedicationStatement": Factor.Kind.MEDICINE,
}
#: What is kept of a bundle; a Medication only to give its name.
_READ = {"Patient", "Medication", *KINDS}

#: What a clinic would ask about, and what is not read here: said by kind and number, never dropped unsaid.
_NOT_READ = {
    "CarePlan", "DiagnosticReport", "FamilyMemberHistory", "Flag", "Immunization", "MedicationAdministration",
    "MedicationDispense", "Observation", "Procedure", "QuestionnaireResponse", "RiskAssessment",
}  # fmt: skip
_PREGNANCY_CODES = {"82810-3", "11449-6", "77386006", "127364007", "60001007", "11612004"}
#: An entry that asks for something else than that it be kept.
_NOT_TO_KEEP = {"DELETE", "PATCH", "GET", "HEAD"}
XML_TEXT = "This is FHIR as XML; send JSON. Export the records as FHIR R4 in JSON."
_NDJSON_TEXT = "This is FHIR with one resource a line (NDJSON); send one bundle as JSON."


def read_needed_bundle_entries(text: Text) -> list[dict[str, Any]]:
    """The entries of a bundle that matter here: their number, address and resource.

    Raises Unreadable for what is no bundle. What else a bundle holds (claims, encounters) is not looked at.
    """
    try:
        document = json.loads(text.text)
    except (ValueError, RecursionError) as error:
        if _is_ndjson(text.text):
            raise Unreadable(_NDJSON_TEXT) from error
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
    kept = [about] if (about := _about_bundle(document, entries)) else []
    for number, entry in enumerate(entries, start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if _asks_for_something_else(entry):
            continue
        if isinstance(resource, dict) and resource.get("resourceType") in _READ:
            url = entry.get("fullUrl")
            kept.append(
                {
                    "number": number,
                    "url": url if isinstance(url, str) else "",
                    "resource": _bare_resource_or_unprintable_mark(resource),
                }
            )
    return kept


def is_fhir_xml(text: Text) -> bool:
    return "http://hl7.org/fhir" in text.text[:5_000]


def _is_ndjson(text: str) -> bool:
    """Whether each of the first lines is a resource of its own."""
    lines = [line for line in text.splitlines() if line.strip()][:3]
    try:
        return len(lines) > 1 and all("resourceType" in json.loads(line) for line in lines)
    except (ValueError, TypeError, RecursionError):
        return False


def _asks_for_something_else(entry: Any) -> bool:
    """A deletion or a change by parts: nothing of it is registered."""
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and str(request.get("method")).upper() in _NOT_TO_KEEP


def _about_bundle(document: Resource, entries: list[Any]) -> dict[str, Any] | None:
    """What has to be said of the bundle as a whole, as an entry of its own; None where nothing has."""
    left: Counter[str] = Counter()
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if _asks_for_something_else(entry):
            left[
                f"{entry['request']['method'].upper()} asked for: an import registers, and does nothing else"
            ] += 1
        elif isinstance(resource, dict) and resource.get("resourceType") in _NOT_READ:
            left[_not_read_text(resource)] += 1
    listed = document.get("link")
    links = listed if isinstance(listed, list) else []
    is_page = any(isinstance(link, dict) and link.get("relation") == "next" for link in links)
    said = {
        "is_page": is_page,
        "unknown": document.get("resourceType") == "Bundle"
        and may_change_meaning(_without_entries(document)),
        "left": dict(left),
    }
    if not any(said.values()):
        return None
    return {"number": 0, "url": "", "resource": {"resourceType": "Bundle", **said}}


def _without_entries(document: Resource) -> Resource:
    return {name: part for name, part in document.items() if name != "entry"}


def _not_read_text(resource: Resource) -> str:
    """“pregnancy in an observation of 2026-05-01: not read, to be asked at the intake”."""
    kind = resource["resourceType"]
    concepts = (resource.get("code"), resource.get("valueCodeableConcept"))
    codes = set().union(*(concept_codes(one) for one in concepts if isinstance(one, dict)))
    if kind == "Observation" and codes & _PREGNANCY_CODES:
        said = onset_text(resource) or resource.get("issued")
        day = (
            f" of {said[:10]}" if isinstance(said, str) and earliest_date_or_none(said) else " without a date"
        )
        return f"pregnancy in an observation{day}: not read, to be asked at the intake"
    return f"{kind}: not read"


def may_change_meaning(part: Any) -> bool:
    """Holds a modifierExtension or implicitRules: whoever does not know it may not read the rest (FHIR R4, 2.4.0)."""
    if isinstance(part, dict):
        if part.get("modifierExtension") or part.get("implicitRules"):
            return True
        return any(may_change_meaning(one) for name, one in part.items() if name != "text")
    return isinstance(part, list) and any(map(may_change_meaning, part))


def _bare_resource_or_unprintable_mark(resource: Resource) -> dict[str, Any]:
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


def onset_text(resource: Resource) -> str:
    for name in ("onset", "effective"):
        if f"{name}DateTime" in resource:
            return str(resource[f"{name}DateTime"])
        if f"{name}Period" in resource:
            return str(resource[f"{name}Period"].get("start", ""))
    return str(resource.get("authoredOn", ""))


def earliest_date_or_none(text: str) -> date | None:
    """The day of an instant; of a month or a year its first day."""
    return complete_date_or_none((text + "-01-01")[:10]) if text else None


def complete_date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def concept_codes(concept: Resource) -> set[str]:
    return {coding.get("code", "") for coding in concept.get("coding", [])}
