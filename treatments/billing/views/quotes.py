"""The list of quotes, the page of one, and issuing, accepting and declining it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.moves import can_move
from mesoclinic.core.paging import Place, page_of, pager_addresses
from mesoclinic.core.quantities import round_money
from mesoclinic.core.reasons import add_field_errors_and_return_others
from mesoclinic.core.signatures import svg_path
from mesoclinic.core.templatetags.clinic import percent_text, short_money_text
from patients.actions.people import record_viewing
from treatments.billing.actions.quotes import accept_quote, decline_quote, issue_quote, replace_draft_quote
from treatments.billing.forms.quotes import (
    LANGUAGES,
    AcceptForm,
    DiscountForm,
    ExtraForm,
    OwnOptionForm,
    SendForm,
    TermsForm,
)
from treatments.billing.models import Quote, QuoteOption
from treatments.billing.queries import worklists
from treatments.billing.queries.documents import first_supported_language, prefetched_options_of_quote
from treatments.billing.queries.margins import margins_of_options
from treatments.billing.queries.option_sums import discount_rows, tax_rows
from treatments.billing.queries.payment_requests import deposit_still_to_pay, last_request_or_none
from treatments.billing.queries.quotes import (
    consultations_and_extras_in_price_list,
    findings_to_show_on_quote,
    last_unrevoked_quote_link_or_none,
    previous_issued_quote_and_changes,
    quote_with_options_queryset,
)
from treatments.billing.queries.worklists import WORKLISTS, worklist_quotes_and_order
from treatments.billing.rules.instalments import Due
from treatments.billing.rules.payments import REFUND_TEXT
from treatments.billing.rules.prices import EXTRAS
from treatments.billing.rules.quotes import insurance_text
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PLAN_MOVES, PlanStatus
from treatments.plans.views import render_plan_refused_page


@require_POST
@requires_permission(Permission.QUOTE)
@once
def create_or_replace_draft_quote(request, pk):
    """A new draft at today's prices, in place of an older one."""
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    try:
        draft = replace_draft_quote(plan=plan, by=request.user)
    except Refused as refused:
        return render_plan_refused_page(request, plan, refused, title="Make a quote")
    return redirect("billing:quote", pk=draft.pk)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.SEE_QUOTES)
def quote_worklist_page(request):
    """What the desk works through, one list at a time."""
    key = request.GET.get("list", "")
    if key not in WORKLISTS:
        key = "waiting"
    found, by = worklist_quotes_and_order(key, request.clinic, on=timezone.localdate())
    page = page_of(found, by, Place.from_query(request.GET), size=worklists.PAGE_SIZE)
    _, sub = WORKLISTS[key]
    return render(
        request,
        "treatments/billing/quote_list.html",
        {
            "title": "Quotes",
            "sub": sub,
            "nav_on": "quotes",
            "list": key,
            "lists": [(each, label) for each, (label, _) in WORKLISTS.items()],
            "quotes": page.rows,
            "page": pager_addresses(page, request.path, {"list": key}),
        },
    )


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.SEE_QUOTES)
def quote_page(request, pk):
    """Options side by side, the lines of the one chosen, and what may be done next. Nothing clinical."""
    return render_quote_page(request, pk)


def render_quote_page(request, pk, *, status=200, picked=None, **more):
    """``more`` takes the place of what the page shows by itself: a refused form, what was refused."""
    found = get_object_or_404(quote_with_options_queryset(pk))
    today = timezone.localdate()
    shown = found.status_on(today)
    offered = sorted(prefetched_options_of_quote(found), key=lambda option: option.sessions)
    options = [_add_display_values_to_option(option, found) for option in offered]
    chosen = picked or found.chosen_option_id or (options[0].pk if len(options) == 1 else None)
    shown_first = chosen or _planned_or_first_option_id_or_none(found, options)
    for option in options:
        option.is_picked = option.pk == shown_first
        # Nobody chooses for the patient: what waits for an answer is not ticked beforehand.
        option.is_chosen = option.pk == (chosen if shown == QuoteStatus.ISSUED else shown_first)
    if request.method == "GET":
        record_viewing(patient=found.patient, by=request.user, page="quote")
    name = f"Quote {found.number}" if found.number else "Draft quote"
    # At another clinic it is read only.
    may_quote = request.user.may(Permission.QUOTE) and request.user.clinic_id == found.clinic_id
    is_draft, is_open = found.status == QuoteStatus.DRAFT, shown == QuoteStatus.ISSUED
    before, changed = previous_issued_quote_and_changes(found, options)
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
        "findings": findings_to_show_on_quote(found, options, on=today),
        "accept_form": AcceptForm(options=options, auto_id="accept_%s"),
        "would_end": today + timedelta(days=found.clinic.quote_valid_days),
        "before": before,
        "changed": changed,
        "insurance": insurance_text(found.insurance_rate),
        "refund_text": REFUND_TEXT[found.refund_policy],
        "signature": svg_path(found.signature) if found.signature else "",
        "margins": _options_with_margins_if_allowed(request, found, options),
    }
    if may_quote and is_draft:
        context |= _forms_to_change_draft(found, options)
    elif may_quote and is_open:
        context |= _quote_link_context(found)
    elif may_quote and context["is_accepted"] and settings.PAYMENT_PROVIDER:
        context |= _quote_link_context(found)
        context |= {"asked": last_request_or_none(found), "deposit_open": deposit_still_to_pay(found)}
    return render(request, "treatments/billing/quote.html", context | more, status=status)


