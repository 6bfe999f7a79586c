-- unaccent() is only STABLE, because its dictionary may change; named in full it may stand in an index.
CREATE FUNCTION core_plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT public.unaccent('public.unaccent'::regdictionary, lower($1)) $$;
