-- With what a workspace is synced. No reference to workspaces: a lite hub's one workspace has no row there.
create table sync_configs (
  workspace_id text collate "C" primary key,
  -- Null: it was taken out. The row stays, so that its version never goes back.
  remote text collate "C",
  direction text collate "C" check (direction in ('push', 'pull')),
  -- A JSON array of rsync patterns.
  exclude text collate "C" not null,
  -- The pinned public key of an ssh host, as in known_hosts without the name.
  host_key text collate "C",
  -- The admin who named a remote outside of what the operator lists; null when it was listed.
  named_by text collate "C",
  version bigint not null,
  changed_at text collate "C" not null
);

-- The latest run of each workspace. Earlier ones are on the record.
create table sync_runs (
  workspace_id text collate "C" primary key,
  action_id text collate "C" not null unique,
  state text collate "C" not null check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  config_version bigint not null,
  -- SHA-256 of the difference that was approved.
  digest text collate "C" not null,
  -- Which process of the hub runs it, and when it last said so.
  node text collate "C",
  seen_at text collate "C",
  -- Who wants it stopped.
  cancelled_by text collate "C",
  files bigint not null,
  bytes bigint not null,
  percent bigint not null,
  created_at text collate "C" not null,
  started_at text collate "C",
  ended_at text collate "C",
  last_error text collate "C",
  last_result text collate "C"
);
create index sync_runs_open on sync_runs (state, workspace_id) where state in ('queued', 'running');