def _forms_to_change_draft(quote: Quote, options: list[QuoteOption]) -> dict[str, object]:
    """What may be changed in a draft."""
    extras = consultations_and_extras_in_price_list(quote.price_list)
    return {
        "terms_form": TermsForm.for_quote(quote),
        "extra_form": ExtraForm(prices=extras, auto_id="extra_%s") if extras else None,
        "added": [row for row in options[0].lines.all() if row.kind in EXTRAS] if options else [],
        "own_form": OwnOptionForm(auto_id="own_%s"),
    }


def _quote_link_context(quote: Quote) -> dict[str, object]:
    """The last link sent, and the form for another."""
    link = last_unrevoked_quote_link_or_none(quote)
    language = first_supported_language(quote.patient.language, quote.clinic.language)
    return {
        "link": link,
        "send_form": SendForm(
            languages=LANGUAGES,
            auto_id="send_%s",
            initial={"to": quote.patient.email, "language": language},
        ),
    }


def _options_with_margins_if_allowed(request, quote, options) -> list[Any]:
    """For those who may see them: each option with what it costs the clinic."""
    if not request.user.may(Permission.SEE_MARGIN):
        return []
    return list(zip(options, margins_of_options(quote, options), strict=True))


def _planned_or_first_option_id_or_none(quote, options) -> int | None:
    """The option with as many sessions as the plan."""
    own = [o.pk for o in options if o.sessions == quote.plan.sessions_planned]
    return next(iter([*own, *(o.pk for o in options)]), None)


def _add_display_values_to_option(option: Any, quote: Quote) -> Any:
    """The option with what its card and table say, so that the template only prints."""
    option.per_session = round_money(option.packaged_total_per_session, quote.currency)
    option.discounts, option.taxes = discount_rows(option), tax_rows(option)
    option.off = _discount_text_of_option(option, quote)
    option.dues = [Due(at * quote.instalment_days, part) for at, part in enumerate(option.instalments)]
    option.discount_form = DiscountForm(
        option=option,
        lines=option.lines.all(),
        style=quote.clinic.number_style,
        currency=quote.currency,
        auto_id=f"discount_{option.pk}_%s",
    )
    return option


def _discount_text_of_option(option: Any, quote: Quote) -> str:
    """“10 %” where one percentage is all there is; else the amount that is off."""
    rows = option.discounts
    if len(rows) == 1 and rows[0].rate:
        return percent_text(rows[0].rate)
    return short_money_text(option.discount, quote.currency) if rows else ""


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_issue(request, pk):
    try:
        issued = issue_quote(quote=Quote(pk=pk), by=request.user)
    except Quote.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return render_quote_page(request, pk, status=422, refused=refused.findings)
    messages.success(request, f"Issued as {issued.number}. Its prices are now fixed.")
    return redirect("billing:quote", pk=pk)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_accept(request, pk):
    found = get_object_or_404(Quote.objects.prefetch_related("options"), pk=pk)
    form = AcceptForm(request.POST, options=found.options.all(), auto_id="accept_%s")
    rest = []
    if form.is_valid():
        try:
            accept_quote(quote=found, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
        else:
            messages.success(request, "Accepted. Book the sessions now.")
            return redirect("billing:quote", pk=pk)
    typed = request.POST.get("option", "")
    return render_quote_page(
        request,
        pk,
        status=422,
        picked=int(typed) if typed.isdecimal() and len(typed) < 19 else None,
        accept_form=form,
        wrong_form=form,
        refused=rest,
    )


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_decline(request, pk):
    found = get_object_or_404(Quote, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        decline_quote(quote=found, reason=reason, by=request.user)
    except Refused as refused:
        return render_quote_page(request, pk, status=422, refused=refused.findings, typed_reason=reason)
    messages.success(request, "Declined. A new quote opens the plan again.")
    return redirect("billing:quote", pk=pk)
