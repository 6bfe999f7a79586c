-- One cocktail version as its page and the rules take it, as an expression over cocktails_cocktailversion and its
-- cocktail. Parameters: the day (twice), the account, the kind of its autosaved form. Figures travel as text.
jsonb_build_object(
  'lines', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name', p.name || ' ' || p.strength,
                                               'ml', m.ml::text) ORDER BY m.position, m.id), '[]')
    FROM cocktails_component m JOIN catalogue_product p ON p.id = m.product_id WHERE m.version_id = cocktails_cocktailversion.id),
  'before', (SELECT jsonb_build_object('number', b.number, 'kind', b.kind, 'syringe_ml', b.syringe_ml::text,
                                       'sessions', b.sessions, 'every_days', b.every_days,
                                       'lines', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name', p.name || ' ' || p.strength,
                                               'ml', m.ml::text) ORDER BY m.position, m.id), '[]')
    FROM cocktails_component m JOIN catalogue_product p ON p.id = m.product_id WHERE m.version_id = b.id))
      FROM cocktails_cocktailversion b
     WHERE b.cocktail_id = cocktails_cocktailversion.cocktail_id AND b.number < cocktails_cocktailversion.number
     ORDER BY b.number DESC LIMIT 1),
  'next', (SELECT jsonb_build_object('id', n.id, 'number', n.number)
      FROM cocktails_cocktailversion n
     WHERE n.cocktail_id = cocktails_cocktailversion.cocktail_id AND n.number > cocktails_cocktailversion.number
     ORDER BY n.number DESC LIMIT 1),
  'overrides', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', o.code, 'level', o.level,
                                 'message', o.message, 'reason', o.reason) ORDER BY o.id), '[]')
      FROM cocktails_cocktailoverride o WHERE o.version_id = cocktails_cocktailversion.id),
  'factors', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'code', f.code, 'short', f.short_label,
                               'said_label', f.said_label, 'said', r.said, 'label', r.label, 'kind', r.kind) ORDER BY r.id), '[]')
      FROM patients_riskfactor r LEFT JOIN patients_factor f ON f.id = r.factor_id
     WHERE r.patient_id IN (SELECT q.id FROM patients_patient q WHERE q.id = cocktails_cocktail.patient_id OR q.merged_into_id = cocktails_cocktail.patient_id)
       AND (r.started_on IS NULL OR r.started_on <= %s) AND (r.ended_on IS NULL OR r.ended_on > %s)),
  'weight', coalesce(
     (SELECT s.said[1] FROM patients_safetyanswer s
       WHERE s.patient_id IN (SELECT q.id FROM patients_patient q WHERE q.id = cocktails_cocktail.patient_id OR q.merged_into_id = cocktails_cocktail.patient_id) AND s.question = 'weight'
       ORDER BY s.asked_on DESC, s.id DESC LIMIT 1),
     (SELECT i.weight_kg::text FROM patients_intake i
       WHERE i.patient_id IN (SELECT q.id FROM patients_patient q WHERE q.id = cocktails_cocktail.patient_id OR q.merged_into_id = cocktails_cocktail.patient_id) ORDER BY i.taken_at DESC, i.id DESC LIMIT 1)),
  'answers', (SELECT i.answers FROM patients_intake i
              WHERE i.patient_id IN (SELECT q.id FROM patients_patient q WHERE q.id = cocktails_cocktail.patient_id OR q.merged_into_id = cocktails_cocktail.patient_id) ORDER BY i.taken_at DESC, i.id DESC LIMIT 1),
  'latest', (
  SELECT jsonb_build_object('id', a.id, 'area', (SELECT sum(z.area_cm2)::text FROM conditions_assessmentzone z
                                                  WHERE z.assessment_id = a.id),
           'conditions', jsonb_build_array(jsonb_build_object('code', c.code, 'name', c.name, 'factor', f.code))
             || coalesce((SELECT jsonb_agg(jsonb_build_object('code', oc.code, 'name', oc.name, 'factor', ofa.code)
                                           ORDER BY oc.name)
                  FROM conditions_assessmentcondition o
                  JOIN conditions_condition oc ON oc.id = o.condition_id
                  LEFT JOIN patients_factor ofa ON ofa.id = oc.factor_id
                 WHERE o.assessment_id = a.id), '[]'))
    FROM conditions_assessment a JOIN conditions_condition c ON c.id = a.condition_id
    LEFT JOIN patients_factor f ON f.id = c.factor_id
   WHERE a.patient_id IN (SELECT q.id FROM patients_patient q WHERE q.id = cocktails_cocktail.patient_id OR q.merged_into_id = cocktails_cocktail.patient_id) ORDER BY a.assessed_at DESC, a.id DESC LIMIT 1),
  'own', (
  SELECT jsonb_build_object('id', a.id, 'area', (SELECT sum(z.area_cm2)::text FROM conditions_assessmentzone z
                                                  WHERE z.assessment_id = a.id),
           'conditions', jsonb_build_array(jsonb_build_object('code', c.code, 'name', c.name, 'factor', f.code))
             || coalesce((SELECT jsonb_agg(jsonb_build_object('code', oc.code, 'name', oc.name, 'factor', ofa.code)
                                           ORDER BY oc.name)
                  FROM conditions_assessmentcondition o
                  JOIN conditions_condition oc ON oc.id = o.condition_id
                  LEFT JOIN patients_factor ofa ON ofa.id = oc.factor_id
                 WHERE o.assessment_id = a.id), '[]'))
    FROM conditions_assessment a JOIN conditions_condition c ON c.id = a.condition_id
    LEFT JOIN patients_factor f ON f.id = c.factor_id
   WHERE a.id = cocktails_cocktailversion.assessment_id ORDER BY a.assessed_at DESC, a.id DESC LIMIT 1),
  'draft', (SELECT d.fields FROM core_autosave d
             WHERE d.owner_id = %s AND d.kind = %s AND d.subject = 'version:' || cocktails_cocktailversion.id)
)
