-- The record. `body` is the canonical JSON that `body_hash` is taken of; every other field is computed from it, so there is
-- no column that could say something else than what is hashed.
create table audit (
  seq integer primary key,
  body text not null,
  prev_hash text not null,
  body_hash text not null,
  hash text not null,
  id text generated always as (json_extract(body, '$.id')) virtual,
  at text generated always as (json_extract(body, '$.at')) virtual,
  event text generated always as (json_extract(body, '$.event')) virtual,
  outcome text generated always as (json_extract(body, '$.outcome')) virtual,
  account text generated always as (json_extract(body, '$.actor.account')) virtual,
  token text generated always as (json_extract(body, '$.actor.token')) virtual,
  session text generated always as (json_extract(body, '$.actor.session')) virtual,
  via text generated always as (json_extract(body, '$.actor.via')) virtual,
  approver text generated always as (json_extract(body, '$.approver')) virtual,
  tool text generated always as (json_extract(body, '$.tool')) virtual,
  action_id text generated always as (json_extract(body, '$.action_id')) virtual,
  request_id text generated always as (json_extract(body, '$.request_id')) virtual,
  plan_id text generated always as (json_extract(body, '$.plan_id')) virtual,
  plan_hash text generated always as (json_extract(body, '$.plan_hash')) virtual,
  approval_id text generated always as (json_extract(body, '$.approval_id')) virtual,
  run_id text generated always as (json_extract(body, '$.run_id')) virtual,
  conversation_id text generated always as (json_extract(body, '$.conversation_id')) virtual,
  workspace_id text generated always as (json_extract(body, '$.workspace_id')) virtual,
  trace_id text generated always as (json_extract(body, '$.trace_id')) virtual,
  policy_version integer generated always as (json_extract(body, '$.policy_version')) virtual,
  data text generated always as (json_extract(body, '$.data')) virtual
);

-- No index here, and none that is unique above all: `insert or replace` on a unique one would delete the older row without
-- asking the delete trigger. What is searched by is kept in `audit_fields`.
create trigger audit_insert before insert on audit
when new.seq is not (select coalesce(max(seq), 0) + 1 from audit)
  or new.prev_hash is not coalesce((select hash from audit order by seq desc limit 1), '0000000000000000000000000000000000000000000000000000000000000000')
begin
  select raise(abort, 'audit rows are appended at the end of the chain');
end;

create trigger audit_update before update on audit
begin
  select raise(abort, 'audit rows are never changed');
end;

create trigger audit_delete before delete on audit
begin
  select raise(abort, 'audit rows are never deleted');
end;

-- What lists, search and chart read, kept by the indexer a moment after the rows (its place is the fact `audit_indexed_seq`), so
-- that an append writes one page of one table. Readers look at the rows after that place one by one. Derived: can be made again
-- from `audit`; no evidence rests on it. The words are in `audit_text_N`, made as needed, one for each 50,000 rows.
create table audit_fields (
  seq integer primary key,
  at text not null,
  event text not null,
  outcome text not null,
  account text,
  tool text,
  workspace_id text,
  run_id text,
  action_id text
);
create index audit_fields_at on audit_fields (at, seq);
create index audit_fields_event on audit_fields (event, seq);
create index audit_fields_outcome on audit_fields (outcome, seq);
create index audit_fields_account on audit_fields (account, seq) where account is not null;
create index audit_fields_tool on audit_fields (tool, seq) where tool is not null;
create index audit_fields_workspace on audit_fields (workspace_id, seq) where workspace_id is not null;
create index audit_fields_run on audit_fields (run_id, seq) where run_id is not null;
create index audit_fields_action on audit_fields (action_id, seq) where action_id is not null;

-- Actions by the hour: of each account, and of all (`*`).
create table audit_activity (
  hour text not null,
  account text not null,
  kind text not null,
  rows integer not null,
  primary key (account, hour, kind)
) without rowid;
