"""The page of an assessment: what it is, how severe, where."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit, autosave
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import posted_reason_by_code
from patients.models import Intake, Patient, records_of
from treatments.conditions.actions import assessments as actions
from treatments.conditions.forms.assessments import MEASURE_LINES, AssessForm, MeasureForm, ZoneForm
from treatments.conditions.queries import assessments as queries

KIND = "assessment"

#: What is usually measured first.
FIRST_MEASURES = ("HAIR_DENSITY", "PULL_TEST")


@requires_permission(Permission.ASSESS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_save_assessment(request, pk):
    patient = get_object_or_404(
        Patient.objects.annotate(
            likely_causes=Subquery(
                Intake.objects.filter(patient__in=records_of(OuterRef("pk")))
                .order_by("-taken_at", "-pk")
                .values("likely_causes")[:1]
            )
        ),
        pk=pk,
    )
    offered = queries.assessment_choices()
    if request.method != "POST":
        return _audit_and_render_autosaved_or_new(request, patient, offered)
    if "look" in request.POST:
        return _render_assess_page(
            request, patient, AssessmentForms.unchecked_as_typed(request.POST, offered, patient)
        )
    forms = AssessmentForms.from_posted(request.POST, offered, patient)
    if not forms.is_valid():
        return _render_assess_page(request, patient, forms, status=422)
    said = forms.values_for_action()
    try:
        actions.record_assessment(
            patient=patient, by=request.user, reasons=forms.typed_reason_by_code, **said
        )
    except Refused as refused:
        return _render_assess_page(request, patient, forms, refused=refused.findings, status=422)
    autosave.delete_autosave(owner=request.user, kind=KIND, subject=f"patient:{pk}")
    messages.success(request, "The assessment is saved.")
    found = [said["condition"], *said.get("others", ())]
    if risks := [each.name for each in found if each.factor_id is not None]:
        messages.warning(
            request,
            f"On record as a risk factor from now on: {', '.join(risks)}. The cocktail is checked against it.",
        )
    return redirect("next_step", pk=pk)


def _audit_and_render_autosaved_or_new(request, patient, offered):
    """As it was left, or a new one with the causes that the intake found."""
    with transaction.atomic():
        audit.record(by=request.user, did="patient.viewed", about=patient, patient_id=patient.pk, page=KIND)
    draft = autosave.autosave_or_none(owner=request.user, kind=KIND, subject=f"patient:{patient.pk}")
    if draft:
        forms = AssessmentForms.unchecked_as_typed(autosave.autosave_as_posted(draft), offered, patient)
        return _render_assess_page(request, patient, forms, saved_at=draft.saved_at)
    return _render_assess_page(request, patient, AssessmentForms.empty_with_likely_causes(offered, patient))


def _render_assess_page(request, patient, forms, *, refused=(), saved_at=None, status=200):
    judged = forms.values_read_so_far()
    findings = actions.findings_of_assessment(**judged) if judged["condition"] else []
    missing = [finding.code for finding in refused if finding.needs_reason]
    return render(
        request,
        "treatments/conditions/assess.html",
        {
            "title": "Assessment",
            "nav_on": "patients",
            "step": "assessment",
            "patient": patient,
            "form": forms.form,
            "forms": [*forms.zones, *forms.measures],
            "rows": [form.template_row for form in forms.zones],
            "measures": forms.measures,
            "total_area": sum(area for _, area in judged["zones"]),
            "findings": findings,
            "reasons": forms.typed_reason_by_code,
            "missing": missing,
            "refused": refused,
            "may_override": request.user.may(Permission.OVERRIDE),
            "autosave_kind": KIND,
            "autosave_subject": f"patient:{patient.pk}",
            "autosave_page": reverse("conditions:assess", args=[patient.pk]),
            "saved_at": saved_at,
        },
        status=status,
    )


@dataclass
class AssessmentForms:
    """The forms of one assessment, together; ``data`` is what was typed, None on a new one."""

    offered: queries.AssessmentChoices
    patient: Patient
    form: AssessForm
    zones: list
    measures: list
    data: object = None

    @classmethod
    def empty_with_likely_causes(cls, offered, patient):
        """Empty forms, with the causes that the intake found."""
        likely = set(patient.likely_causes or [])
        causes = [
            c.code
            for c in offered.conditions
            if c.role == "cause" and likely & {c.code, c.code.removeprefix("cause-")}
        ]
        usual = [*FIRST_MEASURES, *[""] * MEASURE_LINES][:MEASURE_LINES]
        return cls(
            offered,
            patient,
            AssessForm(offered=offered, sex=patient.sex_at_birth, initial={"causes": causes}),
            [ZoneForm(zone=zone) for zone in offered.zones],
            [
                MeasureForm(offered=offered, prefix=f"measure-{n}", initial={"scale": scale})
                for n, scale in enumerate(usual)
            ],
        )

    @classmethod
    def from_posted(cls, data, offered, patient):
        """Ready to be judged."""
        form = AssessForm(data, offered=offered, sex=patient.sex_at_birth)
        of = {"offered": offered, "condition": form.chosen}
        return cls(
            offered,
            patient,
            form,
            [ZoneForm(data, zone=zone) for zone in offered.zones],
            [MeasureForm(data, prefix=f"measure-{n}", **of) for n in range(MEASURE_LINES)],
            data,
        )

    @classmethod
    def unchecked_as_typed(cls, data, offered, patient):
        """As it was left: nothing is called wrong yet."""
        form = AssessForm.unchecked_as_typed(data, offered=offered, sex=patient.sex_at_birth)
        of = {"offered": offered, "condition": form.chosen}
        return cls(
            offered,
            patient,
            form,
            [ZoneForm.unchecked_as_typed(data, zone=zone) for zone in offered.zones],
            [MeasureForm.unchecked_as_typed(data, prefix=f"measure-{n}", **of) for n in range(MEASURE_LINES)],
            data,
        )

    @property
    def typed_reason_by_code(self):
        """The reasons typed beside findings, by the finding's code."""
        return posted_reason_by_code(self.data or {})

    def is_valid(self):
        wrong = [form for form in (self.form, *self.zones, *self.measures) if not form.is_valid()]
        return not wrong

    def values_read_so_far(self):
        """What can be read so far, for the rules."""
        if self.data is None:
            return {"condition": None, "zones": []}
        if not self.form.is_bound:
            return AssessmentForms.from_posted(self.data, self.offered, self.patient).values_read_so_far()
        self.is_valid()
        said = self.form.cleaned_data
        ordinal = bool(self.form.levels)
        figures = [form.scale_zone_and_figure_or_none for form in self.measures]
        return {
            "condition": said.get("condition"),
            "scale": said.get("scale"),
            "level": said.get("level") if ordinal else None,
            "value": None if ordinal else said.get("value"),
            "zones": [
                (form.zone, form.cleaned_data["area"])
                for form in self.zones
                if form.cleaned_data.get("on") and form.cleaned_data.get("area") is not None
            ],
            "measurements": [figure for figure in figures if figure],
        }

    def values_for_action(self):
        """Everything, for the action; call it on a valid one."""
        return self.values_read_so_far() | {
            name: self.form.cleaned_data[name] for name in ("others", "causes", "note")
        }
