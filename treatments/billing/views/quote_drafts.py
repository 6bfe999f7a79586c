"""Changing a draft before it is issued: discounts, coupon and terms, extras, an option of one's own."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_field_errors_and_return_others
from treatments.billing.actions.quote_drafts import (
    add_extra_to_every_option,
    add_option_to_draft,
    remove_extra_from_every_option,
    remove_option_from_draft,
    save_coupon_insurance_and_instalments,
    save_discount_on_draft,
)
from treatments.billing.forms.quotes import DiscountForm, ExtraForm, OwnOptionForm, TermsForm
from treatments.billing.models import Quote, QuoteLine, QuoteOption
from treatments.billing.queries.quotes import consultations_and_extras_in_price_list
from treatments.billing.views.quotes import render_quote_page


def _change_draft_and_redirect(request, pk, form, act, done, **shown):
    """Ask for the change; where it is refused the page comes back as it was typed."""
    rest = []
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Quote.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
        else:
            messages.success(request, done)
            return redirect("billing:quote", pk=pk)
    return render_quote_page(request, pk, status=422, wrong_form=form, refused=rest, open_draft=True, **shown)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def save_quote_discount(request, pk, option_pk):
    """Another discount for one option of a draft, or for one of its lines."""
    options = QuoteOption.objects.select_related("quote__clinic").prefetch_related("lines")
    option = get_object_or_404(options, pk=option_pk, quote=pk)
    form = DiscountForm(
        request.POST,
        option=option,
        lines=option.lines.all(),
        style=option.quote.clinic.number_style,
        currency=option.quote.currency,
        auto_id=f"discount_{option.pk}_%s",
    )
    return _change_draft_and_redirect(
        request,
        pk,
        form,
        lambda typed: save_discount_on_draft(option=option, **typed, by=request.user),
        f"{option.name}: discount changed.",
        picked=option.pk,
        discount_form=form,
    )


@require_POST
@requires_permission(Permission.QUOTE)
@once
def save_quote_terms(request, pk):
    """The coupon, the insurer's share and the parts it is paid in."""
    form = TermsForm(request.POST, auto_id="terms_%s")
    return _change_draft_and_redirect(
        request,
        pk,
        form,
        lambda typed: save_coupon_insurance_and_instalments(quote=Quote(pk=pk), **typed, by=request.user),
        "The quote was priced again.",
        terms_form=form,
    )


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_extra_add(request, pk):
    """A consultation or an extra of the price list, on every option."""
    found = get_object_or_404(Quote.objects.select_related("price_list"), pk=pk)
    extras = consultations_and_extras_in_price_list(found.price_list)
    form = ExtraForm(request.POST, prices=extras, auto_id="extra_%s")
    return _change_draft_and_redirect(
        request,
        pk,
        form,
        lambda typed: add_extra_to_every_option(quote=found, **typed, by=request.user),
        "Added to every option.",
        extra_form=form,
    )


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_extra_remove(request, pk, line_pk):
    line = get_object_or_404(QuoteLine, pk=line_pk, option__quote=pk)
    try:
        remove_extra_from_every_option(quote=Quote(pk=pk), line=line, by=request.user)
    except Refused as refused:
        return render_quote_page(request, pk, status=422, refused=refused.findings)
    messages.success(request, f"{line.label} was taken off.")
    return redirect("billing:quote", pk=pk)


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_option_add(request, pk):
    """One more option: as many sessions as the patient asks for."""
    form = OwnOptionForm(request.POST, auto_id="own_%s")
    return _change_draft_and_redirect(
        request,
        pk,
        form,
        lambda typed: add_option_to_draft(quote=Quote(pk=pk), **typed, by=request.user),
        "The option was added.",
        own_form=form,
    )


@require_POST
@requires_permission(Permission.QUOTE)
@once
def quote_option_remove(request, pk, option_pk):
    option = get_object_or_404(QuoteOption, pk=option_pk, quote=pk)
    try:
        remove_option_from_draft(option=option, by=request.user)
    except Refused as refused:
        return render_quote_page(request, pk, status=422, refused=refused.findings)
    messages.success(request, f"{option.name} was taken off.")
    return redirect("billing:quote", pk=pk)
