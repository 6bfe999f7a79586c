"""The rules as rows: read by all, edited by an admin, signed by a clinician."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from treatments.catalogue.actions.safety_rules import add_rule, change_rule_now_or_plan
from treatments.catalogue.actions.versions import mark_row_reviewed
from treatments.catalogue.forms.own_blood import BloodLimitForm, OtherTreatmentForm
from treatments.catalogue.forms.safety_rules import (
    ContraindicationForm,
    DoseLimitForm,
    IndicationForm,
    InteractionForm,
    RuleFilterForm,
)
from treatments.catalogue.forms.versions import ChangeForm, ReasonForm
from treatments.catalogue.forms.volume_limits import VolumeLimitForm
from treatments.catalogue.models import DoseLimit, Ingredient
from treatments.catalogue.queries.safety_rules import (
    KINDS,
    page_of_filtered_rules,
    rule_line,
    sources_cited_in_rows,
    unreviewed_counts_by_kind,
)
from treatments.catalogue.queries.versions import (
    planned_changes_of_row,
    row_name_text,
    rows_with_history,
    version_history,
)
from treatments.catalogue.views.versions import (
    asks_impact_only,
    show_change_saved_message,
    show_or_save_retirement,
)

#: What is edited here; an ingredient has a page of its own.
FORMS = {
    "doses": DoseLimitForm,
    "volumes": VolumeLimitForm,
    "blood": BloodLimitForm,
    "others": OtherTreatmentForm,
    "pairs": InteractionForm,
    "contraindications": ContraindicationForm,
    "indications": IndicationForm,
}


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def rule_list_page(request):
    """What nobody here has reviewed yet, or all, kind by kind."""
    filters = RuleFilterForm(request.GET)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    kind = KINDS[chosen.get("kind") or "doses"]
    text, show = chosen.get("text", ""), chosen.get("show", "")
    page = page_of_filtered_rules(kind, text=text, show=show, place=Place.from_query(request.GET))
    here = reverse("catalogue:rule_list")
    counts = unreviewed_counts_by_kind()
    return render(
        request,
        "treatments/catalogue/safety_rule_list.html",
        {
            "title": "Rules",
            "nav_on": "catalogue",
            "filters": filters,
            "kind": kind,
            "kinds": [
                (each, counts[each.key], f"{here}?{urlencode({'kind': each.key, 'show': show})}")
                for each in KINDS.values()
            ],
            "has_form": kind.key in FORMS,
            "show": show,
            "filtered": bool(text),
            "lines": page.rows,
            "sources": sources_cited_in_rows(line.row for line in page.rows),
            "then": request.get_full_path(),
            "page": pager_addresses(page, here, chosen),
        },
    )


@requires_permission(Permission.SEE_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def rule_page(request, kind, pk):
    of_kind = _rule_kind_or_404(kind, FORMS)
    rows = rows_with_history(of_kind.rows_with_reviewer_and_version, of_kind.model._meta.label_lower)
    row = get_object_or_404(rows, pk=pk)
    line = rule_line(of_kind, row)
    return render(
        request,
        "treatments/catalogue/safety_rule.html",
        {
            "title": line.about,
            "nav_on": "catalogue",
            "line": line,
            "sources": sources_cited_in_rows([row]),
            "history": version_history(row),
            "planned": planned_changes_of_row(row),
            "then": request.path,
        },
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def rule_add(request, kind):
    of_kind = _rule_kind_or_404(kind, FORMS)
    about = Ingredient.objects.filter(code=request.GET.get("of", "")).first()
    given = {"ingredient": about, "first": about} if about else {}
    if kind == "doses" and about:
        given["kind"] = DoseLimit.Kind.CLINIC  # asked for where no limit is on file: it is the clinic's own
    form = FORMS[kind](request.POST or None, initial=given)
    why = ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), why.is_valid()]):
            try:
                row = add_rule(
                    row=of_kind.model(**form.row_values), by=request.user, reason=why.cleaned_data["reason"]
                )
            except Refused as refused:
                add_all_errors(refused, form, why)
            else:
                messages.success(request, "Added. It holds from now on; a clinician has to sign it.")
                return redirect("catalogue:rule", kind=kind, pk=row.pk)
    return _render_rule_form_page(request, f"New {of_kind.one}", of_kind, None, form, why, status=status)


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def rule_edit(request, kind, pk):
    of_kind = _rule_kind_or_404(kind, FORMS)
    row = get_object_or_404(of_kind.rows_with_reviewer_and_version, pk=pk)
    form = FORMS[kind](request.POST or None, instance=get_object_or_404(of_kind.model, pk=pk))
    why = ChangeForm(request.POST or None, initial={"version": row.version})
    status, affects = 200, False
    if request.method == "POST":
        status = 422
        if all([form.is_valid(), why.is_valid()]):
            if asks_impact_only(request):
                status, affects = 200, True
            else:
                try:
                    planned = change_rule_now_or_plan(
                        row=row, changes=form.row_values, by=request.user, **why.cleaned_data
                    )
                except Refused as refused:
                    add_all_errors(refused, form, why)
                else:
                    show_change_saved_message(request, row_name_text(row), planned)
                    return redirect("catalogue:rule", kind=kind, pk=pk)
    return _render_rule_form_page(
        request, f"Edit: {row_name_text(row)}", of_kind, row, form, why, status=status, affects=affects
    )


def _render_rule_form_page(request, title, kind, row, form, why, *, status, affects=False):
    return render(
        request,
        "treatments/catalogue/safety_rule_form.html",
        {
            "title": title,
            "nav_on": "catalogue",
            "kind": kind,
            "row": row,
            "form": form,
            "why": why,
            "forms": [form, why],
            "changed": row,
            "affects": affects,
        },
        status=status,
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def retire_or_restore_rule(request, kind, pk):
    row = get_object_or_404(_rule_kind_or_404(kind, FORMS).rows_with_reviewer_and_version, pk=pk)
    then = reverse("catalogue:rule", kwargs={"kind": kind, "pk": pk})
    return show_or_save_retirement(request, row, row_name_text(row), then)


@requires_permission(Permission.REVIEW_RULES)
@require_POST
@once
def mark_rule_reviewed(request, kind, pk):
    """One click: this clinician has read the row as it stands, and stands behind it."""
    row = get_object_or_404(_rule_kind_or_404(kind, KINDS).rows_with_reviewer_and_version, pk=pk)
    version = request.POST.get("version", "")
    try:
        mark_row_reviewed(
            row=row, version=int(version) if version.isdecimal() and len(version) < 9 else -1, by=request.user
        )
    except Refused as refused:
        messages.error(request, f"{row_name_text(row)}: {refused}")
    else:
        messages.success(request, f"Reviewed: {row_name_text(row)}.")
    return redirect(_safe_return_url(request, kind))


def _safe_return_url(request, kind):
    """The page the button stood on, where that is one of ours."""
    then = request.POST.get("then", "")
    ours = (reverse("catalogue:rule_list"), reverse("catalogue:ingredient_list"))
    if then.startswith(ours) and "\\" not in then:
        return then
    return f"{reverse('catalogue:rule_list')}?{urlencode({'kind': kind})}"


def _rule_kind_or_404(key, known):
    """The kind of rule of this key; Http404 where it is none of ``known``."""
    if key not in known:
        raise Http404
    return KINDS[key]
