"""The pages of the catalogue and the stock room."""

from django.urls import path

from treatments.catalogue import views
from treatments.catalogue.views import (
    changes,
    history,
    imports,
    ingredients,
    lots_csv,
    products,
    receiving,
    stocktakes,
)

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", ingredients.ingredient_list, name="ingredient_list"),
    path("catalogue/new/", ingredients.ingredient_add, name="ingredient_add"),
    path("catalogue/products/", products.product_list, name="product_list"),
    path("catalogue/products/new/", products.product_add, name="product_add"),
    path("catalogue/products/export/", imports.product_export, name="product_export"),
    path("catalogue/products/import/", imports.product_import, name="product_import"),
    path("catalogue/products/import/write/", imports.product_import_write, name="product_import_write"),
    path("catalogue/products/import/cancel/", imports.product_import_cancel, name="product_import_cancel"),
    path("catalogue/products/<int:pk>/", products.product, name="product"),
    path("catalogue/products/<int:pk>/edit/", products.product_edit, name="product_edit"),
    path("catalogue/products/<int:pk>/retire/", products.product_retire, name="product_retire"),
    path("catalogue/changes/", changes.change_list, name="change_list"),
    path("catalogue/changes/<int:pk>/withdraw/", changes.change_withdraw, name="change_withdraw"),
    path("catalogue/<slug:code>/", ingredients.ingredient, name="ingredient"),
    path("catalogue/<slug:code>/edit/", ingredients.ingredient_edit, name="ingredient_edit"),
    path("catalogue/<slug:code>/retire/", ingredients.ingredient_retire, name="ingredient_retire"),
    path("stock/", views.stock, name="stock"),
    path("stock/receive/", receiving.receive, name="receive"),
    path("stock/second-person/", receiving.second_person, name="second_person"),
    path("stock/then/", history.stock_then, name="stock_then"),
    path("stock/counts/", stocktakes.stocktake_list, name="stocktakes"),
    path("stock/counts/begin/", stocktakes.stocktake_begin, name="stocktake_begin"),
    path("stock/counts/<int:pk>/", stocktakes.stocktake, name="stocktake"),
    path("stock/counts/<int:pk>/sign/", stocktakes.stocktake_sign, name="stocktake_sign"),
    path("stock/counts/<int:pk>/drop/", stocktakes.stocktake_drop, name="stocktake_drop"),
    path("stock/lots.csv", lots_csv.lots_csv, name="lots_csv"),
    path("stock/import/", lots_csv.lots_import, name="lots_import"),
    path("stock/lots/<int:pk>/", views.lot, name="lot"),
    path("stock/lots/<int:pk>/release/", views.lot_release, name="lot_release"),
    path("stock/lots/<int:pk>/quarantine/", views.lot_quarantine, name="lot_quarantine"),
    path("stock/lots/<int:pk>/open/", views.lot_open, name="lot_open"),
    path("stock/lots/<int:pk>/discard/", views.lot_discard, name="lot_discard"),
    path("stock/lots/<int:pk>/certificate/", receiving.lot_certificate, name="lot_certificate"),
    path("stock/lots/<int:pk>/move/", views.lot_move, name="lot_move"),
]
