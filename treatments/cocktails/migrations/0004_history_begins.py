"""Rows that were there before their versions were kept begin their history with what they say now."""

from django.db import migrations

_BEGIN = """
    INSERT INTO catalogue_rowversion (kind, row_id, number, content, valid_from, reason)
    SELECT '{kind}', t.id, 1, (to_jsonb(t) - '{{id,loaded,reviewed_by_id,reviewed_at,name_key}}'::text[]){more},
           CURRENT_DATE, ''
      FROM {table} t
     WHERE NOT EXISTS (SELECT 1 FROM catalogue_rowversion v WHERE v.kind = '{kind}' AND v.row_id = t.id)
"""


class Migration(migrations.Migration):
    dependencies = [("cocktails", "0003_indications_are_versioned")]

    operations = [
        migrations.RunSQL(
            _BEGIN.format(kind="cocktails.indication", table="cocktails_indication", more=""),
            migrations.RunSQL.noop,
        )
    ]
