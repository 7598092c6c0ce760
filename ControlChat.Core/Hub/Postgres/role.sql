-- The role a hub serves with: it may do what the hub does and cannot change or remove a row of the record. Run this as the owner of
-- the hub's tables, in the hub's database, after the hub was started once as the owner; again after each new version that brings tables.
-- Then give the role a password (alter role controlchat_app password '…') and name it in Hub:ConnectionString.
-- An owner who may not make roles (CREATEROLE) has it made by one who may, before.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'controlchat_app') then
    create role controlchat_app login;
  end if;
end $$;
grant usage on schema public to controlchat_app;
grant select, insert, update, delete on all tables in schema public to controlchat_app;
grant usage on all sequences in schema public to controlchat_app;
revoke update, delete, truncate on audit, audit_checkpoints, policy_versions from controlchat_app;
revoke insert, update, delete on schema_versions from controlchat_app;
revoke update, delete on hub_keys from controlchat_app;
-- Nobody's temporary table stands before a table of the hub. Only the database's owner can take this right away.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end $$;
