-- The catalogue of one clinic: the mark of its rules, the rules where that mark is not among those known, its shelf.
-- A row's place and the transaction that wrote it are its mark: any change of any row changes the mark of the whole,
-- and to ask for it costs a hundredth of reading five thousand rules.
-- Figures travel as text, so that a Decimal stays one.
SELECT mark.said, CASE WHEN mark.said = ANY(%(known)s) THEN NULL ELSE json_build_object(
  'sources', (SELECT coalesce(json_object_agg(key, json_build_array(citation, address, kind)), '{}')
      FROM core_source),
  'reviewers', (SELECT coalesce(json_object_agg(id, concat_ws(' ', nullif(title, ''), nullif(first_name, ''),
        nullif(last_name, ''))), '{}')
      FROM accounts_user WHERE id IN (
        SELECT reviewed_by_id FROM catalogue_interaction UNION SELECT reviewed_by_id FROM catalogue_doselimit UNION
        SELECT reviewed_by_id FROM catalogue_contraindication UNION SELECT reviewed_by_id FROM catalogue_indication)),
  'ingredients', (SELECT coalesce(json_agg(json_build_array(
        id, code, name, family, is_active, status, status_reason, preparation, prescription, work_order,
        regulatory_status, in_syringe, synonyms, source_keys, retired_at IS NOT NULL)), '[]')
      FROM catalogue_ingredient),
  'pairs', (SELECT coalesce(json_agg(json_build_array(
        first_id, second_id, kind, severity, scope, why, basis, source_keys, source_text,
        reviewed_at, reviewed_by_id)), '[]')
      FROM catalogue_interaction WHERE retired_at IS NULL),
  'limits', (SELECT coalesce(json_agg(json_build_array(
        d.ingredient_id, d.value::text, d.unit, d.period, d.mg_per_kg::text, d.kind, d.basis_text, d.source_keys,
        d.source_text, d.reviewed_at, coalesce(own.set_by, ''),
        d.reviewed_by_id)), '[]')
      FROM catalogue_doselimit d
      LEFT JOIN LATERAL (SELECT coalesce(nullif(trim(u.title || ' ' || u.first_name || ' ' || u.last_name), ''), u.username)
                                || ', ' || to_char(v.at, 'FMDD Mon YYYY') AS set_by
                           FROM catalogue_rowversion v JOIN accounts_user u ON u.id = v.by_id
                          WHERE d.kind = 'clinic' AND v.kind = 'catalogue.doselimit' AND v.row_id = d.id
                          ORDER BY v.number DESC LIMIT 1) own ON true
      WHERE d.retired_at IS NULL),
  'ceilings', (SELECT coalesce(json_agg(json_build_array(
        l.what, l.technique, l.scope, l.ingredient_id, l.zone, l.maximum::text, l.unit, l.level, l.finding, l.note,
        l.basis, l.source_keys, l.source_text, l.reviewed_at IS NOT NULL, l.code IS NULL, coalesce(own.set_by, ''))
        ORDER BY l.id), '[]')
      FROM catalogue_volumelimit l
      LEFT JOIN LATERAL (SELECT coalesce(nullif(trim(u.title || ' ' || u.first_name || ' ' || u.last_name), ''), u.username)
                                || ', ' || to_char(v.at, 'FMDD Mon YYYY') AS set_by
                           FROM catalogue_rowversion v JOIN accounts_user u ON u.id = v.by_id
                          WHERE l.code IS NULL AND v.kind = 'catalogue.volumelimit' AND v.row_id = l.id
                          ORDER BY v.number DESC LIMIT 1) own ON true
      WHERE l.retired_at IS NULL),
  'no_limit_reasons', (SELECT coalesce(json_object_agg(i.code, c.reason), '{}')
      FROM catalogue_dosecoverage c JOIN catalogue_ingredient i ON i.id = c.ingredient_id
      WHERE c.reason <> '' AND c.retired_at IS NULL),
  'identities', (SELECT coalesce(json_agg(json_build_array(
        ingredient_id, moiety, pools, possible_pools, is_mixture, members_are_counted, maybe_inside_products)
        ORDER BY id), '[]')
      FROM catalogue_substanceidentity WHERE ingredient_id IS NOT NULL AND retired_at IS NULL),
  'contras', (SELECT coalesce(json_agg(json_build_array(
        c.ingredient_id, f.code, coalesce(f.short_label, c.factor_text), c.severity, c.severity_note, c.why,
        c.action, c.basis, c.source_keys, c.source_text, c.reviewed_at,
        c.reviewed_by_id)), '[]')
      FROM catalogue_contraindication c LEFT JOIN patients_factor f ON f.id = c.factor_id
      WHERE c.retired_at IS NULL),
  'indications', (SELECT coalesce(json_agg(json_build_array(
        c.code, i.ingredient_id, i.support, i.evidence_level, i.remark, i.basis, i.source_keys, i.source_text,
        i.reviewed_at, i.contested, i.show_as, i."order", i.reviewed_by_id)), '[]')
      FROM catalogue_indication i JOIN conditions_condition c ON c.id = i.condition_id
      WHERE i.retired_at IS NULL),
  'others', (SELECT coalesce(json_agg(json_build_array(
        c.code, o.name, o.support, o.text, o."limit", o.contested, o.show_as, o."order", o.basis, o.source_keys,
        o.source_text, o.question, o.answers) ORDER BY c.code, o."order", o.name), '[]')
      FROM catalogue_othertreatment o JOIN conditions_condition c ON c.id = o.condition_id
      WHERE o.retired_at IS NULL)
)::text END, json_build_object(
  'products', (SELECT coalesce(json_agg(json_build_array(
        p.id, p.code, p.name, p.strength, p.premade, p.additions_allowed, p.retired_at IS NOT NULL,
        CASE WHEN p.blocked THEN coalesce(nullif(p.blocked_reason, ''), 'it is not to be used') ELSE '' END,
        CASE WHEN p.injectable = 'yes' THEN '' ELSE coalesce(nullif(p.legal_route, ''),
             'not known to be made for injection') END,
        held.contents, p.price_per_ml::text, p.presentation, p.in_use_hours, p.maker, p.container_ml::text) ORDER BY p.name_key, p.code), '[]')
      FROM catalogue_product p
      LEFT JOIN (SELECT product_id, json_agg(json_build_array(ingredient_id, mg_per_ml::text) ORDER BY id) AS contents
                   FROM catalogue_productcontent GROUP BY product_id) held ON held.product_id = p.id),
  'lots', (SELECT coalesce(json_agg(json_build_array(
        product_id, number, expires_on,
        (CASE WHEN opened_until <= now() THEN on_hand_ml - coalesce(opened_ml, on_hand_ml) ELSE on_hand_ml END)::text,
        status = 'released' AND (opened_until IS NULL OR opened_until > now() OR on_hand_ml > opened_ml))), '[]')
      FROM stock_lot WHERE clinic_id = %(clinic)s AND on_hand_ml > 0),
  'keeps_stock', EXISTS (SELECT FROM stock_lot WHERE clinic_id = %(clinic)s),
  'formulations', (SELECT coalesce(json_agg(json_build_array(
        v.id, k.name, v.kind, v.syringe_ml::text, v.sessions, v.every_days, drawn.lines) ORDER BY k.name, v.id), '[]')
      FROM cocktails_cocktail k
      JOIN LATERAL (SELECT id, kind, syringe_ml, sessions, every_days FROM cocktails_cocktailversion WHERE cocktail_id = k.id
                     ORDER BY number DESC LIMIT 1) v ON true
      JOIN LATERAL (SELECT json_agg(json_build_array(p.code, p.name, c.ml::text) ORDER BY c.position, c.id) AS lines
                      FROM cocktails_component c JOIN catalogue_product p ON p.id = c.product_id
                     WHERE c.version_id = v.id) drawn ON drawn.lines IS NOT NULL
      WHERE k.clinic_id = %(clinic)s AND k.patient_id IS NULL AND k.retired_at IS NULL)
)::text
FROM (SELECT
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM core_source) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_ingredient) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_interaction) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_doselimit) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_volumelimit) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_dosecoverage) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_substanceidentity) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_contraindication) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM patients_factor) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_indication) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM catalogue_othertreatment) || ':' ||
  (SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended(row(ctid, xmin), 0)), 0) FROM conditions_condition)
  OFFSET 0) mark(said)
