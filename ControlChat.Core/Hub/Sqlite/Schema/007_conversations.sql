create table conversations (
  id text primary key,
  owner_id text not null,
  title text not null,
  titled integer not null,
  archived integer not null default 0,
  last_seq integer not null default 0,
  created_at text not null,
  updated_at text not null
);
create index conversations_owner on conversations (owner_id, archived, updated_at desc, id desc);

-- The event log: the truth. Messages, runs, steps and calls are its projections, written in the same transaction.
create table conversation_events (
  conversation_id text not null references conversations (id),
  seq integer not null,
  run_id text,
  type text not null,
  data text not null,
  at text not null,
  primary key (conversation_id, seq)
) without rowid;

create table messages (
  n integer primary key,
  id text not null unique,
  conversation_id text not null references conversations (id),
  seq integer not null,
  run_id text,
  role text not null check (role in ('user', 'assistant', 'system')),
  text text not null,
  context text,
  account_id text,
  via text not null,
  tainted integer not null,
  model text,
  at text not null
);
create unique index messages_seq on messages (conversation_id, seq);

create table runs (
  n integer primary key,
  id text not null unique,
  conversation_id text not null references conversations (id),
  message_id text not null,
  request_id text not null,
  principal_key text not null,
  account_id text not null,
  token_id text,
  auth_session_id text,
  status text not null check (status in ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  tainted integer not null default 0,
  noticed integer not null default 0,
  turns integer not null default 0,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  error text,
  lease_owner text,
  lease_until text,
  fence integer not null default 0,
  created_at text not null,
  started_at text,
  ended_at text
);
-- A message sent twice under one request id is one message.
create unique index runs_request on runs (conversation_id, principal_key, request_id);
create index runs_conversation on runs (conversation_id, n);
create index runs_account on runs (account_id, n);
create index runs_open on runs (status, conversation_id, n) where status in ('queued', 'running', 'waiting');

-- One row per answer of the model: what it said is a message, what it called are calls.
create table run_steps (
  run_id text not null,
  turn integer not null,
  message_id text,
  model text not null,
  primary key (run_id, turn)
) without rowid;

create table run_calls (
  run_id text not null,
  turn integer not null,
  position integer not null,
  call_id text not null,
  tool text not null,
  arguments text not null,
  request_id text not null,
  status text not null check (status in ('started', 'waiting', 'done')),
  approval_id text,
  outcome text,
  untrusted integer not null default 0,
  started_at text not null,
  primary key (run_id, turn, position)
) without rowid;
create unique index run_calls_call on run_calls (run_id, call_id);
create index run_calls_approval on run_calls (approval_id) where approval_id is not null;

-- Full-text search over titles and messages. Postgres does this with a tsvector column; only ConversationSearch knows.
create virtual table conversation_texts using fts5 (text, conversation_id unindexed, message_n unindexed, tokenize = 'unicode61 remove_diacritics 2');
create trigger conversation_texts_title after insert on conversations begin
  insert into conversation_texts (rowid, text, conversation_id) values (-new.rowid, new.title, new.id);
end;
create trigger conversation_texts_retitle after update of title on conversations begin
  update conversation_texts set text = new.title where rowid = -new.rowid;
end;
create trigger conversation_texts_message after insert on messages begin
  insert into conversation_texts (rowid, text, conversation_id, message_n) values (new.n, new.text, new.conversation_id, new.n);
end;
