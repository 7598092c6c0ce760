-- Standing grants: a person's yes to the next few plans of one tool that one principal asks for in one conversation.
create table grants (
  id text primary key,
  tool text not null,
  tool_hash text not null,
  -- A JSON array of {argument, is, values}: every id among the tool's arguments.
  bounds text not null,
  -- Who may use it, as what; the token when a token asked.
  principal_key text not null,
  account_id text not null references accounts (id),
  account_role text not null,
  token_id text,
  token_name text,
  -- Null: only calls outside of conversations.
  conversation_id text,
  -- Who gave it, as what.
  grantor_id text not null references accounts (id),
  grantor_role text not null,
  -- A plan that was approved gives one grant.
  approval_id text not null unique references approvals (id),
  plan_id text not null references plans (id),
  most integer not null check (most between 1 and 100),
  used integer not null default 0 check (used between 0 and most),
  created_at text not null,
  ends_at text not null,
  revoked_at text,
  -- The account, or null when the hub ended it.
  revoked_by text,
  revoked_why text check (revoked_why in ('person', 'role', 'closed', 'token', 'membership'))
);
create index grants_open on grants (principal_key, tool, ends_at) where revoked_at is null;
create index grants_account on grants (account_id, id);
create index grants_grantor on grants (grantor_id, id);

-- The workspaces that a grant names, and what its account was in each when it was given: '' for no member.
create table grant_workspaces (
  grant_id text not null references grants (id),
  workspace_id text not null,
  role text not null,
  primary key (grant_id, workspace_id)
);
create index grant_workspaces_workspace on grant_workspaces (workspace_id);
