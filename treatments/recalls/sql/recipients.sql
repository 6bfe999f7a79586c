-- Who received one of these lots, one row a person; a record that was merged is the one it went into. The statement
-- that follows reads "person" and "got". Parameters: the lots, and the case that says who was told.
-- A dose says its lot whatever the session's status is: signed, amended, void, and drafts, whose patient may be in the
-- chair. Vials: what was opened of these lots, and how many other people had some of it.
WITH got AS (
    SELECT coalesce(again.merged_into_id, p.merged_into_id, p.id) AS person, s.id AS session_id, s.status, s.performed_on, d.lot_id, d.ml - coalesce(d.wasted_ml, 0) AS ml,
           d.movement_id
      FROM treatment_sessions_dose d
      JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
      JOIN patients_patient p ON p.id = s.patient_id
      LEFT JOIN patients_patient again ON again.id = p.merged_into_id
     WHERE d.lot_id = ANY(%(lots)s)
), vial AS (
    SELECT got.person, w.vial_id FROM got JOIN stock_vialdraw w ON w.movement_id = got.movement_id
     GROUP BY 1, 2
), shared AS (
    SELECT mine.person, count(DISTINCT theirs.person) AS others
      FROM vial mine JOIN vial theirs ON theirs.vial_id = mine.vial_id AND theirs.person <> mine.person
     GROUP BY 1
), tried AS (
    SELECT coalesce(again.merged_into_id, p.merged_into_id, p.id) AS person, count(*) AS attempts, bool_or(a.outcome = 'reached') AS reached, max(a.id) AS last_id
      FROM recalls_contactattempt a
      JOIN patients_patient p ON p.id = a.patient_id
      LEFT JOIN patients_patient again ON again.id = p.merged_into_id
     WHERE a.case_id = %(case)s
     GROUP BY 1
), person AS (
    SELECT got.person, count(DISTINCT got.session_id) AS sessions, max(got.performed_on) AS last_on, sum(got.ml) AS ml,
           array_agg(DISTINCT l.number) AS lots, bool_or(got.status = 'draft') AS in_draft,
           bool_and(got.status = 'void') AS all_void,
           coalesce(min(shared.others), 0) AS others, coalesce(min(tried.attempts), 0) AS attempts,
           coalesce(bool_or(tried.reached), false) AS reached, min(tried.last_id) AS last_id
      FROM got
      JOIN stock_lot l ON l.id = got.lot_id
      LEFT JOIN shared ON shared.person = got.person
      LEFT JOIN tried ON tried.person = got.person
     GROUP BY got.person
)
