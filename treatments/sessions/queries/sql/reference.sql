-- The rows a session is charted with, six small tables in one statement; retired rows are left out.
SELECT json_build_object(
  'items', (SELECT coalesce(json_agg(json_build_array(id, code, phase, item, short_label, mandatory, required_when,
              short_list, asked_with, answered_by = 'software', in_one_tap)
              ORDER BY short_order NULLS LAST, "order", code), '[]')
            FROM treatment_sessions_checklistitem WHERE retired_at IS NULL AND answered_by <> 'photographs'),
  'effects', (SELECT coalesce(json_agg(json_build_array(id, code, effect, short_label, level, action, escalate_if,
              from_seed, lot_days, asked_as) ORDER BY from_seed DESC, "order", code), '[]')
            FROM treatment_sessions_adverseeffect WHERE retired_at IS NULL),
  'zones', (SELECT coalesce(json_agg(json_build_array(id, code, name, area_cm2::text, optional)
              ORDER BY "order", code), '[]')
            FROM conditions_zone WHERE retired_at IS NULL),
  'scales', (SELECT coalesce(json_agg(json_build_array(s.id, s.code, s.short_name, s.unit, s.higher_is_better,
              CASE WHEN k.for_all_conditions OR k.id IS NULL THEN NULL ELSE k.condition_codes END, k.method,
              k.smallest_change::text, k.smallest_change_percent::text)), '[]')
            FROM conditions_severityscale s LEFT JOIN conditions_measurementkind k ON k.scale_id = s.id
            WHERE s.code = ANY(%(measured)s)),
  'performers', (SELECT coalesce(json_agg(json_build_array(id, concat_ws(' ', nullif(title, ''),
              nullif(first_name, ''), nullif(last_name, ''))) ORDER BY last_name, first_name, id), '[]')
            FROM accounts_user u WHERE is_active AND EXISTS (SELECT 1 FROM accounts_membership m
              WHERE m.user_id = u.id AND m.clinic_id = %(clinic)s AND %(performer)s = ANY(m.roles))),
  'risks', (SELECT coalesce(json_agg(json_build_array(id, code, coalesce(nullif(short_label, ''), label), kind)
              ORDER BY label), '[]')
            -- Single substances are written in words: a hundred chips would hide the classes.
            FROM patients_factor WHERE retired_at IS NULL AND kind = ANY(%(topics)s) AND code NOT LIKE '%%:%%')
)::text
