-- The ml of each product that open plans take in a session, against what is usable at the clinic.
SELECT p.id, p.name, p.strength, coalesce(sum(l.on_hand_ml - CASE WHEN l.opened_until <= now()
            THEN coalesce(l.opened_ml, l.on_hand_ml) ELSE 0 END), 0), min(l.expires_on),
       (array_agg(l.number ORDER BY l.expires_on, l.number))[1], need.ml
  FROM (SELECT c.product_id, avg(c.ml) AS ml
          FROM plans_treatmentplan t
          JOIN cocktails_component c ON c.version_id = t.cocktail_version_id
         WHERE t.clinic_id = %(clinic)s AND t.status = ANY(%(open)s)
         GROUP BY c.product_id) need
  JOIN catalogue_product p ON p.id = need.product_id
  LEFT JOIN stock_lot l ON l.product_id = p.id AND l.clinic_id = %(clinic)s
        AND l.status = 'released' AND l.expires_on >= %(today)s AND l.on_hand_ml > 0
 GROUP BY p.id, p.name, p.strength, need.ml
 ORDER BY least(coalesce(min(l.expires_on) - %(today)s, 0), coalesce(sum(l.on_hand_ml), 0) / need.ml), p.name
 LIMIT %(most)s
