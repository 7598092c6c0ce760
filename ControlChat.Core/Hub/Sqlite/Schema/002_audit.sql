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

-- No index is unique: `insert or replace` on a unique one would delete the older row without asking the delete trigger.
create index audit_at on audit (at, seq);
create index audit_event on audit (event, seq);
create index audit_tool on audit (tool, seq) where tool is not null;
create index audit_account on audit (account, seq) where account is not null;
create index audit_outcome on audit (outcome, seq);
create index audit_workspace on audit (workspace_id, seq) where workspace_id is not null;
create index audit_run on audit (run_id, seq) where run_id is not null;
create index audit_action on audit (action_id, seq) where action_id is not null;

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

-- What search and chart read, kept by the indexer a moment after the rows (its place is the fact `audit_indexed_seq`), so that
-- an append stays short. Derived: can be made again from `audit`; no evidence rests on it.
create virtual table audit_text using fts5(words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0');

create table audit_activity (
  hour text not null,
  account text not null,
  kind text not null,
  rows integer not null,
  primary key (hour, account, kind)
) without rowid;
