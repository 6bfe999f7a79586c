"""The pages of this app."""

from django.urls import path

from treatments.billing.views import (
    coupons,
    day_close,
    payments,
    planning,
    price_lists,
    quote_drafts,
    quote_links,
    quotes,
    settings,
)

app_name = "billing"
urlpatterns = [
    path("patients/<int:pk>/plan/", planning.show_or_save_new_plan, name="start"),
    path("plans/<int:pk>/quote/", quotes.create_draft_quote, name="quote_draft"),
    path("plans/<int:pk>/payments/", payments.payment_add, name="payment_add"),
    path("plans/<int:pk>/refund/", payments.payment_refund, name="payment_refund"),
    path("payments/<int:pk>/void/", payments.payment_void, name="payment_void"),
    path("quotes/", quotes.quote_worklist_page, name="quote_list"),
    path("quotes/<int:pk>/", quotes.quote_page, name="quote"),
    path("quotes/<int:pk>/issue/", quotes.quote_issue, name="quote_issue"),
    path("quotes/<int:pk>/accept/", quotes.quote_accept, name="quote_accept"),
    path("quotes/<int:pk>/decline/", quotes.quote_decline, name="quote_decline"),
    path(
        "quotes/<int:pk>/options/<int:option_pk>/discount/",
        quote_drafts.save_quote_discount,
        name="quote_discount",
    ),
    path("quotes/<int:pk>/terms/", quote_drafts.save_quote_terms, name="quote_terms"),
    path("quotes/<int:pk>/extras/", quote_drafts.quote_extra_add, name="quote_extra_add"),
    path(
        "quotes/<int:pk>/extras/<int:line_pk>/remove/",
        quote_drafts.quote_extra_remove,
        name="quote_extra_remove",
    ),
    path("quotes/<int:pk>/options/", quote_drafts.quote_option_add, name="quote_option_add"),
    path(
        "quotes/<int:pk>/options/<int:option_pk>/remove/",
        quote_drafts.quote_option_remove,
        name="quote_option_remove",
    ),
    path("quotes/<int:pk>/pdf/", quote_links.quote_pdf, name="quote_pdf"),
    path("quotes/<int:pk>/send/", quote_links.email_quote_link, name="quote_send"),
    path("links/<int:pk>/revoke/", quote_links.link_revoke, name="link_revoke"),
    path("q/<str:token>/", quote_links.open_quote_by_link, name="quote_open"),
    path("payments/<int:pk>/receipt/", payments.receipt_pdf, name="receipt"),
    path("till/", day_close.show_or_close_day, name="day_close"),
    path("till/book/", day_close.export_payment_book_csv, name="payment_book"),
    path("prices/coupons/", coupons.list_or_add_coupons, name="coupon_list"),
    path("prices/coupons/<int:pk>/retire/", coupons.coupon_retire, name="coupon_retire"),
    path("prices/settings/", settings.show_or_save_plan_settings, name="plan_settings"),
    path("prices/", price_lists.price_lists_page, name="price_list_list"),
    path("prices/new/", price_lists.show_or_publish_price_list, name="price_list_new"),
]
