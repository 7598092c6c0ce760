-- The record is the table of this schema, whatever temporary one of its name the session that appends has made.
do $$
begin
  execute format('alter function audit_appended() set search_path = pg_catalog, %I, pg_temp', current_schema());
end $$;
