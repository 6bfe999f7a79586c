"""The worksheet, the label and the patient leaflet of a cocktail as PDF."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.utils import formats, timezone
from django.views.decorators.http import require_GET

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.documents import pdf_response, qr_code_svg
from mesoclinic.core.quantities import dose_mg, round_mg
from patients.models import Patient
from treatments.cocktails.actions.formulation import audit_cocktail_view
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, Offered, catalogue_of_clinic
from treatments.cocktails.queries.documents import (
    Step,
    anonymous_signed_or_saved_versions_of_clinic,
    citations_and_addresses,
    cocktail_code,
    formulation_name_or_cocktail_code,
    ingredients_by_code,
    steps_to_draw_from_lots,
)
from treatments.cocktails.queries.formulation import (
    formula_of_version,
    formulation_annotated_on_version,
    patient_of_version,
    patient_version_with_formulation_or_none,
)
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.beyond_use import BEYOND_USE_SOURCE, opened_container_rest_text
from treatments.cocktails.rules.education import explain_substance_for_leaflet
from treatments.cocktails.views.figures import number_text
from treatments.cocktails.views.other_treatments import OtherChoice, other_treatment_choices
from treatments.stock.models import Lot

SHEET = "treatments/cocktails/worksheet.typ"

LABEL = "treatments/cocktails/label.typ"

LEAFLET = "treatments/cocktails/leaflet.typ"

#: What every leaflet says, and who says so (docs/clinical.md §2.8, §3, §8, §14).
GENERAL_SOURCES = {"SEED", "SACEDA22", "HAS14", "CUREUS24"}


@require_GET
@requires_permission(Permission.FORMULATE)
def preparation_sheet_pdf(request, pk: int) -> HttpResponse:
    """The sheet of a signed cocktail before its session: which lots are proposed, first to expire first."""
    version, sheet = _audited_version_and_sheet_or_404(request, pk)
    return pdf_response(SHEET, asdict(sheet), f"preparation-{cocktail_code(version)}")


@require_GET
@requires_permission(Permission.FORMULATE)
def cocktail_label_pdf(request, pk: int) -> HttpResponse:
    """The label alone, for a label printer of 62 × 40 mm."""
    version, sheet = _audited_version_and_sheet_or_404(request, pk)
    return pdf_response(LABEL, asdict(sheet.label), f"label-{cocktail_code(version)}")


@require_GET
@requires_permission(Permission.SEE_COCKTAILS)
def anonymous_leaflet_pdf(request, pk: int) -> HttpResponse:
    """The leaflet: what it is, what for, how sure that is, what is off-label. No word of a patient in it."""
    version = (
        anonymous_signed_or_saved_versions_of_clinic(request.clinic).filter(pk=pk).first()
        if request.clinic
        else None
    )
    if version is None:
        raise Http404
    leaflet = _leaflet_fields(version, catalogue_of_clinic(request.clinic), request.clinic)
    return pdf_response(LEAFLET, leaflet, f"leaflet-{cocktail_code(version)}")


@require_GET
@requires_permission(Permission.FORMULATE)
def leaflet_for_patient_pdf(request, pk: int) -> HttpResponse:
    """The leaflet for the patient of a cocktail: with what helps beside it, by what was assessed and answered."""
    on = timezone.localdate()
    version = patient_version_with_formulation_or_none(pk, on=on, user=request.user)
    if version is None:
        raise Http404
    clinic = version.cocktail.clinic
    catalogue = catalogue_of_clinic(clinic)
    audit_cocktail_view(patient=patient_of_version(version), by=request.user, page="education")
    leaflet = _leaflet_fields(version, catalogue, clinic, beside=other_treatment_choices(version, catalogue))
    return pdf_response(LEAFLET, leaflet, f"leaflet-{cocktail_code(version)}")


def _leaflet_fields(
    version: CocktailVersion, catalogue: Catalogue, clinic: Clinic, beside: Sequence[OtherChoice] = ()
) -> dict[str, object]:
    """What templates/treatments/cocktails/leaflet.typ prints."""
    formula = formula_of_version(version)
    mix = catalogue.build_mix_of_known_products(
        [(line.product_code, line.ml) for line in formula.lines],
        kind=version.kind,
        syringe_ml=version.syringe_ml,
    )
    held = held_by_substance_code(mix)
    known = ingredients_by_code(list(held))
    explained = [
        explain_substance_for_leaflet(
            part.substance, catalogue.rulebook, regulatory=known[code].regulatory_status
        )
        for code, part in held.items()
    ]
    actives = [each for each, part in zip(explained, held.values(), strict=True) if part.substance.is_active]
    keys = {key for each in known.values() for key in each.source_keys} | GENERAL_SOURCES
    return {
        "title": f"About your treatment: {formulation_name_or_cocktail_code(version)}",
        "code": cocktail_code(version),
        "clinic": clinic.name,
        "beside": [asdict(each) for each in beside],
        "single": version.kind == version.Kind.SINGLE,
        "actives": [each.name for each in actives],
        "parts": [
            {
                "name": each.name,
                "kind": each.kind,
                "sentences": each.sentences,
                "contested": each.contested,
                "off_label": each.off_label,
                "tell_us": [_lowercase_label_inside_sentence(label) for label in each.tell_us],
                "reviewed": known[code].reviewed_at is not None,
            }
            for code, each in zip(held, explained, strict=True)
        ],
        "sources": [citation for citation, _ in citations_and_addresses(keys - {"GK"})],
        "printed": date_text(timezone.localdate()),
    }


@dataclass(frozen=True, slots=True)
class SheetLot:
    """A lot to draw from, as text."""

    number: str
    ml: str
    expires: str
    opened: bool


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One product in the order drawn; ``missing`` is what the shelf does not hold."""

    product: str
    ml: str
    mg: str
    beyond_use: str
    lots: list[SheetLot]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What label.typ prints."""

    code: str
    picture: str
    patient: str
    record: str
    born: str
    name: str
    total: str
    prepared: str
    checked: str
    use_before: str
    clinic: str
    void: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What worksheet.typ prints, the label on it."""

    title: str
    code: str
    picture: str
    patient: str
    record: str
    born: str
    allergies: list[str]
    name: str
    kind: str
    clinic: str
    steps: list[SheetStep]
    total: str
    syringe: str
    signed: str
    overrides: list[str]
    prepared: str
    checked: str
    use_before: str
    beyond_use_source: str
    printed: str
    label: Label


