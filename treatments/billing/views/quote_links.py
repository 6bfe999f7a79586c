"""A quote as PDF, sent by a link, and opened by the patient with a code."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_field_errors_and_return_others
from patients.actions.people import record_viewing
from treatments.billing.actions.quote_links import (
    create_and_mail_quote_link,
    revoke_quote_link,
    try_link_code,
    usable_link_of_token_or_none,
)
from treatments.billing.actions.quotes import create_quote_document
from treatments.billing.forms.quotes import LANGUAGES, CodeForm, SendForm
from treatments.billing.models import QuoteDocument, QuoteLink
from treatments.billing.queries.documents import (
    content_as_pdf,
    first_supported_language,
    prefetched_options_of_quote,
    texts_to_print_by_language,
)
from treatments.billing.queries.quotes import quote_with_options_queryset
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
    """Mail the link; the code is shown to the desk this once, to tell the patient."""
    found = get_object_or_404(quote_with_options_queryset(pk))
    form = SendForm(request.POST, languages=LANGUAGES, auto_id="send_%s")
    rest = []
    if form.is_valid():
        language = form.cleaned_data["language"] or first_supported_language(found.patient.language)
        try:
            if found.status == QuoteStatus.ISSUED:
                _get_or_create_quote_document(found, language)
            _, code = create_and_mail_quote_link(
                quote=found, to=form.cleaned_data["to"], language=language, by=request.user
            )
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
        else:
            request.session[f"quote-code-{pk}"] = code
            messages.success(request, "The e-mail is on its way.")
            return redirect("billing:quote", pk=pk)
    return render_quote_page(request, pk, status=422, send_form=form, wrong_form=form, refused=rest)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def link_revoke(request, pk):
    link = get_object_or_404(QuoteLink, pk=pk)
    revoke_quote_link(link=link, by=request.user)
    messages.success(request, "The link opens no more.")
    return redirect("billing:quote", pk=link.quote_id)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def open_quote_by_link(request, token):
    """A patient opens the link of the e-mail: the code first, then the paper. Says nothing about anybody."""
    link = usable_link_of_token_or_none(token)
    if link is None:
        return _link_ended_response(request)
    words = texts_to_print_by_language()[link.language]
    context = {"words": words, "language": link.language, "title": words["open_title"], "form": CodeForm()}
    if request.method == "GET":
        return _response_for_patient(request, "treatments/billing/quote_link.html", context)
    opening = try_link_code(token=token, code=request.POST.get("code", ""))
    if opening.link is None:
        return _link_ended_response(request, link.language)
    if opening.document is None:
        context["wrong"] = words["open_wrong"]
        return _response_for_patient(request, "treatments/billing/quote_link.html", context, 422)
    return pdf_response(content_as_pdf(opening.document.content), opening.document.quote.number)


def _link_ended_response(request, language="en"):
    """One answer for a link that is unknown, forged, over, taken back or tried too often."""
    words = texts_to_print_by_language()[language]
    context = {"words": words, "language": language, "title": words["open_title"], "ended": True}
    return _response_for_patient(request, "treatments/billing/quote_link.html", context, 404)


def _response_for_patient(request, template, context, status=200):
    """A page for a patient who is not signed in: no referrer, not indexed."""
    with translation.override(context["language"]):
        answer = render(request, template, context, status=status)
    # The address is the key: it goes to nobody else, and no search engine keeps it. Where there is a form the
    # site itself is told, or browsers send it from nowhere and it is refused.
    answer["Referrer-Policy"] = "no-referrer" if status == 404 else "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
