"""The pages of this app."""

from django.urls import path

from treatments.catalogue.views import imports, ingredients, products, safety_rules, versions

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", ingredients.ingredient_list_page, name="ingredient_list"),
    path("catalogue/new/", ingredients.ingredient_add, name="ingredient_add"),
    path("catalogue/products/", products.product_list_page, name="product_list"),
    path("catalogue/products/new/", products.product_add, name="product_add"),
    path("catalogue/products/export/", imports.export_products_csv, name="product_export"),
    path("catalogue/products/import/", imports.upload_products_to_preview, name="product_import"),
    path("catalogue/products/import/write/", imports.import_uploaded_products, name="product_import_write"),
    path(
        "catalogue/products/import/cancel/", imports.discard_uploaded_products, name="product_import_cancel"
    ),
    path("catalogue/products/<int:pk>/", products.product_page, name="product"),
    path("catalogue/products/<int:pk>/edit/", products.product_edit, name="product_edit"),
    path("catalogue/products/<int:pk>/retire/", products.retire_or_restore_product, name="product_retire"),
    path("catalogue/changes/", versions.planned_changes_page, name="change_list"),
    path(
        "catalogue/changes/<int:pk>/withdraw/", versions.withdraw_change_and_redirect, name="change_withdraw"
    ),
    path("catalogue/<slug:code>/", ingredients.ingredient_page, name="ingredient"),
    path("catalogue/<slug:code>/edit/", ingredients.ingredient_edit, name="ingredient_edit"),
    path("catalogue/<slug:code>/retire/", ingredients.retire_or_restore_ingredient, name="ingredient_retire"),
    path("rules/", safety_rules.rule_list_page, name="rule_list"),
    path("rules/<slug:kind>/new/", safety_rules.rule_add, name="rule_add"),
    path("rules/<slug:kind>/<int:pk>/", safety_rules.rule_page, name="rule"),
    path("rules/<slug:kind>/<int:pk>/edit/", safety_rules.rule_edit, name="rule_edit"),
    path("rules/<slug:kind>/<int:pk>/retire/", safety_rules.retire_or_restore_rule, name="rule_retire"),
    path("rules/<slug:kind>/<int:pk>/review/", safety_rules.mark_rule_reviewed, name="rule_review"),
]
