"""The pages of plans, quotes, payments and prices."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.forms import BaseForm
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from mesoclinic.core.quantities import plain, round_money
from mesoclinic.core.signatures import svg_path
from patients.actions import note_viewing
from patients.models import Patient
from treatments.plans import actions, queries
from treatments.plans.actions.drafts import EXTRAS
from treatments.plans.forms import (
    PRICE_FIELDS,
    AcceptForm,
    DiscountForm,
    PlanForm,
    PriceListForm,
    price_forms,
)
from treatments.plans.forms.money import (
    ExtraForm,
    OwnOptionForm,
    PaymentForm,
    RefundForm,
    SendForm,
    TermsForm,
)
from treatments.plans.models import PlanSettings, PriceList, Quote, TreatmentPlan
from treatments.plans.queries.margin import margins_of
from treatments.plans.rules import (
    PLAN_MOVES,
    Due,
    PlanStatus,
    QuoteStatus,
    can_move,
    course_findings,
    due_by,
    insurance_words,
    interval_words,
)

# What every refused POST shares ------------------------------------------------


def at_fields(form: BaseForm, refused: Refused) -> list[Any]:
    """Put each finding at the field it names; the others are returned, for the summary."""
    rest = []
    for finding in refused.findings:
        if finding.fixed and finding.where in form.fields:
            form.add_error(finding.where, finding.message)
        else:
            rest.append(finding)
    return rest


def _reasons(posted: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("reason:"): posted[name] for name in posted if name.startswith("reason:")}


def _today():
    return timezone.localdate()


# --- making a plan -----------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(Permission.PLAN)
@once
def start(request, pk):
    """Choose the signed cocktail and the protocol; on save its first quote stands ready to issue."""
    assessment = queries.latest_assessment(pk)
    patient = assessment.patient if assessment else get_object_or_404(Patient, pk=pk)
    context = {
        "patient": patient,
        "step": "plan",
        "title": "Plan",
        "nav_on": "patients",
        "assessment": assessment,
    }
    if assessment is None:
        return render(request, "treatments/plans/start.html", context)
    cocktails = list(queries.signed_cocktails(pk, request.clinic))
    protocols = list(queries.protocols_for(assessment.condition_id))
    context |= {"cocktails": cocktails, "protocols": protocols}
    if not cocktails or not protocols:
        return render(request, "treatments/plans/start.html", context)
    choices = {"cocktails": cocktails, "protocols": protocols}
    if request.method == "POST" and "fill" not in request.POST:
        return _start_save(request, assessment, context, choices)
    form = _start_form(request, choices)
    context |= {"form": form, "findings": _preview(form, request.clinic)}
    if request.method == "GET":
        note_viewing(patient=patient, by=request.user, page="plan")
    return render(request, "treatments/plans/start.html", context)


def _start_form(request, choices) -> PlanForm:
    """As the protocol says: the nearest one, or (``fill``) the one just chosen."""
    typed = request.POST if "fill" in request.POST else {}
    chosen = PlanForm(**choices).protocol_of(typed.get("protocol"))
    protocol = chosen or _usual_protocol(choices["protocols"], request.clinic.review_at_session)
    sessions = protocol.sessions_default or protocol.sessions_min or queries.REVIEW_SESSION
    return PlanForm(
        initial={
            "cocktail": typed.get("cocktail") or choices["cocktails"][0].pk,
            "protocol": protocol.pk,
            "sessions": sessions,
            "intervals": list(protocol.intervals) or [14],
            "technique": protocol.technique,
            "name": typed.get("name", ""),
        },
        **choices,
    )


def _usual_protocol(protocols, review_at) -> Any:
    """A clinic's own cocktail schedule that reaches the review; those for a condition are mostly trials
    of one drug, and the clinician picks them."""
    reaching = [
        protocol
        for protocol in protocols
        if protocol.condition_id is None and (protocol.sessions_default or 0) >= review_at
    ]
    return next(iter([*reaching, *protocols]))


def _preview(form: PlanForm, clinic) -> list[Any]:
    """What saving would ask about, said before it is asked."""
    given = form.initial
    protocol: Any = form.protocol_of(given["protocol"])
    return course_findings(
        given["sessions"], given["intervals"], protocol.as_fact(), review_at=clinic.review_at_session
    )


def _start_save(request, assessment, context, choices):
    form = PlanForm(request.POST, **choices)
    if form.is_valid():
        typed = form.cleaned_data
        reasons = _reasons(request.POST)
        try:
            plan = actions.draft_plan(
                patient=assessment.patient,
                assessment=assessment,
                cocktail_version=typed["cocktail"],
                protocol=typed["protocol"],
                name=typed["name"],
                sessions_planned=typed["sessions"],
                intervals=typed["intervals"],
                technique=typed["technique"],
                reasons=reasons,
                by=request.user,
                clinic=request.clinic,
            )
        except Refused as refused:
            rest = at_fields(form, refused)
            asked = [finding for finding in rest if finding.asks]
            context |= {
                "findings": asked,
                "reasons": reasons,
                "missing": [finding.code for finding in asked],
                "refused": [finding for finding in rest if not finding.asks],
            }
        else:
            if plan.first_quote:
                messages.success(request, "Plan saved. Its quote is ready to issue.")
                return redirect("plans:quote", pk=plan.first_quote.pk)
            messages.success(request, "Plan saved.")
            messages.warning(request, str(Refused(*plan.missing_prices)))
            return redirect("plans:plan", pk=plan.pk)
    context["form"] = form
    return render(request, "treatments/plans/start.html", context, status=422)


# --- a plan ------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.SEE_QUOTES)
def plan(request, pk):
    """How far a course is, its quotes and its money. Nothing clinical for the front desk."""
    return plan_page(request, pk)


def plan_page(request, pk, *, status=200, **more):
    found = get_object_or_404(queries.plan_with_course(pk))
    quotes = list(queries.quotes_of(found))
    today = _today()
    for quote in quotes:
        quote.shown_status = quote.status_on(today)
    if request.method == "GET":
        note_viewing(patient=found.patient, by=request.user, page="plan")
    clinical = request.user.may(Permission.SEE_CLINICAL)
    money = queries.balance_of(found)
    sessions = _session_rows(found)
    accepted = next((q for q in quotes if q.status == QuoteStatus.ACCEPTED), None)
    settings = PlanSettings.of(found.clinic)
    here = {"settings": settings, "currency": money.currency}
    overdue, due = _due(accepted, money, today)
    context = {
        "patient": found.patient,
        "step": "plan" if clinical else "",
        "title": "Plan",
        "nav_on": "patients" if clinical else "quotes",
        "plan": found,
        "clinical": clinical,
        "sessions": sessions,
        "segments": [n < found.sessions_done for n in range(found.sessions_planned)],
        "rhythm": _rhythm(found.intervals),
        "quotes": quotes,
        "draft": next((q for q in quotes if q.status == QuoteStatus.DRAFT), None),
        "waiting": next((q for q in quotes if q.shown_status == QuoteStatus.ISSUED), None),
        "accepted": accepted,
        "quotable": found.status == PlanStatus.QUOTED
        or can_move(PLAN_MOVES, found.status, PlanStatus.QUOTED),
        "acceptable": found.status == PlanStatus.DRAFT,
        "stoppable": can_move(PLAN_MOVES, found.status, PlanStatus.STOPPED),
        "bookable": found.status in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)
        and any(row["state"] == "open" for row in sessions),
        "money": money,
        "payments": list(queries.payments_of(found)),
        "payable": queries.may_be_paid(found) and (money.price is None or money.owed > 0),
        "overdue": overdue,
        "due": due,
        "refund_words": REFUND_WORDS[money.policy],
        "payment_form": PaymentForm(initial=_next_payment(accepted, money, overdue, due), **here),
        "refund_form": RefundForm(auto_id="refund_%s", initial={"amount": money.refundable or None}, **here),
    }
    return render(request, "treatments/plans/plan.html", context | more, status=status)


def _session_rows(plan) -> list[dict[str, Any]]:
    """Each session planned: done on, booked at, or open."""
    done = {row["number"]: row for row in plan.done_rows}
    booked = {row["number"]: row for row in plan.booked_rows if row["number"]}
    rows = []
    for number in range(1, max([plan.sessions_planned, *done, *booked]) + 1):
        row: dict[str, Any] = {"number": number, "state": "open"}
        if number in done:
            row |= {"state": "done", "id": done[number]["id"], "on": done[number]["on"]}
            row["on"] = datetime.fromisoformat(row["on"]).date()
        elif number in booked:
            row |= {"state": "booked", "id": booked[number]["id"]}
            row["at"] = datetime.fromisoformat(booked[number]["at"])
        rows.append(row)
    return rows


def _rhythm(intervals) -> str:
    """“fortnightly”, “weekly, then monthly”."""
    return ", then ".join(dict.fromkeys(map(interval_words, intervals)))


def _due(accepted, money, today) -> tuple[Any, Any]:
    """(what is overdue, the next part with its day), by the parts agreed in the quote."""
    if accepted is None or money.price is None or money.owed <= 0:
        return 0, None
    parts = accepted.parts or [money.price]
    dues = [Due(at * accepted.instalment_days, part) for at, part in enumerate(parts)]
    said_yes = timezone.localdate(accepted.answered_at)
    overdue, following = due_by(dues, (today - said_yes).days, money.paid)
    if following is None:
        return overdue, None
    day = said_yes + timedelta(days=following.days)
    return overdue, {"on": day, "amount": following.amount}


def _next_payment(accepted, money, overdue, due) -> dict[str, Any]:
    """What is likely to come in: the deposit, what is overdue, the next part; else what is owed."""
    if money.price is None or money.owed <= 0:
        return {}
    amount = overdue or (due and due["amount"]) or money.owed
    parts = accepted.parts if accepted else []
    kind = "payment"
    if len(parts) > 1:
        kind = "deposit" if accepted.deposit and not money.paid else "instalment"
    return {"amount": round_money(min(amount, money.owed), money.currency), "kind": kind}


def plan_move(request, pk, action, done: str):
    found = get_object_or_404(TreatmentPlan, pk=pk)
    try:
        action(found)
    except Refused as refused:
        return plan_page(
            request, pk, status=422, refused=refused.findings, typed_reason=request.POST.get("reason", "")
        )
    messages.success(request, done)
    return redirect("plans:plan", pk=pk)


@require_POST
@allowed(Permission.PLAN)
@once
def plan_accept(request, pk):
    return plan_move(
        request,
        pk,
        lambda found: actions.accept_without_quote(plan=found, by=request.user),
        "Plan accepted without a quote. Book its sessions.",
    )


@require_POST
@allowed(Permission.PLAN)
@once
def plan_stop(request, pk):
    reason = request.POST.get("reason", "")
    return plan_move(
        request,
        pk,
        lambda found: actions.stop_plan(plan=found, reason=reason, by=request.user),
        "Plan stopped. Cancel in the calendar what is still booked.",
    )


@require_POST
@allowed(Permission.QUOTE)
@once
def quote_draft(request, pk):
    """A new draft at today's prices, in place of an older one."""
    found = get_object_or_404(TreatmentPlan, pk=pk)
    try:
        draft = actions.draft_quote(plan=found, by=request.user)
    except Refused as refused:
        return plan_page(request, pk, status=422, refused=refused.findings)
    return redirect("plans:quote", pk=draft.pk)


