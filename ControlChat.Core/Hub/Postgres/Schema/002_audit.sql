create extension if not exists pg_trgm;

-- A field of a row's body. A NUL, which JSON can say and PostgreSQL's text cannot hold, is read as the replacement character.
create function audit_field(body text, variadic path text[]) returns text language sql immutable parallel safe as $$
  select cast(case when strpos(body, '\u0000') > 0 then regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0000', '\1' || U&'\FFFD', 'g') else body end as json) #>> path
$$;

-- The record. `body` is the canonical JSON that `body_hash` is taken of; every other field is computed from it, so there is
-- no column that could say something else than what is hashed. Only what statements ask for has a column: PostgreSQL 15 stores
-- what SQLite computes on the way, and each would make every row longer.
create table audit (
  seq bigint primary key,
  body text collate "C" not null,
  prev_hash text collate "C" not null,
  body_hash text collate "C" not null,
  hash text collate "C" not null,
  at text collate "C" generated always as (audit_field(body, 'at')) stored,
  event text collate "C" generated always as (audit_field(body, 'event')) stored,
  outcome text collate "C" generated always as (audit_field(body, 'outcome')) stored,
  account text collate "C" generated always as (audit_field(body, 'actor', 'account')) stored,
  tool text collate "C" generated always as (audit_field(body, 'tool')) stored,
  workspace_id text collate "C" generated always as (audit_field(body, 'workspace_id')) stored,
  run_id text collate "C" generated always as (audit_field(body, 'run_id')) stored,
  conversation_id text collate "C" generated always as (audit_field(body, 'conversation_id')) stored,
  action_id text collate "C" generated always as (audit_field(body, 'action_id')) stored
);

create function audit_appended() returns trigger language plpgsql as $$
begin
  if new.seq is distinct from (select coalesce(max(seq), 0) + 1 from audit)
    or new.prev_hash is distinct from coalesce((select hash from audit order by seq desc limit 1), '0000000000000000000000000000000000000000000000000000000000000000') then
    raise exception 'audit rows are appended at the end of the chain' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger audit_insert before insert on audit for each row execute function audit_appended();

create function audit_kept() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are never changed or deleted' using errcode = 'integrity_constraint_violation';
end $$;
create trigger audit_update before update on audit for each row execute function audit_kept();
create trigger audit_delete before delete on audit for each row execute function audit_kept();
create trigger audit_truncate before truncate on audit for each statement execute function audit_kept();

-- What lists, search and chart read, kept by the indexer a moment after the rows (its place is the fact `audit_indexed_seq`), so
-- that an append writes one page of one table. Readers look at the rows after that place one by one. Derived: can be made again
-- from `audit`; no evidence rests on it.
create table audit_fields (
  seq bigint primary key,
  at text collate "C" not null,
  event text collate "C" not null,
  outcome text collate "C" not null,
  account text collate "C",
  tool text collate "C",
  workspace_id text collate "C",
  run_id text collate "C",
  action_id text collate "C"
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
  hour text collate "C" not null,
  account text collate "C" not null,
  kind text collate "C" not null,
  rows bigint not null,
  primary key (account, hour, kind)
);

-- The words of each row with a blank before each, for `like '% word%'`. SQLite has `audit_text_N` instead.
create table audit_words (
  seq bigint primary key,
  words text collate "C" not null
);
create index audit_words_trigram on audit_words using gin (words gin_trgm_ops);
