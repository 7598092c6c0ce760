-- Tools of outside servers as they were first seen. What a server says otherwise later is kept beside it until an admin accepts it.
create table mcp_tools (
  server text not null,
  name text not null,
  -- Rises with every change of this row, so that a plan made before it does not fit any more.
  version integer not null,
  -- Canonical JSON of what the server said of the tool, and the SHA-256 of it in hex. Empty: the tool came later, and nobody has accepted it yet.
  definition text not null,
  hash text not null,
  -- Null: the server says what is pinned.
  changed_definition text,
  changed_hash text,
  pinned_at text not null,
  -- Null: pinned at first sight.
  accepted_by text,
  primary key (server, name),
  check ((changed_definition is null) = (changed_hash is null))
);

-- Approved calls of such tools. Each is sent at most once: one that was under way when its process ended has an unknown end. One that has its end is not here.
create table mcp_calls (
  action_id text primary key,
  server text not null,
  name text not null,
  arguments text not null,
  -- Of the definition it was planned with.
  hash text not null,
  state text not null check (state in ('ordered', 'running')),
  -- Until when the process that sends it is believed to live.
  until text,
  created_at text not null
);
