-- The tables of this month and the next, and one for the rest; the names of those that are new. As the owner of the tables, who
-- alone may make them: the application calls it and owns nothing.
CREATE FUNCTION core_make_audit_months(today date) RETURNS SETOF text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    first date := date_trunc('month', today)::date;
    part text;
    guard record;
    is_full boolean;
BEGIN
    IF to_regclass('core_auditevent_rest') IS NULL THEN
        CREATE TABLE core_auditevent_rest PARTITION OF core_auditevent DEFAULT;
        RETURN NEXT 'core_auditevent_rest';
    END IF;
    FOR n IN 1..2 LOOP
        part := 'core_auditevent_' || to_char(first, 'YYYY_MM');
        IF to_regclass(part) IS NULL THEN
            SELECT EXISTS (SELECT 1 FROM core_auditevent_rest
                            WHERE at >= first::timestamp AT TIME ZONE 'UTC'
                              AND at < (first + interval '1 month') AT TIME ZONE 'UTC') INTO is_full;
            -- What has come while its month had no table stays where it is.
            IF NOT is_full THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF core_auditevent FOR VALUES FROM (%L) TO (%L)',
                               part, first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
                RETURN NEXT part;
            END IF;
        END IF;
        first := (first + interval '1 month')::date;
    END LOOP;
    -- Triggers for rows come with a partition; the one for TRUNCATE does not, and is given to each here.
    FOR guard IN
        SELECT p.inhrelid::regclass::text AS part, t.tgname AS name, t.tgfoid::regproc::text AS function
          FROM pg_trigger t JOIN pg_inherits p ON p.inhparent = t.tgrelid
         WHERE t.tgrelid = 'core_auditevent'::regclass AND NOT t.tgisinternal AND t.tgname LIKE 'pgtrigger_never_truncated%'
           AND NOT EXISTS (SELECT 1 FROM pg_trigger o WHERE o.tgrelid = p.inhrelid AND o.tgname = t.tgname)
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s()',
                       guard.name, guard.part, guard.function);
    END LOOP;
END $$;
