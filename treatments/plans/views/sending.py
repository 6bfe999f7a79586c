"""A quote on paper, and at home: the PDF, the e-mail with its link, and the page behind the link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from patients.actions import note_viewing
from treatments.plans import actions, queries
from treatments.plans.actions import sending
from treatments.plans.forms.money import CodeForm, SendForm
from treatments.plans.models import QuoteDocument, QuoteLink
from treatments.plans.queries import paper
from treatments.plans.rules import QuoteStatus
from treatments.plans.views import LANGUAGES, at_fields, quote_page


def _document_in(quote, language) -> QuoteDocument:
    """As it was printed, or printed now in another language: the quote itself is frozen."""
    made = QuoteDocument.objects.filter(quote=quote, language=language).first()
    return made or actions.print_quote(quote=quote, options=queries.options_of(quote), language=language)


def pdf_answer(pdf: bytes, name: str) -> HttpResponse:
    """Inline, so that the browser shows it; the file's name holds a number, never a person's."""
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.SEE_QUOTES)
def quote_pdf(request, pk):
    """The quote on paper, in the patient's language or the one asked for (?in=fr)."""
    found = get_object_or_404(queries.quote_with_options(pk))
    if found.status == QuoteStatus.DRAFT:
        raise Http404
    asked = request.GET.get("in", "")
    known = dict(LANGUAGES)
    language = (
        asked if asked in known else queries.language_for(found.patient.language, found.clinic.language)
    )
    document = _document_in(found, language)
    note_viewing(patient=found.patient, by=request.user, page="quote on paper")
    return pdf_answer(paper.printed(document.content), found.number)


@require_POST
@allowed(Permission.QUOTE)
@once
def quote_send(request, pk):
    """Mail the link; the code is shown to the desk this once, to tell the patient."""
    found = get_object_or_404(queries.quote_with_options(pk))
    form = SendForm(request.POST, languages=LANGUAGES, auto_id="send_%s")
    rest = []
    if form.is_valid():
        language = form.cleaned_data["language"] or queries.language_for(found.patient.language)
        try:
            if found.status == QuoteStatus.ISSUED:
                _document_in(found, language)
            _, code = actions.send_quote(
                quote=found, to=form.cleaned_data["to"], language=language, by=request.user
            )
        except Refused as refused:
            rest = at_fields(form, refused)
        else:
            request.session[f"quote-code-{pk}"] = code
            messages.success(request, "The e-mail is on its way.")
            return redirect("plans:quote", pk=pk)
    return quote_page(request, pk, status=422, send_form=form, wrong_form=form, refused=rest)


@require_POST
@allowed(Permission.QUOTE)
@once
def link_revoke(request, pk):
    link = get_object_or_404(QuoteLink, pk=pk)
    actions.revoke_link(link=link, by=request.user)
    messages.success(request, "The link opens no more.")
    return redirect("plans:quote", pk=link.quote_id)


# --- at home -----------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def quote_open(request, token):
    """A patient opens the link of the e-mail: the code first, then the paper. Says nothing about anybody."""
    link = sending.link_of(token)
    if link is None:
        return _ended(request)
    words = paper.texts()[link.language]
    context = {"words": words, "language": link.language, "title": words["open_title"], "form": CodeForm()}
    if request.method == "GET":
        return _public(request, "treatments/plans/quote_open.html", context)
    opening = sending.open_link(token=token, code=request.POST.get("code", ""))
    if opening.link is None:
        return _ended(request, link.language)
    if opening.document is None:
        context["wrong"] = words["open_wrong"]
        return _public(request, "treatments/plans/quote_open.html", context, 422)
    return pdf_answer(paper.printed(opening.document.content), opening.document.quote.number)


def _ended(request, language="en"):
    """One answer for a link that is unknown, forged, over, taken back or tried too often."""
    words = paper.texts()[language]
    context = {"words": words, "language": language, "title": words["open_title"], "ended": True}
    return _public(request, "treatments/plans/quote_open.html", context, 404)


def _public(request, template, context, status=200):
    with translation.override(context["language"]):
        answer = render(request, template, context, status=status)
    # The address is the key: it goes to nobody else, and no search engine keeps it. Where there is a form the
    # site itself is told, or browsers send it from nowhere and it is refused.
    answer["Referrer-Policy"] = "no-referrer" if status == 404 else "same-origin"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