# --- quotes ------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.SEE_QUOTES)
def quote_list(request):
    """What the desk works through, one list at a time."""
    key = request.GET.get("list", "")
    if key not in queries.WORKLISTS:
        key = "waiting"
    found, by = queries.worklist(key, request.clinic, on=_today())
    page = queries.page_of(
        found, by, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    address = f"{request.path}?list={key}"
    _, sub = queries.WORKLISTS[key]
    return render(
        request,
        "treatments/plans/quote_list.html",
        {
            "title": "Quotes",
            "sub": sub,
            "nav_on": "quotes",
            "list": key,
            "lists": [(each, label) for each, (label, _) in queries.WORKLISTS.items()],
            "quotes": page.rows,
            "page": {
                "previous": page.before and f"{address}&before={page.before}",
                "next": page.after and f"{address}&after={page.after}",
            },
        },
    )


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.SEE_QUOTES)
def quote(request, pk):
    """Options side by side, the lines of the one chosen, and what may be done next. Nothing clinical."""
    return quote_page(request, pk)


def quote_page(request, pk, *, status=200, picked=None, **more):
    found = get_object_or_404(queries.quote_with_options(pk))
    today = _today()
    shown = found.status_on(today)
    offered = sorted(queries.options_of(found), key=lambda option: option.sessions)
    options = [_as_shown(option, found) for option in offered]
    picked = picked or found.chosen_option_id or _own(found, options)
    for option in options:
        option.is_picked = option.pk == picked
    if request.method == "GET":
        note_viewing(patient=found.patient, by=request.user, page="quote")
    name = f"Quote {found.number}" if found.number else "Draft quote"
    may_quote = request.user.may(Permission.QUOTE)
    is_draft, is_open = found.status == QuoteStatus.DRAFT, shown == QuoteStatus.ISSUED
    before, changed = queries.what_changed(found, options)
    context = {
        "title": name,
        "nav_on": "quotes",
        "quote": found,
        "patient": found.patient,
        "plan": found.plan,
        "options": options,
        "shown_status": shown,
        "may_quote": may_quote,
        "is_draft": is_draft,
        "is_open": is_open,
        "is_accepted": shown == QuoteStatus.ACCEPTED,
        "quotable": found.plan.status == PlanStatus.QUOTED
        or can_move(PLAN_MOVES, found.plan.status, PlanStatus.QUOTED),
        "findings": queries.quote_findings(found, options, on=today),
        "accept_form": AcceptForm(options=options, auto_id="accept_%s"),
        "would_end": today + timedelta(days=found.clinic.quote_valid_days),
        "before": before,
        "changed": changed,
        "insurance": insurance_words(found.insurance_rate),
        "refund_words": REFUND_WORDS[found.refund_policy],
        "signature": svg_path(found.signature) if found.signature else "",
        "margins": _margins(request, found, options),
    }
    if is_draft and may_quote:
        extras = queries.extras_of(found.price_list)
        context |= {
            "terms_form": TermsForm.of(found),
            "extra_form": ExtraForm(prices=extras, auto_id="extra_%s") if extras else None,
            "added": [row for row in options[0].rows if row.kind in EXTRAS] if options else [],
            "own_form": OwnOptionForm(auto_id="own_%s"),
        }
    elif is_open and may_quote:
        context |= {
            "link": queries.link_now(found),
            "send_form": SendForm(
                languages=LANGUAGES,
                auto_id="send_%s",
                initial={
                    "to": found.patient.email,
                    "language": queries.language_for(found.patient.language, found.clinic.language),
                },
            ),
            "code": request.session.pop(f"quote-code-{found.pk}", "") if request.method == "GET" else "",
        }
    return render(request, "treatments/plans/quote.html", context | more, status=status)


