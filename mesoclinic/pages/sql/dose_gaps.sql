-- Ingredients that are injected and have no dose limit on file, the most used first: how many products hold each, how
-- many cocktails, and how many sessions gave it, each counted to "most" and no further.
SELECT i.code, i.name, coalesce(c.reason, ''), coalesce(c.source_keys, '{}'), held.products, mixed.cocktails, given.sessions
  FROM catalogue_ingredient i
  LEFT JOIN catalogue_dosecoverage c ON c.ingredient_id = i.id AND c.retired_at IS NULL
  CROSS JOIN LATERAL (
    SELECT count(*) AS products FROM (SELECT 1
      FROM catalogue_productcontent pc JOIN catalogue_product p ON p.id = pc.product_id
     WHERE pc.ingredient_id = i.id AND p.retired_at IS NULL LIMIT %(most)s) one) held
  CROSS JOIN LATERAL (
    SELECT count(*) AS cocktails FROM (SELECT DISTINCT co.version_id
      FROM catalogue_productcontent pc JOIN cocktails_component co ON co.product_id = pc.product_id
     WHERE pc.ingredient_id = i.id LIMIT %(most)s) one) mixed
  CROSS JOIN LATERAL (
    SELECT count(*) AS sessions FROM (SELECT DISTINCT d.treatment_session_id
      FROM catalogue_productcontent pc JOIN stock_lot l ON l.product_id = pc.product_id
      JOIN treatment_sessions_dose d ON d.lot_id = l.id
     WHERE pc.ingredient_id = i.id LIMIT %(most)s) one) given
 WHERE i.retired_at IS NULL AND i.status <> 'blocked' AND i.in_syringe AND (i.is_active OR i.family LIKE 'anaesthetic%%')
   AND NOT EXISTS (SELECT FROM catalogue_doselimit l WHERE l.ingredient_id = i.id AND l.retired_at IS NULL)
 ORDER BY given.sessions DESC, mixed.cocktails DESC, held.products DESC, i.name_key, i.id
