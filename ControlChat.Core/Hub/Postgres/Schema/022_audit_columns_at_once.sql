-- The columns of a row are set by what lets it in, from its body read once: computed columns read it anew for each of them. What an
-- insert says of them itself does not count, and a row is never changed; so they still say nothing else than what is hashed.
alter table audit
  alter column at drop expression,
  alter column event drop expression,
  alter column outcome drop expression,
  alter column account drop expression,
  alter column tool drop expression,
  alter column workspace_id drop expression,
  alter column run_id drop expression,
  alter column conversation_id drop expression,
  alter column action_id drop expression;

create or replace function audit_appended() returns trigger language plpgsql as $$
declare
  last record;
  said jsonb;
begin
  select seq, hash into last from audit order by seq desc limit 1;
  if new.seq is distinct from coalesce(last.seq, 0) + 1
    or new.prev_hash is distinct from coalesce(last.hash, '0000000000000000000000000000000000000000000000000000000000000000') then
    raise exception 'audit rows are appended at the end of the chain' using errcode = 'integrity_constraint_violation';
  end if;
  -- A NUL, which JSON can say and PostgreSQL's text cannot hold, is read as the replacement character.
  said := case when strpos(new.body, '\u0000') > 0 then regexp_replace(new.body, '(?<!\\)((?:\\\\)*)\\u0000', '\1' || U&'\FFFD', 'g') else new.body end;
  new.at := said ->> 'at';
  new.event := said ->> 'event';
  new.outcome := said ->> 'outcome';
  new.account := said #>> '{actor,account}';
  new.tool := said ->> 'tool';
  new.workspace_id := said ->> 'workspace_id';
  new.run_id := said ->> 'run_id';
  new.conversation_id := said ->> 'conversation_id';
  new.action_id := said ->> 'action_id';
  return new;
end $$;
do $$
begin
  execute format('alter function audit_appended() set search_path = pg_catalog, %I, pg_temp', current_schema());
end $$;
drop function audit_field(text, text[]);