#: The languages a quote can be printed in, each by its own name.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("tr", "Türkçe"),
    ("de", "Deutsch"),
    ("ar", "العربية"),
]
REFUND_WORDS = {
    "pro_rata": "Stopped early, unused sessions go back in proportion to the price paid.",
    "at_list": "Stopped early, used sessions count at list price and the rest goes back.",
}


def _margins(request, quote, options) -> list[Any]:
    """For those who may see them: each option with what it costs the clinic."""
    if not request.user.may(Permission.SEE_MARGIN):
        return []
    return list(zip(options, margins_of(quote, options), strict=True))


def _own(quote, options) -> int | None:
    """The option with as many sessions as the plan."""
    own = [o.pk for o in options if o.sessions == quote.plan.sessions_planned]
    return next(iter([*own, *(o.pk for o in options)]), None)


def _as_shown(option: Any, quote: Quote) -> Any:
    """The option with what its card and table say, so that the template only prints."""
    extras = sum(row.net + row.tax for row in option.rows if not row.in_package)
    option.per_session = round_money((option.total - extras) / option.sessions, quote.currency)
    option.tax_rates = sorted({row.tax_rate for row in option.rows if row.tax})
    option.dues = [Due(at * quote.instalment_days, part) for at, part in enumerate(option.instalments)]
    option.discount_form = DiscountForm(lines=option.rows, auto_id=f"discount_{option.pk}_%s")
    return option


