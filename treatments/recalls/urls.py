"""The pages of this app."""

from django.urls import path

from treatments.recalls import views

app_name = "recalls"
urlpatterns = [
    path("recalls/", views.recall_list_page, name="list"),
    path("recalls/start/", views.show_or_start_recall_from_notice, name="start"),
    path("stock/lots/<int:pk>/recall/", views.start_recall_of_lot, name="start_lot"),
    path("recalls/<int:pk>/", views.recall_case_page, name="case"),
    path("recalls/<int:pk>/close/", views.recall_close, name="close"),
    path("recalls/<int:pk>/reopen/", views.recall_reopen, name="reopen"),
    path("recalls/<int:pk>/withdraw/", views.recall_withdraw, name="withdraw"),
    path("recalls/<int:pk>/report/", views.closing_report_pdf, name="report"),
    path("recalls/<int:pk>/contacts/", views.recall_contacts_page, name="contacts"),
    path("recalls/<int:pk>/contacts.csv", views.recall_contacts_csv, name="contacts_csv"),
    path("recalls/<int:pk>/letters/", views.unreached_patients_letters_pdf, name="letters"),
    path("recalls/<int:pk>/contacts/<int:patient_pk>/", views.record_contact_attempt, name="attempt"),
]
