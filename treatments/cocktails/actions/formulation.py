"""Begin a cocktail, set what is in it, and copy it into a new version or a saved formulation."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate, raise_if_found, refusal_without_override
from mesoclinic.core.locking import lock_row
from patients.models import Patient, records_of
from treatments.cocktails.models import Cocktail, CocktailVersion, Component
from treatments.cocktails.queries.catalogue import Offered
from treatments.cocktails.rules.formulation import (
    LineToDraw,
    check_cocktail_change_has_reason,
    check_cocktail_name_length,
    check_formulation_name_free_and_filled,
    check_lines_can_be_drawn,
    check_patient_record_is_open,
)
from treatments.cocktails.rules.versions import Drawn, Formula, changed_meanwhile_finding
from treatments.conditions.models import Assessment

Status = CocktailVersion.Status
LONGEST_PAPER_NAME = 80


@transaction.atomic
def audit_cocktail_view(*, patient: Patient, by: User, page: str = "cocktail") -> None:
    """Say that ``by`` saw this patient's cocktail, or printed a document of it (``page``)."""
    audit.record(by=by, did="patient.viewed", about=patient, patient_id=patient.pk, page=page)


@transaction.atomic
def reopen_or_start_cocktail(
    *,
    patient: Patient,
    by: User,
    clinic: Clinic,
    name: str | None = None,
    paper_name: str = "",
    from_version: CocktailVersion | None = None,
) -> CocktailVersion:
    """The patient's one draft: opened again where there is one, else begun, empty or from ``from_version``.

    Nothing of what was signed for somebody else is taken over: the copy is a draft, and every check is
    made again for this patient. A product that may no longer be used is left out of the copy.
    """
    patient = lock_row(Patient, patient.pk)
    raise_if_found(
        check_patient_record_is_open(patient.died_on, is_merged=patient.merged_into_id is not None)
    )
    made = list(
        CocktailVersion.objects.filter(cocktail__patient__in=records_of(patient))
        .select_related("cocktail")
        .order_by("-pk")
    )
    for known in made:
        if not known.is_signed and known.cocktail.retired_at is None:
            return known
    version = _create_cocktail_with_first_version(
        patient=patient,
        by=by,
        clinic=clinic,
        name=(name or "").strip() or _next_cocktail_name(len({each.cocktail_id for each in made})),
        like=from_version,
        paper_name=paper_name.strip(),
    )
    if from_version is not None:
        _copy_usable_components(from_version, version)
    audit.record(
        by=by,
        did="cocktail.started",
        about=version,
        patient_id=patient.pk,
        from_version=from_version.pk if from_version else None,
    )
    return version


@transaction.atomic
def save_draft_contents(
    *,
    version: CocktailVersion,
    lines: Sequence[tuple[Offered, Decimal]],
    kind: str,
    syringe_ml: Decimal,
    name: str,
    by: User,
    revision: int,
    sessions: int = 1,
    every_days: int = 14,
) -> CocktailVersion:
    """The whole formulation page at once: ``lines`` in the order they are drawn, over what stood there before.

    ``sessions`` (1 to 52) and ``every_days`` (1 to 365): the course the doses are reckoned for. Where the draft was
    changed since ``revision``, nothing is written and the refusal tells both; nothing either where nothing differs.
    """
    version = lock_version(version)
    if version.is_signed:
        raise Refused.because("This cocktail is signed. Make a new version to change it.", code="signed")
    drawn = [LineToDraw(product.code, product.label, ml, product.blocked) for product, ml in lines]
    found = (check_cocktail_name_length(name), *check_lines_can_be_drawn(drawn))
    gate(each for each in found if each is not None)
    before = list(version.components.select_related("product").order_by("position", "pk"))
    wanted = Formula(
        tuple(Drawn(product.code, product.label, ml) for product, ml in lines),
        kind,
        syringe_ml,
        sessions,
        every_days,
    )
    stands = Formula(
        tuple(Drawn(each.product.code, str(each.product), each.ml) for each in before),
        version.kind,
        version.syringe_ml,
        version.sessions,
        version.every_days,
    )
    is_renamed = version.cocktail.name != name.strip()
    if wanted == stands and not is_renamed:
        return version
    if version.revision != revision:
        raise Refused(changed_meanwhile_finding(stands, wanted))
    _save_and_delete_changed_components(version, before, lines)
    version.kind, version.syringe_ml = kind, syringe_ml
    version.sessions, version.every_days = sessions, every_days
    version.revision = revision + 1
    version.save(update_fields=["kind", "syringe_ml", "sessions", "every_days", "revision"])
    if is_renamed:
        version.cocktail.name = name.strip()
        version.cocktail.save(update_fields=["name"])
    audit.record(
        by=by,
        did="cocktail.changed",
        about=version,
        patient_id=version.cocktail.patient_id,
        components={product.code: str(ml) for product, ml in lines},
    )
    return version