def _audited_version_and_sheet_or_404(request, pk: int) -> tuple[CocktailVersion, Sheet]:
    now = timezone.now()
    today = timezone.localdate(now)
    version = patient_version_with_formulation_or_none(pk, on=today, user=request.user)
    if version is None or not version.is_signed:
        raise Http404
    patient = patient_of_version(version)
    audit_cocktail_view(patient=patient, by=request.user, page="preparation")
    clinic = version.cocktail.clinic
    catalogue = catalogue_of_clinic(clinic)
    steps = steps_to_draw_from_lots(version, catalogue, clinic, today, now)
    return version, build_preparation_sheet(
        code=cocktail_code(version),
        name=f"{version.cocktail.name}, version {version.number}",
        kind=version.get_kind_display(),
        patient=patient,
        allergies=[
            f["label"] for f in formulation_annotated_on_version(version)["factors"] if f["kind"] == "allergy"
        ],
        clinic=clinic.name,
        steps=[_preparation_sheet_step(step) for step in steps],
        total_ml=sum((step.ml for step in steps), Decimal(0)),
        syringe_ml=version.syringe_ml,
        signed=signed_by_and_when_or_empty(version),
        overrides=[
            f"{o['message']} “{o['reason']}”" for o in formulation_annotated_on_version(version)["overrides"]
        ],
        now=now,
    )


def build_preparation_sheet(
    *,
    code: str,
    name: str,
    kind: str,
    patient: Patient,
    allergies: Sequence[str],
    clinic: str,
    steps: Sequence[SheetStep],
    total_ml: Decimal,
    syringe_ml: Decimal,
    signed: str,
    overrides: Sequence[str],
    now: datetime,
    prepared: str = "",
    checked: str = "",
    use_before: str = "",
    void: str = "",
) -> Sheet:
    """The sheet of a syringe, with its label: before its session, or as it was drawn for one.

    ``void``: why both count no more; it is printed on them, with VOID across.
    """
    label = Label(
        code=code,
        picture=qr_code_svg(code),
        patient=patient.full_name,
        record=patient.record_number,
        born=date_text(patient.birth_date) if patient.birth_date else "",
        name=name,
        total=f"{number_text(total_ml)} ml",
        prepared=prepared,
        checked=checked,
        use_before=use_before,
        clinic=clinic,
        void=void,
    )
    return Sheet(
        title=f"Preparation sheet {code}",
        code=code,
        picture=label.picture,
        patient=label.patient,
        record=label.record,
        born=label.born,
        allergies=list(allergies),
        name=name,
        kind=kind,
        clinic=clinic,
        steps=list(steps),
        total=label.total,
        syringe=f"{number_text(syringe_ml)} ml",
        signed=signed,
        overrides=list(overrides),
        prepared=prepared,
        checked=checked,
        use_before=use_before,
        beyond_use_source=BEYOND_USE_SOURCE,
        printed=instant_text(now),
        label=label,
    )


def _preparation_sheet_step(step: Step) -> SheetStep:
    return SheetStep(
        product=step.product.label,
        ml=f"{number_text(step.ml)} ml",
        mg=product_mg_text_or_empty(step.product, step.ml),
        beyond_use=opened_container_rest_text(step.product.presentation, step.product.in_use_hours),
        lots=[preparation_sheet_lot(take.lot, take.ml) for take in step.takes],
        missing=f"{number_text(step.missing_ml)} ml" if step.missing_ml else "",
    )


def preparation_sheet_lot(lot: Lot, ml: Decimal) -> SheetLot:
    return SheetLot(
        number=lot.number,
        ml=f"{number_text(ml)} ml",
        expires=date_text(lot.expires_on),
        opened=lot.opened_until is not None,
    )


def signed_by_and_when_or_empty(version: CocktailVersion) -> str:
    """Who signed it and when; nothing of a draft."""
    if version.signed_by is None or version.signed_at is None:
        return ""
    return f"{version.signed_by.display_name}, {instant_text(version.signed_at)}"


def product_mg_text_or_empty(product: Offered, ml: Decimal) -> str:
    """``250 mg``; nothing where its label does not say how strong it is."""
    if product.single_content_mg_per_ml_or_none is None:
        return ""
    return f"{number_text(round_mg(dose_mg(ml, product.single_content_mg_per_ml_or_none)))} mg"


def products_by_id(catalogue: Catalogue) -> dict[int, Offered]:
    return {product.pk: product for product in catalogue.products.values()}


def _lowercase_label_inside_sentence(label: str) -> str:
    """A label inside a sentence: “Heart disease” → “heart disease”, but “G6PD deficiency” stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def date_text(day: date) -> str:
    return formats.date_format(day, "j M Y")


def instant_text(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j M Y, H:i")
