-- Agent sessions inside workspaces. No reference to workspaces: a lite hub's one workspace has no row there, and a session outlives its own.
create table sessions (
  id text primary key,
  workspace_id text not null,
  owner_id text not null,
  mode text not null check (mode in ('chat', 'terminal')),
  profile text not null,
  -- What a terminal runs: a JSON array.
  command text,
  state text not null check (state in ('queued', 'starting', 'running', 'waiting_for_approval', 'idle', 'ended')),
  end_reason text check (end_reason in ('completed', 'stopped', 'expired', 'idle', 'failed', 'panic', 'revoked', 'worker_lost')),
  error text,
  conversation_id text,
  -- The agent's own name for what it may go on with in another process.
  thread_id text,
  -- Who asked for it, by which key: rights are read again at each step.
  request_id text not null,
  principal_key text not null,
  token_id text,
  auth_session_id text,
  -- A JSON object; null: a session that was not handed over by the control agent.
  capsule text,
  initial_message text,
  initial_message_state text not null check (initial_message_state in ('none', 'waiting', 'sent')),
  -- SHA-256 of the session's handle; null until it starts. It stays after the end, so that who shows it hears why it is refused.
  handle_hash text,
  worker text,
  lease_until text,
  fence integer not null default 0,
  controller text,
  last_seq integer not null default 0,
  -- The last message of a person that reached the agent; of its interruptions, how many were asked for.
  delivered_seq integer not null default 0,
  interrupts integer not null default 0,
  -- Null: as many as the owner's day allows.
  budget_tokens integer,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  created_at text not null,
  queued_at text not null,
  started_at text,
  expires_at text,
  idle_at text,
  ended_at text,
  check ((state = 'ended') = (end_reason is not null))
);
-- A session asked for twice under one request id is one session.
create unique index sessions_request on sessions (principal_key, request_id);
create unique index sessions_handle on sessions (handle_hash) where handle_hash is not null;
create index sessions_queue on sessions (state, queued_at, id) where state <> 'ended';
create index sessions_open on sessions (id) where state <> 'ended';
create index sessions_owner on sessions (owner_id, id);
create index sessions_owner_open on sessions (owner_id, id) where state <> 'ended';
create index sessions_workspace on sessions (workspace_id, id);
create index sessions_workspace_open on sessions (workspace_id, id) where state <> 'ended';

-- What happened in a session, without the pieces of messages that are still being written.
create table session_events (
  session_id text not null references sessions (id),
  seq integer not null,
  type text not null,
  data text not null,
  at text not null,
  primary key (session_id, seq)
) without rowid;
