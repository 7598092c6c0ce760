-- One row for everyone whose membership ever changed. It stays when the member goes: its version never goes back.
create table workspace_member_versions (
  workspace_id text not null references workspaces (id),
  account_id text not null,
  version integer not null,
  primary key (workspace_id, account_id)
) without rowid;

-- People are named by the address they sign in with, in any letter case.
create index accounts_email_folded on accounts (lower(email));

-- The host of a workspace. The version counts what people ordered; what became of it moves the state alone.
create table workspace_hosts (
  workspace_id text primary key references workspaces (id),
  state text not null check (state in ('off', 'starting', 'on', 'stopping', 'failed')),
  size text not null check (size in ('small', 'medium', 'large')),
  version integer not null,
  -- The action that ordered it last; whatever is done for an earlier one is too late.
  action_id text not null,
  -- Which process of the hub looks after it, and when it last saw it alive.
  node text,
  seen_at text,
  reason text,
  changed_at text not null
);
create index workspace_hosts_open on workspace_hosts (state, workspace_id) where state in ('starting', 'on', 'stopping');

-- Tokens of the model that an account's runs used on a day (UTC).
create table token_usage (
  account_id text not null,
  day text not null,
  tokens integer not null,
  primary key (account_id, day)
) without rowid;
