-- Where these products are used: saved formulations, the last sessions that were signed, and how many sessions in all.
SELECT json_build_object(
  'recipes', (SELECT coalesce(json_agg(json_build_array(v.id, k.name) ORDER BY k.name, v.id), '[]')
      FROM cocktails_cocktail k
      JOIN LATERAL (SELECT id FROM cocktails_cocktailversion WHERE cocktail_id = k.id
                     ORDER BY number DESC LIMIT 1) v ON true
      WHERE k.patient_id IS NULL AND k.retired_at IS NULL AND EXISTS (
        SELECT 1 FROM cocktails_component p WHERE p.version_id = v.id AND p.product_id = ANY(%(products)s))),
  'last', (SELECT coalesce(json_agg(json_build_array(s.id, s.performed_on, s.number, s.status,
        CASE WHEN %(clinical)s THEN trim(p.given_names || ' ' || p.family_name) ELSE '' END)
        ORDER BY s.performed_on DESC, s.id DESC), '[]')
      FROM (SELECT * FROM treatment_sessions_treatmentsession s WHERE s.status <> 'draft' AND s.id IN (
              SELECT d.treatment_session_id
                FROM (SELECT id FROM stock_lot WHERE product_id = ANY(%(products)s) ORDER BY id DESC LIMIT %(lots)s) l
                JOIN LATERAL (SELECT treatment_session_id FROM treatment_sessions_dose
                               WHERE lot_id = l.id ORDER BY treatment_session_id DESC LIMIT %(named)s) d ON true)
             ORDER BY s.performed_on DESC, s.id DESC LIMIT %(named)s) s
      JOIN patients_patient p ON p.id = s.patient_id),
  'count', (SELECT count(*) FROM (
      SELECT DISTINCT d.treatment_session_id FROM treatment_sessions_dose d
        JOIN stock_lot l ON l.id = d.lot_id
        JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
       WHERE l.product_id = ANY(%(products)s) AND s.status <> 'draft' LIMIT %(most)s) used)
)::text
