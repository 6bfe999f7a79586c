"""The pages of this app."""

from django.urls import path

from treatments.waiting import views

app_name = "waiting"
urlpatterns = [
    path("waiting/", views.waiting_list_page, name="waiting"),
    path("waiting/settings/", views.show_or_save_waiting_settings, name="settings"),
    path("patients/<int:pk>/wait/", views.show_or_add_waiting_entry, name="entry_add"),
    path("waiting/<int:pk>/leave/", views.waiting_list_entry_leave, name="entry_leave"),
    path("waiting/freed/<int:pk>/", views.freed_time_page, name="freed_time"),
    path("waiting/freed/<int:pk>/offer/", views.offer_make, name="offer_make"),
    path("waiting/freed/<int:pk>/dismiss/", views.freed_time_dismiss, name="freed_time_dismiss"),
    path("offers/<int:pk>/", views.show_or_accept_offer, name="offer"),
    path("offers/<int:pk>/decline/", views.offer_decline, name="offer_decline"),
]
