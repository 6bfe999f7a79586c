-- At commit: a session that is not void has its course session, with the same day and signature, and a course session
-- has its session. Works on both tables: both have plan_id and number.
FOR place IN
    SELECT OLD.plan_id AS plan_id, OLD.number AS number WHERE TG_OP <> 'INSERT'
     UNION
    SELECT NEW.plan_id, NEW.number WHERE TG_OP <> 'DELETE'
LOOP
    IF EXISTS (
        SELECT 1
          FROM (SELECT performed_on, signed_at, 1 AS one FROM treatment_sessions_treatmentsession
                 WHERE plan_id = place.plan_id AND number = place.number AND status <> 'void') s
          FULL JOIN (SELECT performed_on, signed_at, 1 AS one FROM plans_coursesession
                      WHERE plan_id = place.plan_id AND number = place.number) c USING (one)
         WHERE (s.performed_on, s.signed_at) IS DISTINCT FROM (c.performed_on, c.signed_at)
    ) THEN
        RAISE EXCEPTION 'A session and its course session say the same: number, day and signature.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END LOOP;
RETURN NULL;
