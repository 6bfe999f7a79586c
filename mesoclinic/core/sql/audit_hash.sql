-- What a seal covers: its place, the seal before it, and every column of its event.
CREATE FUNCTION core_audit_hash(place bigint, previous text, event bigint) RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', place, previous, e.id, extract(epoch FROM e.at), e.by_id, e.did,
                                              e.subject_type, e.subject_id, e.patient_id, e.data::text), 'UTF8')), 'hex')
      FROM core_auditevent e WHERE e.id = event
$$;
