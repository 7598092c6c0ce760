-- Tools of outside servers as they were first seen. What a server says otherwise later is kept beside it until an admin accepts it.
create table mcp_tools (
  server text collate "C" not null,
  name text collate "C" not null,
  -- Rises with every change of this row, so that a plan made before it does not fit any more.
  version bigint not null,
  -- Canonical JSON of what the server said of the tool, and the SHA-256 of it in hex. Empty: the tool came later, and nobody has accepted it yet.
  definition text collate "C" not null,
  hash text collate "C" not null,
  -- Null: the server says what is pinned.
  changed_definition text collate "C",
  changed_hash text collate "C",
  pinned_at text collate "C" not null,
  -- Null: pinned at first sight.
  accepted_by text collate "C",
  primary key (server, name),
  check ((changed_definition is null) = (changed_hash is null))
);

-- Approved calls of such tools. Each is sent at most once: one that was under way when its process ended has an unknown end. One that has its end is not here.
create table mcp_calls (
  action_id text collate "C" primary key,
  server text collate "C" not null,
  name text collate "C" not null,
  arguments text collate "C" not null,
  -- Of the definition it was planned with.
  hash text collate "C" not null,
  state text collate "C" not null check (state in ('ordered', 'running')),
  -- Until when the process that sends it is believed to live.
  until text collate "C",
  created_at text collate "C" not null
);
