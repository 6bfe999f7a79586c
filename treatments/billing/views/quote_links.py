"""A quote as PDF, sent by a link, and opened by the patient with a code."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.link_codes import show_link_code_once
from mesoclinic.core.public_pages import render_link_refused
from mesoclinic.core.reasons import add_field_errors_and_return_others
from patients.actions.links import end_link, link_token
from patients.actions.people import record_viewing
from patients.models import PatientLink
from treatments.billing.actions.payment_requests import ask_for_deposit
from treatments.billing.actions.quote_links import accept_quote_by_link, create_and_mail_quote_link
from treatments.billing.actions.quotes import create_quote_document
from treatments.billing.forms.quotes import LANGUAGES, AcceptForm, SendForm
from treatments.billing.models import Quote, QuoteDocument, QuoteLink
from treatments.billing.queries.documents import (
    content_as_pdf,
    first_supported_language,
    prefetched_options_of_quote,
)
from treatments.billing.queries.payment_requests import deposit_still_to_pay, last_request_or_none
from treatments.billing.queries.quote_links import first_day_to_accept_quote, why_not_accepted_by_link_or_none
from treatments.billing.queries.quotes import quote_with_options_queryset
from treatments.billing.rules.quote_links import READABLE
from treatments.billing.rules.states import QuoteStatus
from treatments.billing.views.quotes import render_quote_page


def _get_or_create_quote_document(quote, language) -> QuoteDocument:
    """As it was printed, or printed now in another language: the quote itself is frozen."""
    made = QuoteDocument.objects.filter(quote=quote, language=language).first()
    return made or create_quote_document(
        quote=quote, options=prefetched_options_of_quote(quote), language=language
    )


def pdf_response(pdf: bytes, name: str) -> HttpResponse:
    """Inline, so that the browser shows it; the file's name holds a number, never a person's."""
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.SEE_QUOTES)
def quote_pdf(request, pk):
    """The quote on paper, in the patient's language or the one asked for (?in=fr)."""
    found = get_object_or_404(quote_with_options_queryset(pk))
    if found.status == QuoteStatus.DRAFT:
        raise Http404
    asked = request.GET.get("in", "")
    known = dict(LANGUAGES)
    language = (
        asked if asked in known else first_supported_language(found.patient.language, found.clinic.language)
    )
    document = _get_or_create_quote_document(found, language)
    record_viewing(patient=found.patient, by=request.user, page="quote on paper")
    return pdf_response(content_as_pdf(document.content), found.number)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def email_quote_link(request, pk):
    """Mail the link; the desk is shown its code once, to tell the patient."""
    found = get_object_or_404(quote_with_options_queryset(pk))
    form = SendForm(request.POST, languages=LANGUAGES, auto_id="send_%s")
    rest = []
    if form.is_valid():
        language = form.cleaned_data["language"] or first_supported_language(found.patient.language)
        try:
            if found.status in READABLE:
                _get_or_create_quote_document(found, language)
            _, code = create_and_mail_quote_link(
                quote=found, to=form.cleaned_data["to"], language=language, by=request.user
            )
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
        else:
            show_link_code_once(request, code)
            return redirect("billing:quote", pk=pk)
    return render_quote_page(request, pk, status=422, send_form=form, wrong_form=form, refused=rest)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def link_revoke(request, pk):
    link = get_object_or_404(QuoteLink.objects.select_related("link"), pk=pk)
    end_link(link=link.link, by=request.user)
    messages.success(request, "The link opens no more.")
    return redirect("billing:quote", pk=link.quote_id)


# --- by the patient's link (mesoclinic.pages.patient_links): after the code --------------------------


def is_quote_readable_by_link(link: PatientLink) -> bool:
    """Whether the quote of a link still waits for its answer, or was accepted."""
    return QuoteLink.objects.filter(link=link, quote__status__in=READABLE).exists()


def quote_by_link(request: HttpRequest, link: PatientLink, part: str) -> HttpResponse:
    """The quote at home; ``pdf`` is its paper, in the language it was sent in."""
    if part not in ("", "pdf", "pay"):
        return render_link_refused(request, "ended", 404)
    quote = (
        Quote.objects.select_related("patient", "clinic__plan_settings", "chosen_option", "plan__clinic")
        .prefetch_related("options")
        .get(links__link=link)
    )
    if part == "pdf":
        document = QuoteDocument.objects.get(quote=quote, language=link.language)
        return pdf_response(content_as_pdf(document.content), quote.number)
    if part == "pay":
        return _deposit_page(request, link, quote)
    options = list(quote.options.all())
    form = AcceptForm(
        request.POST if request.method == "POST" else None, options=options, auto_id="accept_%s"
    )
    is_refused = False
    if form.is_bound and form.is_valid():
        try:
            accept_quote_by_link(link=link, **form.cleaned_data)
        except Refused:
            is_refused = True
        else:
            return redirect("patient_link", link_token(link))
    if not form.is_bound:
        with transaction.atomic():
            audit.record(by=None, did="quote.opened", about=quote, patient_id=quote.patient_id, link=link.pk)
    context = {
        "clinic": link.clinic,
        "quote": quote,
        "options": options,
        "form": form,
        "wrong": bool(form.errors) or is_refused,
        "is_refused": is_refused,
        "why_not": why_not_accepted_by_link_or_none(quote),
        "first_day": first_day_to_accept_quote(quote),
        "pdf": reverse("patient_link_part", args=[link_token(link), "pdf"]),
        "deposit": deposit_still_to_pay(quote),
        "pay": reverse("patient_link_part", args=[link_token(link), "pay"]),
        "asked": last_request_or_none(quote) if quote.status == QuoteStatus.ACCEPTED else None,
    }
    return render(
        request, "treatments/billing/quote_link.html", context, status=422 if context["wrong"] else 200
    )


def _deposit_page(request: HttpRequest, link: PatientLink, quote: Quote) -> HttpResponse:
    """The way to the provider's page. A button opens it there; looking, and Back, open nothing."""
    token = link_token(link)
    to_quote = redirect("patient_link", token)
    if request.method == "POST":
        try:
            ask_for_deposit(quote=quote, link=link, language=get_language() or link.language)
        except Refused as refused:
            failed = any(each.code == "payment-link:failed" for each in refused.findings)
            return redirect(f"{to_quote.url}?pay=failed") if failed else to_quote
        return redirect("patient_link_part", token, "pay")
    asked = last_request_or_none(quote)
    if asked is None or not asked.is_open_at(timezone.now()):
        return to_quote
    context = {"clinic": link.clinic, "quote": quote, "asked": asked, "back": to_quote.url}
    return render(request, "treatments/billing/deposit_link.html", context)