@require_POST
@allowed(Permission.QUOTE)
@once
def quote_issue(request, pk):
    try:
        issued = actions.issue_quote(quote=Quote(pk=pk), by=request.user)
    except Quote.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return quote_page(request, pk, status=422, refused=refused.findings)
    messages.success(request, f"Issued as {issued.number}. Its prices are now fixed.")
    return redirect("plans:quote", pk=pk)


@require_POST
@allowed(Permission.QUOTE)
@once
def quote_accept(request, pk):
    found = get_object_or_404(Quote.objects.prefetch_related("options"), pk=pk)
    form = AcceptForm(request.POST, options=found.options.all(), auto_id="accept_%s")
    rest = []
    if form.is_valid():
        try:
            actions.accept_quote(quote=found, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = at_fields(form, refused)
        else:
            messages.success(request, "Accepted. Book the sessions now.")
            return redirect("plans:quote", pk=pk)
    typed = request.POST.get("option", "")
    return quote_page(
        request,
        pk,
        status=422,
        picked=int(typed) if typed.isdecimal() and len(typed) < 19 else None,
        accept_form=form,
        wrong_form=form,
        refused=rest,
    )


@require_POST
@allowed(Permission.QUOTE)
@once
def quote_decline(request, pk):
    found = get_object_or_404(Quote, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        actions.decline_quote(quote=found, reason=reason, by=request.user)
    except Refused as refused:
        return quote_page(request, pk, status=422, refused=refused.findings, typed_reason=reason)
    messages.success(request, "Declined. A new quote opens the plan again.")
    return redirect("plans:quote", pk=pk)


# --- prices ------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.MANAGE_CLINIC)
def price_list_list(request):
    """What is in force, what comes next and what went before."""
    today = _today()
    lists = list(
        PriceList.objects.filter(clinic=request.clinic)
        .prefetch_related(Prefetch("prices", to_attr="rows"))
        .order_by("-valid_from")[:12]
    )
    in_force = next((each for each in lists if each.valid_from <= today), None)
    for each in lists:
        each.rows = queries.in_order(each.rows)
        each.state = "in force" if each == in_force else "next" if each.valid_from > today else "past"
    return render(
        request,
        "treatments/plans/price_list_list.html",
        {
            "title": "Prices",
            "sub": f"{request.clinic.name}, in {request.clinic.currency}. "
            "A list is never edited: the next one takes its place from a day on.",
            "nav_on": "prices",
            "lists": lists,
            "in_force": in_force,
        },
    )


@require_http_methods(["GET", "POST"])
@allowed(Permission.MANAGE_CLINIC)
@once
def price_list_new(request):
    """The next list: a copy of the one in force, edited, from a day on."""
    clinic, today = request.clinic, _today()
    if clinic is None:
        raise Http404
    context = {"title": "New price list", "nav_on": "prices"}
    here = {"style": PlanSettings.of(clinic).style, "currency": clinic.currency}
    if request.method == "POST":
        form, rows = PriceListForm(request.POST), price_forms(request.POST, [], **here)
        if form.is_valid() and rows.is_valid():
            taxes = {
                "standard": form.cleaned_data["tax_standard"],
                "reduced": form.cleaned_data["tax_reduced"],
            }
            given = [row for each in rows if (row := each.as_row(taxes))]
            try:
                actions.publish_price_list(
                    clinic=clinic, currency=clinic.currency, rows=given, by=request.user, **form.cleaned_data
                )
            except Refused as refused:
                context["refused"] = at_fields(form, refused)
            else:
                messages.success(request, "Prices published.")
                return redirect("plans:price_list_list")
        status = 422
    else:
        current = queries.prices_in_force(clinic, today)
        tomorrow = today + timedelta(days=1)
        form = PriceListForm(
            initial={"valid_from": tomorrow if current else today}, instance=_copy_of(current)
        )
        rows = price_forms(None, _rows_of(current), **here)
        status = 200
    context |= {"form": form, "rows": rows}
    return render(request, "treatments/plans/price_list_new.html", context, status=status)


def _copy_of(current: PriceList | None) -> PriceList:
    if current is None:
        return PriceList()
    return PriceList(
        cocktail_markup=_typed(current.cocktail_markup),
        discount_cap=_typed(current.discount_cap),
        deposit_rate=_typed(current.deposit_rate),
        tax_standard=_typed(current.tax_standard),
        tax_reduced=_typed(current.tax_reduced),
    )


#: A first list: what most clinics price. Amounts are theirs to type.
_FIRST_ROWS: list[dict[str, Any]] = [
    {"kind": "session", "label": "Session, small area", "area_to": 50},
    {"kind": "session", "label": "Session, medium area", "area_from": 50, "area_to": 100},
    {"kind": "session", "label": "Session, large area", "area_from": 100},
    {"kind": "kit", "label": "Single-use kit", "why": "gloves, syringe, 30G needle"},
    {"kind": "package", "label": "Package of 5", "sessions_from": 5},
    {"kind": "package", "label": "Package of 8", "sessions_from": 8},
]


def _rows_of(current: Any) -> list[dict[str, Any]]:
    if current is None:
        return _FIRST_ROWS
    return [
        {name: row.amount if name == "amount" else _typed(getattr(row, name)) for name in PRICE_FIELDS}
        for row in queries.in_order(current.rows)
    ]


def _typed(value: Any) -> Any:
    """A figure as somebody would type it: 320, not 320.000."""
    return plain(value) if isinstance(value, Decimal) else value
