-- Tasks that the control agent handed over to workspace agents. The session's events are the truth; this is how far they were followed.
create table handoffs (
  id text primary key,
  session_id text not null references sessions (id),
  workspace_id text not null,
  -- Null: it was asked for outside of a conversation, so nobody is told.
  conversation_id text,
  run_id text,
  capsule text not null,
  -- The task's own message in the session: what it came to stands behind that one.
  message_seq integer not null,
  state text not null check (state in ('open', 'finished')),
  -- Whether the agent was seen to begin with it.
  phase text not null check (phase in ('waiting', 'running')),
  followed_seq integer not null,
  -- How many events of the session the conversation was told.
  told integer not null default 0,
  status text check (status in ('completed', 'incomplete', 'failed', 'stopped', 'expired')),
  -- A JSON object: the report, its checks and its links.
  result text,
  created_at text not null,
  finished_at text,
  check ((state = 'finished') = (status is not null))
);
create index handoffs_open on handoffs (id) where state = 'open';
create index handoffs_session on handoffs (session_id, id);
