-- The rules that admins save, in versions: a row is never changed. Without a row the hub has version 1, which is "no saved rules".
create table policy_versions (
  version bigint primary key,
  -- A JSON array.
  rules text collate "C" not null,
  -- What the operator's settings asked for then, as JSON, and its hash: settings that change make a version of their own at the hub's start.
  operator_rules text collate "C" not null,
  operator_hash text collate "C" not null,
  -- An account; null: the hub itself.
  saved_by text collate "C",
  saved_at text collate "C" not null,
  note text collate "C" not null
);

create function policy_version_follows() returns trigger language plpgsql as $$
begin
  if new.version is distinct from (select coalesce(max(version), 0) + 1 from policy_versions) then
    raise exception 'policy versions follow one another' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
do $$
begin
  execute format('alter function policy_version_follows() set search_path = pg_catalog, %I, pg_temp', current_schema());
end $$;
create trigger policy_versions_insert before insert on policy_versions for each row execute function policy_version_follows();

create function policy_version_kept() returns trigger language plpgsql as $$
begin
  raise exception 'policy versions are never changed or deleted' using errcode = 'integrity_constraint_violation';
end $$;
create trigger policy_versions_update before update on policy_versions for each row execute function policy_version_kept();
create trigger policy_versions_delete before delete on policy_versions for each row execute function policy_version_kept();
create trigger policy_versions_truncate before truncate on policy_versions for each statement execute function policy_version_kept();

-- Who gave an account something lately: made it, gave it its role, its e-mail address or a link to choose a password.
create table account_ties (
  account_id text collate "C" not null,
  by_id text collate "C" not null,
  what text collate "C" not null,
  at text collate "C" not null,
  primary key (account_id, by_id, what)
);
create index account_ties_at on account_ties (at);
insert into account_ties (account_id, by_id, what, at)
select account_id, account, change, max(at) from (
  select said #>> '{data,account_id}' as account_id, account, said #>> '{data,change}' as change, at
  from (select cast(case when strpos(body, '\u0000') > 0 then regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0000', '\1' || U&'\FFFD', 'g') else body end as jsonb) as said, account, at from audit where event = 'account.changed' and account is not null) bodies) changes
where account <> account_id and change in ('created', 'role', 'email', 'password_link', 'reopened')
group by account_id, account, change;

-- Sessions that were opened one after another in the same browser, as far as the hub knows: all bear the id of the first.
alter table auth_sessions add column lineage text collate "C";
update auth_sessions set lineage = id;
-- The hash of the mark that a sign-in by password left in the browser.
alter table auth_sessions add column browser_mark text collate "C";
create index auth_sessions_lineage on auth_sessions (lineage);
create index auth_sessions_mark on auth_sessions (browser_mark) where browser_mark is not null;
