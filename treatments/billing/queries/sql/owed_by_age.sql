-- After open_parts.sql: how many patients owe how much, by how long it is late: 0 not due yet, 1 to 30 days, 2 to 60, 3 more.
SELECT clinic_id, day, currency,
       CASE WHEN due_on >= day THEN 0 WHEN day - due_on <= 30 THEN 1 WHEN day - due_on <= 60 THEN 2 ELSE 3 END AS age,
       count(DISTINCT patient_id), sum(amount)
  FROM open_part
 GROUP BY 1, 2, 3, 4
 ORDER BY 1, 2, 3, 4
