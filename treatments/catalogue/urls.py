"""The pages of the catalogue and the stock room."""

from django.urls import path

from treatments.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.ingredient_list, name="ingredient_list"),
    path("catalogue/products/", views.product_list, name="product_list"),
    path("catalogue/products/new/", views.product_add, name="product_add"),
    path("catalogue/products/<int:pk>/", views.product_edit, name="product_edit"),
    path("catalogue/<slug:code>/", views.ingredient, name="ingredient"),
    path("stock/", views.stock, name="stock"),
    path("stock/receive/", views.receive, name="receive"),
    path("stock/lots/<int:pk>/", views.lot, name="lot"),
    path("stock/lots/<int:pk>/release/", views.lot_release, name="lot_release"),
    path(
        "stock/lots/<int:pk>/quarantine/", views.lot_quarantine, name="lot_quarantine"
    ),
    path("stock/lots/<int:pk>/open/", views.lot_open, name="lot_open"),
    path("stock/lots/<int:pk>/discard/", views.lot_discard, name="lot_discard"),
    path("stock/lots/<int:pk>/move/", views.lot_move, name="lot_move"),
]
