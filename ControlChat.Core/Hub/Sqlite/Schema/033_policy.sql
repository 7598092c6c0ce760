-- The rules that admins save, in versions: a row is never changed. Without a row the hub has version 1, which is "no saved rules".
create table policy_versions (
  version integer primary key,
  -- A JSON array.
  rules text not null,
  -- What the operator's settings asked for then, as JSON, and its hash: settings that change make a version of their own at the hub's start.
  operator_rules text not null,
  operator_hash text not null,
  -- An account; null: the hub itself.
  saved_by text,
  saved_at text not null,
  note text not null
);

create trigger policy_versions_insert before insert on policy_versions
when new.version is not (select coalesce(max(version), 0) + 1 from policy_versions)
begin
  select raise(abort, 'policy versions follow one another');
end;

create trigger policy_versions_update before update on policy_versions
begin
  select raise(abort, 'policy versions are never changed');
end;

create trigger policy_versions_delete before delete on policy_versions
begin
  select raise(abort, 'policy versions are never deleted');
end;

-- Who gave an account something lately: made it, gave it its role, its e-mail address or a link to choose a password.
create table account_ties (
  account_id text not null,
  by_id text not null,
  what text not null,
  at text not null,
  primary key (account_id, by_id, what)
) without rowid;
create index account_ties_at on account_ties (at);
insert or replace into account_ties (account_id, by_id, what, at)
select json_extract(a.data, '$.account_id'), a.account, json_extract(a.data, '$.change'), a.at from audit a
where a.seq in (select seq from audit_fields where event = 'account.changed' union select seq from audit where seq > (select coalesce(max(seq), 0) from audit_fields))
  and a.event = 'account.changed' and a.account is not null and a.account <> json_extract(a.data, '$.account_id')
  and json_extract(a.data, '$.change') in ('created', 'role', 'email', 'password_link', 'reopened')
order by a.seq;

-- Sessions that were opened one after another in the same browser, as far as the hub knows: all bear the id of the first.
alter table auth_sessions add column lineage text;
update auth_sessions set lineage = id;
-- The hash of the mark that a sign-in by password left in the browser.
alter table auth_sessions add column browser_mark text;
create index auth_sessions_lineage on auth_sessions (lineage);
create index auth_sessions_mark on auth_sessions (browser_mark) where browser_mark is not null;
