-- What a seal covers: its place, the seal before it, and every column of its event. As JSON, each value keeps its bounds:
-- nothing is skipped, and what moves from one column to another is seen. The time names the month in which the event lies.
CREATE FUNCTION core_audit_hash(place bigint, previous text, event bigint, event_at timestamptz) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
               place, previous, e.id, extract(epoch FROM e.at), e.by_id, e.did, e.subject_type, e.subject_id, e.patient_id,
               e.data, host(e.address))::text, 'UTF8')), 'hex')
      FROM core_auditevent e WHERE e.id = event AND e.at = event_at
$$;
