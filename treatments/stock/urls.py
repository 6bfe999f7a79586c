"""The pages of this app."""

from django.urls import path

from treatments.stock.views import imports, ledger, lots, receiving, stocktakes

app_name = "stock"
urlpatterns = [
    path("stock/", lots.stock_page, name="stock"),
    path("stock/receive/", receiving.show_or_receive_delivery, name="receive"),
    path("stock/second-person/", receiving.save_second_person_setting, name="second_person"),
    path("stock/on-a-day/", ledger.stock_on_a_day_page, name="stock_on_a_day"),
    path("stock/counts/", stocktakes.stocktake_list_page, name="stocktakes"),
    path("stock/counts/begin/", stocktakes.stocktake_begin, name="stocktake_begin"),
    path("stock/counts/<int:pk>/", stocktakes.show_save_or_sign_stocktake, name="stocktake"),
    path("stock/counts/<int:pk>/sign/", stocktakes.stocktake_sign, name="stocktake_sign"),
    path("stock/counts/<int:pk>/drop/", stocktakes.stocktake_drop, name="stocktake_drop"),
    path("stock/lots.csv", imports.export_lots_csv, name="lots_csv"),
    path("stock/import/", imports.show_or_import_lots_list, name="lots_import"),
    path("stock/lots/<int:pk>/", lots.show_lot, name="lot"),
    path("stock/lots/<int:pk>/release/", lots.lot_release, name="lot_release"),
    path("stock/lots/<int:pk>/quarantine/", lots.lot_quarantine, name="lot_quarantine"),
    path("stock/lots/<int:pk>/open/", lots.open_lot_container, name="lot_open"),
    path("stock/lots/<int:pk>/discard/", lots.discard_opened_vial, name="lot_discard"),
    path("stock/lots/<int:pk>/certificate/", receiving.download_lot_certificate, name="lot_certificate"),
    path("stock/lots/<int:pk>/move/", lots.add_lot_movement, name="lot_move"),
]
