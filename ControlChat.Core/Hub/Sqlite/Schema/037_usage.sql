-- What was used, day by day (UTC). Each number stands three times: by itself, with the name '*' for its person without the tool, and
-- with the account '*' for all people together; so what is read is as small as what is shown.
create table usage_days (
  day text not null,
  -- Empty: counted while there was no room to say whose.
  account_id text not null,
  -- The API token; empty for a browser.
  token_id text not null,
  kind text not null check (kind in ('run', 'tool', 'agent_tool', 'session')),
  -- The tool; of a session its mode.
  name text not null,
  -- The class of how long it took; -1: it has no time.
  bucket integer not null,
  calls integer not null,
  errors integer not null,
  tokens_in integer not null,
  tokens_out integer not null,
  -- Of sessions, how long they were.
  ms integer not null,
  primary key (account_id, day, token_id, kind, name, bucket)
) without rowid;
-- For lists of people: all that they show.
create index usage_days_people on usage_days (day, account_id, kind, bucket, calls, errors, tokens_in, tokens_out, ms) where name = '*';

-- The last batch of each process that came through.
create table usage_marks (
  node text primary key,
  batch integer not null,
  at text not null
);
create index usage_marks_at on usage_marks (at);

-- What was stored before anything was counted, and how far it is counted now. A row goes when its part is done.
create table usage_backfill (
  part text primary key check (part in ('audit', 'runs', 'sessions')),
  place text not null,
  last text not null,
  -- When counting began: what ended after it was counted as it ended.
  since text not null
);
insert into usage_backfill (part, place, last, since) select 'audit', '0', cast(most as text), hub_now() from (select max(seq) as most from audit) stored where most is not null;
insert into usage_backfill (part, place, last, since) select 'runs', '0', cast(most as text), hub_now() from (select max(n) as most from runs) stored where most is not null;
insert into usage_backfill (part, place, last, since) select 'sessions', '', most, hub_now() from (select max(id) as most from sessions) stored where most is not null;

-- Of what is under way, the tokens used so far; the rest is counted as it comes.
insert into usage_days (day, account_id, token_id, kind, name, bucket, calls, errors, tokens_in, tokens_out, ms)
select substr(hub_now(), 1, 10), account_id, token_id, kind, name, -1, 0, 0, sum(input_tokens), sum(output_tokens), 0 from (
  select account_id, coalesce(token_id, '') as token_id, 'run' as kind, 'control' as name, input_tokens, output_tokens from runs where status in ('queued', 'running', 'waiting')
  union all select account_id, '', 'run', '*', input_tokens, output_tokens from runs where status in ('queued', 'running', 'waiting')
  union all select '*', '', 'run', 'control', input_tokens, output_tokens from runs where status in ('queued', 'running', 'waiting')
  union all select owner_id, coalesce(token_id, ''), 'session', mode, input_tokens, output_tokens from sessions where state <> 'ended'
  union all select owner_id, '', 'session', '*', input_tokens, output_tokens from sessions where state <> 'ended'
  union all select '*', '', 'session', mode, input_tokens, output_tokens from sessions where state <> 'ended'
) begun group by account_id, token_id, kind, name;
