-- What a cocktail version holds, as an expression over cocktails_cocktailversion. Figures travel as text.
jsonb_build_object('lines', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name', p.name || ' ' || p.strength,
                                               'ml', m.ml::text) ORDER BY m.position, m.id), '[]')
    FROM cocktails_component m JOIN catalogue_product p ON p.id = m.product_id WHERE m.version_id = cocktails_cocktailversion.id
))
