-- With what a workspace is synced. No reference to workspaces: a lite hub's one workspace has no row there.
create table sync_configs (
  workspace_id text primary key,
  -- Null: it was taken out. The row stays, so that its version never goes back.
  remote text,
  direction text check (direction in ('push', 'pull')),
  -- A JSON array of rsync patterns.
  exclude text not null,
  -- The pinned public key of an ssh host, as in known_hosts without the name.
  host_key text,
  -- The admin who named a remote outside of what the operator lists; null when it was listed.
  named_by text,
  version integer not null,
  changed_at text not null
);

-- The latest run of each workspace. Earlier ones are on the record.
create table sync_runs (
  workspace_id text primary key,
  action_id text not null unique,
  state text not null check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  config_version integer not null,
  -- SHA-256 of the difference that was approved.
  digest text not null,
  -- Which process of the hub runs it, and when it last said so.
  node text,
  seen_at text,
  -- Who wants it stopped.
  cancelled_by text,
  files integer not null,
  bytes integer not null,
  percent integer not null,
  created_at text not null,
  started_at text,
  ended_at text,
  last_error text,
  last_result text
);
create index sync_runs_open on sync_runs (state, workspace_id) where state in ('queued', 'running');
