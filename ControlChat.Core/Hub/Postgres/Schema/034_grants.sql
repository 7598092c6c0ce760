-- Standing grants: a person's yes to the next few plans of one tool that one principal asks for in one conversation.
create table grants (
  id text collate "C" primary key,
  tool text collate "C" not null,
  tool_hash text collate "C" not null,
  -- A JSON array of {argument, is, values}: every id among the tool's arguments.
  bounds text collate "C" not null,
  -- Who may use it, as what; the token when a token asked.
  principal_key text collate "C" not null,
  account_id text collate "C" not null references accounts (id),
  account_role text collate "C" not null,
  token_id text collate "C",
  token_name text collate "C",
  -- Null: only calls outside of conversations.
  conversation_id text collate "C",
  -- Who gave it, as what.
  grantor_id text collate "C" not null references accounts (id),
  grantor_role text collate "C" not null,
  -- A plan that was approved gives one grant.
  approval_id text collate "C" not null unique references approvals (id),
  plan_id text collate "C" not null references plans (id),
  most integer not null check (most between 1 and 100),
  used integer not null default 0 check (used between 0 and most),
  created_at text collate "C" not null,
  ends_at text collate "C" not null,
  revoked_at text collate "C",
  -- The account, or null when the hub ended it.
  revoked_by text collate "C",
  revoked_why text collate "C" check (revoked_why in ('person', 'role', 'closed', 'token', 'membership'))
);
create index grants_open on grants (principal_key, tool, ends_at) where revoked_at is null;
create index grants_account on grants (account_id, id);
create index grants_grantor on grants (grantor_id, id);

-- The workspaces that a grant names, and what its account was in each when it was given: '' for no member.
create table grant_workspaces (
  grant_id text collate "C" not null references grants (id),
  workspace_id text collate "C" not null,
  role text collate "C" not null,
  primary key (grant_id, workspace_id)
);
create index grant_workspaces_workspace on grant_workspaces (workspace_id);
