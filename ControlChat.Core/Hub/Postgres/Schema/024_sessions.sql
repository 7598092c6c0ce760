-- Agent sessions inside workspaces. No reference to workspaces: a lite hub's one workspace has no row there, and a session outlives its own.
create table sessions (
  id text collate "C" primary key,
  workspace_id text collate "C" not null,
  owner_id text collate "C" not null,
  mode text collate "C" not null check (mode in ('chat', 'terminal')),
  profile text collate "C" not null,
  -- What a terminal runs: a JSON array.
  command text collate "C",
  state text collate "C" not null check (state in ('queued', 'starting', 'running', 'waiting_for_approval', 'idle', 'ended')),
  end_reason text collate "C" check (end_reason in ('completed', 'stopped', 'expired', 'idle', 'failed', 'panic', 'revoked', 'worker_lost')),
  error text collate "C",
  conversation_id text collate "C",
  -- The agent's own name for what it may go on with in another process.
  thread_id text collate "C",
  -- Who asked for it, by which key: rights are read again at each step.
  request_id text collate "C" not null,
  principal_key text collate "C" not null,
  token_id text collate "C",
  auth_session_id text collate "C",
  -- A JSON object; null: a session that was not handed over by the control agent.
  capsule text collate "C",
  initial_message text collate "C",
  initial_message_state text collate "C" not null check (initial_message_state in ('none', 'waiting', 'sent')),
  -- SHA-256 of the session's handle; null until it starts. It stays after the end, so that who shows it hears why it is refused.
  handle_hash text collate "C",
  worker text collate "C",
  lease_until text collate "C",
  fence bigint not null default 0,
  controller text collate "C",
  last_seq bigint not null default 0,
  -- The last message of a person that reached the agent; of its interruptions, how many were asked for.
  delivered_seq bigint not null default 0,
  interrupts bigint not null default 0,
  -- Null: as many as the owner's day allows.
  budget_tokens bigint,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  created_at text collate "C" not null,
  queued_at text collate "C" not null,
  started_at text collate "C",
  expires_at text collate "C",
  idle_at text collate "C",
  ended_at text collate "C",
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
  session_id text collate "C" not null references sessions (id),
  seq bigint not null,
  type text collate "C" not null,
  data text collate "C" not null,
  at text collate "C" not null,
  primary key (session_id, seq)
);