@transaction.atomic
def reopen_or_start_next_version(*, version: CocktailVersion, by: User, reason: str) -> CocktailVersion:
    """The next version of a signed cocktail, a draft that holds the same; the open draft where there is one."""
    cocktail = lock_row(Cocktail, version.cocktail_id)
    last = CocktailVersion.objects.filter(cocktail=cocktail).order_by("-number")[0]
    if not last.is_signed:
        return last
    reason = reason.strip()
    raise_if_found(check_cocktail_change_has_reason(reason))
    draft = CocktailVersion.objects.create(
        cocktail=cocktail,
        number=last.number + 1,
        assessment=_latest_assessment_or_none(cocktail.patient_id),
        kind=last.kind,
        syringe_ml=last.syringe_ml,
        sessions=last.sessions,
        every_days=last.every_days,
        created_by=by,
        reason=reason,
    )
    _copy_usable_components(last, draft)
    audit.record(
        by=by,
        did="cocktail.version_started",
        about=draft,
        patient_id=cocktail.patient_id,
        number=draft.number,
    )
    return draft


@transaction.atomic
def save_version_as_formulation(*, version: CocktailVersion, name: str, by: User) -> CocktailVersion:
    """Keep what a version holds under a name of the clinic's own, for other patients to start from."""
    name = name.strip()
    clinic = lock_row(Clinic, version.cocktail.clinic_id)
    same = Cocktail.objects.filter(clinic=clinic, patient=None, retired_at=None, name__iexact=name)
    raise_if_found(
        check_formulation_name_free_and_filled(
            name, is_taken=same.exists(), is_empty=not _usable_components(version).exists()
        )
    )
    saved = _create_cocktail_with_first_version(patient=None, by=by, clinic=clinic, name=name, like=version)
    _copy_usable_components(version, saved)
    audit.record(
        by=by,
        did="cocktail.saved_as_formulation",
        about=saved,
        patient_id=version.cocktail.patient_id,
        from_version=version.pk,
    )
    return saved


@transaction.atomic
def save_paper_name(*, version: CocktailVersion, paper_name: str, by: User) -> Cocktail:
    """What papers and the desk call the cocktail from now on; empty: “Cocktail”. What was issued stays as it is."""
    refuse_unless_allowed(by, Permission.FORMULATE)
    cocktail = lock_row(Cocktail, version.cocktail_id)
    name = paper_name.strip()
    if len(name) > LONGEST_PAPER_NAME:
        message = f"Say it in {LONGEST_PAPER_NAME} characters or fewer."
        raise refusal_without_override("cocktail:paper-name", message, "paper_name")
    if name != cocktail.paper_name:
        cocktail.paper_name = name
        cocktail.save(update_fields=["paper_name"])
        audit.record(by=by, did="cocktail.named_on_papers", about=version, patient_id=cocktail.patient_id)
    return cocktail


def lock_version(version: CocktailVersion) -> CocktailVersion:
    """The row as it now is, held until the transaction ends; every change of its components waits for it."""
    return lock_row(CocktailVersion, version.pk, "cocktail")


def _save_and_delete_changed_components(
    version: CocktailVersion, before: Iterable[Component], lines: Sequence[tuple[Offered, Decimal]]
) -> None:
    """Only what differs is touched: a line that stays as it was asks the database nothing again."""
    stood = {each.product_id: (each.ml, each.position) for each in before}
    wanted = {product.pk: (ml, position) for position, (product, ml) in enumerate(lines)}
    if gone := stood.keys() - wanted.keys():
        Component.objects.filter(version=version, product__in=gone).delete()
    changed = [
        Component(version=version, product_id=pk, ml=ml, position=position)
        for pk, (ml, position) in wanted.items()
        if stood.get(pk) != (ml, position)
    ]
    if changed:
        Component.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["version", "product"],
            update_fields=["ml", "position"],
        )


def _create_cocktail_with_first_version(
    *,
    patient: Patient | None,
    by: User,
    clinic: Clinic,
    name: str,
    like: CocktailVersion | None,
    paper_name: str = "",
) -> CocktailVersion:
    cocktail = Cocktail.objects.create(
        clinic=clinic, patient=patient, name=name[:80], paper_name=paper_name[:80], created_by=by
    )
    version = CocktailVersion(
        cocktail=cocktail,
        number=1,
        created_by=by,
        assessment=_latest_assessment_or_none(patient.pk) if patient else None,
    )
    if like is not None:
        version.kind, version.syringe_ml = like.kind, like.syringe_ml
        version.sessions, version.every_days = like.sessions, like.every_days
    version.save(force_insert=True)
    return version


def _usable_components(version: CocktailVersion) -> QuerySet[Component]:
    """What a version holds, in the order drawn, less what may no longer be used at all."""
    return (
        version.components.filter(product__blocked=False)
        .exclude(product__ingredients__status="blocked")
        .order_by("position", "pk")
    )


def _copy_usable_components(like: CocktailVersion, version: CocktailVersion) -> None:
    """The same products in the same order, less those that may no longer be used at all."""
    Component.objects.bulk_create(
        Component(version=version, product_id=each.product_id, ml=each.ml, position=position)
        for position, each in enumerate(_usable_components(like))
    )


def _latest_assessment_or_none(patient_id: int | None) -> Assessment | None:
    return (
        Assessment.objects.filter(patient__in=records_of(patient_id or 0))
        .order_by("-assessed_at", "-pk")
        .first()
    )


def _next_cocktail_name(made: int) -> str:
    """Mix A, Mix B… by how many the patient has had."""
    return f"Mix {chr(ord('A') + made)}" if made < 26 else f"Mix {made + 1}"
