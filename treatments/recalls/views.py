"""A recall: start it, see what it covers, call whom it concerns, close it. Names are for those who call."""

from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit, documents
from mesoclinic.core.csv_out import csv_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.long_work import takes_longer
from mesoclinic.core.moves import can_move
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.reasons import add_all_errors, posted_reason_by_code
from mesoclinic.core.time_limits import Work
from patients.models import Patient
from treatments.recalls import actions, queries, rules
from treatments.recalls.forms import AttemptForm, NoticeForm, StartForm
from treatments.recalls.models import ContactAttempt, RecallCase
from treatments.recalls.rules import CaseStatus
from treatments.stock.models import Lot

# ── starting ─────────────────────────────────────────────────────────────────────────────────────


@requires_permission(Permission.SEE_RECALLS)
@require_http_methods(["GET", "HEAD"])
def recall_list_page(request):
    page = queries.page_of_cases(request.clinic, Place.from_query(request.GET))
    return render(
        request,
        "treatments/recalls/recall_list.html",
        {
            "title": "Recalls",
            "nav_on": "recalls",
            "cases": page.rows,
            "page": pager_addresses(page, request.path),
        },
    )


@requires_permission(Permission.RUN_RECALLS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_start_recall_from_notice(request):
    """Paste a notice, look at the lots it names, start. Nothing is put aside before the last step."""
    if request.method != "POST":
        return _render_start_page(request, NoticeForm())
    notice = NoticeForm(request.POST)
    if not notice.is_valid():
        return _render_start_page(request, notice, status=422)
    text = notice.cleaned_data["notice"]
    reading = queries.lots_named_in_notice(text, request.clinic)
    if "reason" not in request.POST:
        form = StartForm(initial={"notice": text})
        return _render_start_page(request, notice, reading, form)
    lots = {named.lot.pk: named for named in reading.named}
    form = StartForm(request.POST, lots=lots)
    if not form.is_valid():
        return _render_start_page(request, notice, reading, form, status=422)
    chosen = [lots[pk] for pk in form.cleaned_data["lots"]]
    try:
        case = actions.start_recall_case(
            clinic=request.clinic,
            lots=[named.lot for named in chosen],
            reason=form.cleaned_data["reason"],
            measure=form.cleaned_data["measure"],
            notice=text,
            said={named.lot.pk: named.match.said for named in chosen},
            by=request.user,
        )
    except Refused as refused:
        return _render_start_page(request, notice, reading, form, refused=refused.findings, status=422)
    return _redirect_after_start(request, case)


def _render_start_page(request, notice, reading=None, form=None, *, refused=(), status=200):
    picked = None
    if form is not None and form.is_bound:
        picked = set(request.POST.getlist("lots"))
    return render(
        request,
        "treatments/recalls/recall_start.html",
        {
            "title": "Start a recall",
            "nav_on": "recalls",
            "notice": notice,
            "form": form,
            "forms": [each for each in (notice, form) if each is not None],
            "reading": reading,
            "named": [
                (named, named.chosen if picked is None else str(named.lot.pk) in picked)
                for named in (reading.named if reading else ())
            ],
            "refused": refused,
        },
        status=status,
    )


@requires_permission(Permission.RUN_RECALLS)
@require_POST
@once
def start_recall_of_lot(request, pk):
    """From a lot's own page: it is put aside and the list of who received it stands there."""
    lot = get_object_or_404(Lot.objects.of_clinic(request.clinic), pk=pk)
    try:
        case = actions.start_recall_case(
            clinic=request.clinic,
            lots=[lot],
            reason=request.POST.get("reason", ""),
            measure=request.POST.get("measure", RecallCase.Measure.RECALL.value),
            by=request.user,
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("stock:lot", pk=pk)
    return _redirect_after_start(request, case)


def _redirect_after_start(request, case):
    messages.success(request, "The lots are put aside. Tell those who received them.")
    if request.user.may(Permission.CONTACT_RECALLED):
        return redirect("recalls:contacts", pk=case.pk)
    return redirect("recalls:case", pk=case.pk)


# ── the case ─────────────────────────────────────────────────────────────────────────────────────


def _case_or_404(request, pk):
    """A recall that this clinic began, or that put aside a lot of its own."""
    return get_object_or_404(
        RecallCase.objects.concerning_clinic(request.clinic).select_related(
            "clinic", "opened_by", "ended_by"
        ),
        pk=pk,
    )


@requires_permission(Permission.SEE_RECALLS)
@require_http_methods(["GET", "HEAD"])
def recall_case_page(request, pk):
    """What it covers, in figures. No name stands here: the admin runs recalls and reads no patient records."""
    return _render_case_page(request, _case_or_404(request, pk))


def _render_case_page(request, case, *, refused=(), reasons=None, ending="", status=200):
    rows = list(queries.recall_lot_rows_of_case(case))
    lots = [row.lot_id for row in rows]
    tally = queries.recall_tally(case, lots)
    moved = queries.ml_by_lot_and_movement(lots)
    for row in rows:
        row.given_ml = -moved.get((row.lot_id, "use"), 0)
        row.away_ml = -sum(moved.get((row.lot_id, k), 0) for k in ("waste", "return"))
    findings = rules.check_recall_can_close(tally) if case.status == CaseStatus.OPEN else []
    return render(
        request,
        "treatments/recalls/recall_case.html",
        {
            "title": f"Recall {case.pk}",
            "nav_on": "recalls",
            "case": case,
            "rows": rows,
            "tally": tally,
            "findings": findings,
            "reasons": reasons or {},
            "missing": [f.code for f in refused if f.needs_reason],
            "refused": refused,
            "ending": ending,
            "can_close": not any(f.blocks for f in findings),
            "is_open": case.status == CaseStatus.OPEN,
            "can_reopen": can_move(rules.RECALL_MOVES, case.status, CaseStatus.OPEN),
        },
        status=status,
    )


@requires_permission(Permission.RUN_RECALLS)
@require_POST
@once
def recall_close(request, pk):
    case = _case_or_404(request, pk)
    reasons = posted_reason_by_code(request.POST)
    ending = request.POST.get("ending", "")
    try:
        actions.close_case(case=case, ending=ending, reasons=reasons, by=request.user)
    except Refused as refused:
        return _render_case_page(
            request, case, refused=refused.findings, reasons=reasons, ending=ending, status=422
        )
    messages.success(request, "The recall is closed. Its report is ready.")
    return redirect("recalls:case", pk=pk)


@requires_permission(Permission.RUN_RECALLS)
@require_POST
@once
def recall_reopen(request, pk):
    return _reopen_or_withdraw_and_redirect(request, pk, actions.reopen_case, "The recall is open again.")


@requires_permission(Permission.RUN_RECALLS)
@require_POST
@once
def recall_withdraw(request, pk):
    said = "The recall is withdrawn. The lots stay put aside."
    return _reopen_or_withdraw_and_redirect(request, pk, actions.withdraw_case, said)


def _reopen_or_withdraw_and_redirect(request, pk, action, said):
    """Reopen or withdraw a recall with the reason typed; what is refused stands on its page."""
    case = _case_or_404(request, pk)
    try:
        action(case=case, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        return _render_case_page(request, case, refused=refused.findings, status=422)
    messages.success(request, said)
    return redirect("recalls:case", pk=pk)


# ── whom to tell ─────────────────────────────────────────────────────────────────────────────────

SHOWN = {"": "Everyone", "todo": "Still to reach", "reached": "Reached"}


@requires_permission(Permission.CONTACT_RECALLED)
@require_http_methods(["GET", "HEAD"])
@transaction.atomic
def recall_contacts_page(request, pk):
    """Everyone who received it, with what was tried. Looking is a row in the audit log."""
    return _render_contacts_page(request, _case_or_404(request, pk))


def _render_contacts_page(request, case, *, wrong=None, status=200):
    lots = queries.lot_ids_of_case(case)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    found = queries.recipients_of_lots(
        case, lots, show=show, after=_key_of_last_person_shown_or_none(request), most=queries.PAGE + 1
    )
    people = found[: queries.PAGE]
    _audit_people_viewed(request, case, people, "contacts")
    here = reverse("recalls:contacts", args=[case.pk])
    kept = {"show": show} if show else {}
    last = people[-1] if len(found) > queries.PAGE else None
    following = urlencode({**kept, "after": last.patient_id}) if last is not None else ""
    return render(
        request,
        "treatments/recalls/recall_contacts.html",
        {
            "title": f"Recall {case.pk}: whom to tell",
            "nav_on": "recalls",
            "case": case,
            "tally": queries.recall_tally(case, lots),
            "people": [(person, _attempt_form_for(person, wrong)) for person in people],
            "forms": [wrong[1]] if wrong else [],
            "shown": SHOWN.items(),
            "show": show,
            "is_open": case.status == CaseStatus.OPEN,
            "page": {
                "previous": f"{here}?{urlencode(kept)}" if request.GET.get("after") else "",
                "next": f"{here}?{following}" if following else "",
            },
        },
        status=status,
    )


def _key_of_last_person_shown_or_none(request):
    """The (sort key, id) of the last person seen: by id, so that no name is in an address."""
    after = request.GET.get("after", "")
    if not after.isdecimal() or len(after) > 18:
        return None
    return Patient.objects.filter(pk=after).values_list("sort_key", "pk").first()


def _attempt_form_for(person, wrong):
    if wrong and wrong[0] == person.patient_id:
        return wrong[1]
    return AttemptForm(prefix=f"p{person.patient_id}", auto_id="id_%s")


def _audit_people_viewed(request, case, people, page):
    audit.record(
        by=request.user,
        did="recall.viewed",
        about=case,
        page=page,
        patients=[person.patient_id for person in people],
    )


def _recipient_or_404(case, patient_pk):
    """Nobody else's row is read here: whoever received nothing is not of this recall."""
    received = queries.recipients_of_lots(case, queries.lot_ids_of_case(case))
    if patient_pk not in {row.patient_id for row in received}:
        raise Http404
    return get_object_or_404(Patient, pk=patient_pk)


@requires_permission(Permission.CONTACT_RECALLED)
@require_POST
@once
def record_contact_attempt(request, pk, patient_pk):
    """Write down that somebody tried to reach a patient."""
    case = _case_or_404(request, pk)
    patient = _recipient_or_404(case, patient_pk)
    form = AttemptForm(request.POST, prefix=f"p{patient_pk}")
    if form.is_valid():
        try:
            actions.record_attempt_to_reach(case=case, patient=patient, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "Written down.")
            show = {"show": request.POST["show"]} if request.POST.get("show") else {}
            here = reverse("recalls:contacts", args=[pk])
            return redirect(f"{here}?{urlencode(show)}" if show else here)
    return _render_contacts_page(request, case, wrong=(patient_pk, form), status=422)


@requires_permission(Permission.CONTACT_RECALLED)
@require_http_methods(["GET", "HEAD"])
@transaction.atomic
@takes_longer(Work.EXPORT)
def recall_contacts_csv(request, pk):
    case = _case_or_404(request, pk)
    people = queries.recipients_of_lots(case, queries.lot_ids_of_case(case))
    _audit_people_viewed(request, case, people, "csv")
    header = (
        "record number",
        "name",
        "phone",
        "e-mail",
        "address",
        "sessions",
        "last session",
        "ml",
        "lots",
        "shared a vial with",
        "died",
        "reached",
        "attempts",
        "last outcome",
        "last note",
        "last tried at",
    )
    rows = (
        (
            p.record_number,
            p.name,
            p.phone,
            p.email,
            p.address,
            p.sessions,
            p.last_on,
            p.ml,
            ", ".join(p.lots),
            p.others,
            p.died_on,
            p.reached,
            p.attempts,
            p.outcome,
            p.note,
            p.at,
        )
        for p in people
    )
    return csv_response(f"recall-{case.pk}", header, rows)


# ── on paper ─────────────────────────────────────────────────────────────────────────────────────


@requires_permission(Permission.CONTACT_RECALLED)
@require_http_methods(["GET", "HEAD"])
@transaction.atomic
def unreached_patients_letters_pdf(request, pk):
    """One letter for each living person who was not reached yet; for one of them where ``for`` names the record."""
    case = _case_or_404(request, pk)
    wanted = request.GET.get("for", "")
    people = [
        person
        for person in queries.recipients_of_lots(case, queries.lot_ids_of_case(case), show="todo")
        if person.died_on is None and wanted in ("", str(person.patient_id))
    ]
    if not people:
        raise Http404
    _audit_people_viewed(request, case, people, "letters")
    today = timezone.localdate()
    products = sorted({row.lot.product.name for row in queries.recall_lot_rows_of_case(case)})
    letters = [
        {
            "name": person.name,
            "address": person.address,
            "record_number": person.record_number,
            "lots": list(person.lots),
            "sessions": person.sessions,
            "last_on": date_format(person.last_on, "j F Y"),
        }
        for person in people
    ]
    data = {
        "clinic": case.clinic.name,
        "country": case.clinic.country,
        "day": date_format(today, "j F Y"),
        "reason": case.reason,
        "products": products,
        "letters": letters,
    }
    return _pdf_response(f"recall-{case.pk}-letters", "treatments/recalls/letters.typ", data, today)


@requires_permission(Permission.RUN_RECALLS)
@require_http_methods(["GET", "HEAD"])
def closing_report_pdf(request, pk):
    """The closing report. In figures only: it may be sent on, and the admin may read it."""
    case = _case_or_404(request, pk)
    if case.status != CaseStatus.CLOSED:
        raise Http404
    rows = list(queries.recall_lot_rows_of_case(case))
    moved = queries.ml_by_lot_and_movement([row.lot_id for row in rows])
    figures = case.ending_figures

    def moved_ml_text(lot_id, *kinds):
        """How many ml of a lot left by these kinds of movement, in words."""
        out = sum((moved.get((lot_id, kind), ZERO) for kind in kinds), ZERO)
        return f"{plain_number_text(-out)} ml"

    attempts = dict.fromkeys(ContactAttempt.Outcome.values, 0)
    for outcome in case.attempts.values_list("outcome", flat=True):
        attempts[outcome] += 1
    data = {
        "clinic": case.clinic.name,
        "number": case.pk,
        "reason": case.reason,
        "measure": case.get_measure_display(),
        "opened": f"{_local_time_text(case.opened_at)}, {case.opened_by.display_name}",
        "closed": f"{_local_time_text(case.ended_at)}, {case.ended_by.display_name}",
        "ending": case.ending,
        "figures": [
            ["Patients who received it", str(figures["patients"])],
            ["Reached", str(figures["reached"])],
            ["Tried and not reached", str(figures["tried"])],
            ["Died since", str(figures["deceased"])],
            ["Sessions", str(figures["sessions"])],
            ["Given", f"{plain_number_text(Decimal(figures['given_ml']))} ml"],
            ["Still on the shelf at closing", f"{plain_number_text(Decimal(figures['on_hand_ml']))} ml"],
            ["Calls and letters", str(sum(attempts.values()))],
        ],
        "lots": [
            {
                "number": row.lot.number,
                "product": str(row.lot.product),
                "clinic": row.lot.clinic.name,
                "maker": f"{row.lot.maker}, {row.lot.country}",
                "received": date_format(row.lot.received_on, "j M Y"),
                "given": moved_ml_text(row.lot_id, "use"),
                "away": moved_ml_text(row.lot_id, "waste", "return"),
                "on_hand": f"{plain_number_text(row.lot.on_hand_ml)} ml",
            }
            for row in rows
        ],
    }
    day = timezone.localtime(case.ended_at).date()
    return _pdf_response(f"recall-{case.pk}-report", "treatments/recalls/report.typ", data, day)


def _local_time_text(at):
    return date_format(timezone.localtime(at), "j F Y, H:i")


def _pdf_response(name, template, data, on):
    response = HttpResponse(documents.render_pdf(template, data, on=on), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
