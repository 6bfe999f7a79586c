"""Rows that were there before their versions were kept begin their history with what they say now."""

from django.db import migrations

_BEGIN = """
    INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, reason)
    SELECT '{kind}', t.id, 1, (to_jsonb(t) - '{{id,loaded,reviewed_by_id,reviewed_at,name_key}}'::text[]){more},
           CURRENT_DATE, ''
      FROM {table} t
     WHERE NOT EXISTS (SELECT 1 FROM catalogue_rowversion v WHERE v.kind = '{kind}' AND v.row_id = t.id)
"""

_CONTENTS = """
    || jsonb_build_object('contents', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(i.code, c.mg_per_ml) ORDER BY i.code), '[]'::jsonb)
          FROM catalogue_productcontent c JOIN catalogue_ingredient i ON i.id = c.ingredient_id
         WHERE c.product_id = t.id))
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_versions_are_kept")]

    operations = [
        migrations.RunSQL(
            _BEGIN.format(kind="catalogue.ingredient", table="catalogue_ingredient", more=""),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            _BEGIN.format(kind="catalogue.doselimit", table="catalogue_doselimit", more=""),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            _BEGIN.format(kind="catalogue.interaction", table="catalogue_interaction", more=""),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            _BEGIN.format(kind="catalogue.contraindication", table="catalogue_contraindication", more=""),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            _BEGIN.format(kind="catalogue.product", table="catalogue_product", more=_CONTENTS),
            migrations.RunSQL.noop,
        ),
    ]
