create table plans (
  id text collate "C" primary key,
  hash text collate "C" not null,
  tool text collate "C" not null,
  tool_hash text collate "C" not null,
  principal_key text collate "C" not null,
  account_id text collate "C" not null,
  body text collate "C" not null,
  -- The arguments as they were asked for: a fresh plan starts from these, not from the resolved ones.
  input text collate "C" not null,
  -- planned: a dry run that may be applied; asked: an approval stands for it; applied: done or begun.
  state text collate "C" not null check (state in ('planned', 'asked', 'applied')),
  conversation_id text collate "C",
  run_id text collate "C",
  created_at text collate "C" not null,
  expires_at text collate "C" not null
);
-- Dry runs that nobody applied, to be forgotten.
create index plans_unused on plans (expires_at) where state = 'planned';

create table approvals (
  id text collate "C" primary key,
  kind text collate "C" not null,
  status text collate "C" not null check (status in ('pending', 'consumed', 'declined', 'expired', 'superseded', 'cancelled')),
  plan_id text collate "C" references plans (id),
  plan_hash text collate "C",
  subject text collate "C",
  principal_key text collate "C" not null,
  account_id text collate "C" not null,
  account_name text collate "C" not null,
  token_id text collate "C",
  token_name text collate "C",
  auth_session_id text collate "C",
  via text collate "C" not null,
  conversation_id text collate "C",
  run_id text collate "C",
  call_id text collate "C",
  session_id text collate "C",
  trace_id text collate "C",
  tainted bigint not null,
  decision text collate "C" not null,
  request_tool text collate "C",
  request_id text collate "C",
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  decided_by text collate "C",
  decided_at text collate "C",
  reason text collate "C",
  outcome text collate "C",
  superseded_by text collate "C"
);
create index approvals_status on approvals (status, expires_at);
create index approvals_principal on approvals (principal_key, status, decided_at);
create index approvals_newest on approvals (status, id);
create index approvals_account on approvals (account_id, id);
create index approvals_asker on approvals (principal_key, id);
create index approvals_plan on approvals (plan_id);
create index approvals_run on approvals (run_id) where run_id is not null;
create index approvals_conversation on approvals (conversation_id, id) where conversation_id is not null;

-- Confirm tokens, hashed; all of an approval's die with its decision.
create table confirm_tokens (
  token_hash text collate "C" primary key,
  approval_id text collate "C" not null references approvals (id),
  plan_hash text collate "C" not null,
  auth_session_id text collate "C" not null,
  expires_at text collate "C" not null
);
create index confirm_tokens_approval on confirm_tokens (approval_id);

create table confirm_failures (
  auth_session_id text collate "C" not null,
  at text collate "C" not null
);
create index confirm_failures_session on confirm_failures (auth_session_id, at);

create table idempotency (
  principal_key text collate "C" not null,
  tool text collate "C" not null,
  request_id text collate "C" not null,
  fingerprint text collate "C" not null,
  -- running: a batch at work; done: outcome is the answer (also while an approval waits: then it says so).
  state text collate "C" not null check (state in ('running', 'done')),
  outcome text collate "C",
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  primary key (principal_key, tool, request_id)
);
create index idempotency_expiry on idempotency (expires_at);

create table actions (
  id text collate "C" primary key,
  tool text collate "C" not null,
  plan_id text collate "C" not null,
  approval_id text collate "C",
  account_id text collate "C" not null,
  summary text collate "C" not null,
  compensation text collate "C",
  -- resource to the version this action left: undo is offered only while none of them moved.
  versions text collate "C" not null,
  workspace_id text collate "C",
  conversation_id text collate "C",
  run_id text collate "C",
  batch_id text collate "C",
  applied_at text collate "C" not null,
  undone_by text collate "C"
);
create index actions_account on actions (account_id, id);

create table batches (
  id text collate "C" primary key,
  plan_id text collate "C" not null references plans (id),
  approval_id text collate "C",
  approver text collate "C",
  origin text collate "C" not null,
  account_id text collate "C" not null,
  token_id text collate "C",
  auth_session_id text collate "C",
  principal_key text collate "C" not null,
  request_tool text collate "C",
  request_id text collate "C",
  state text collate "C" not null check (state in ('running', 'done')),
  outcome text collate "C",
  created_at text collate "C" not null
);
create index batches_running on batches (state) where state = 'running';
create index batches_plan on batches (plan_id);
create index batches_approval on batches (approval_id) where approval_id is not null;

create table batch_steps (
  batch_id text collate "C" not null references batches (id),
  step bigint not null,
  status text collate "C" not null check (status in ('pending', 'completed', 'vetoed', 'stale', 'failed', 'not_run')),
  action_id text collate "C",
  result text collate "C",
  error text collate "C",
  versions text collate "C",
  primary key (batch_id, step)
);

create table freezes (
  id text collate "C" primary key,
  scope text collate "C" not null check (scope in ('hub', 'tool', 'workspace', 'agent')),
  target text collate "C",
  reason text collate "C" not null,
  set_by text collate "C" not null,
  set_at text collate "C" not null,
  lifted_by text collate "C",
  lifted_at text collate "C"
);
create index freezes_active on freezes (scope) where lifted_at is null;
