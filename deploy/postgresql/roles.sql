-- As a superuser, once, connected to the database mesoclinic; running it again changes nothing.
-- The owner of a table can drop its triggers, so the application must not be the owner.
-- Passwords: ALTER ROLE mesoclinic PASSWORD '…' and the same for mesoclinic_owner, from psql's \password.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mesoclinic_owner') THEN
        CREATE ROLE mesoclinic_owner LOGIN NOSUPERUSER;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mesoclinic') THEN
        CREATE ROLE mesoclinic LOGIN NOSUPERUSER;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO mesoclinic_owner', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

ALTER SCHEMA public OWNER TO mesoclinic_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO mesoclinic;

-- What is there, and whatever an upgrade adds: nobody has to remember it.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mesoclinic;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO mesoclinic;
ALTER DEFAULT PRIVILEGES FOR ROLE mesoclinic_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mesoclinic;
ALTER DEFAULT PRIVILEGES FOR ROLE mesoclinic_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO mesoclinic;

-- Without the application's own limits (a pooler in between), these hold.
ALTER ROLE mesoclinic SET statement_timeout = '15s';
ALTER ROLE mesoclinic SET lock_timeout = '5s';
ALTER ROLE mesoclinic SET idle_in_transaction_session_timeout = '30s';
