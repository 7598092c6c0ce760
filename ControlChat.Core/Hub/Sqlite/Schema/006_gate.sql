create table plans (
  id text primary key,
  hash text not null,
  tool text not null,
  tool_hash text not null,
  principal_key text not null,
  account_id text not null,
  body text not null,
  -- The arguments as they were asked for: a fresh plan starts from these, not from the resolved ones.
  input text not null,
  -- planned: a dry run that may be applied; asked: an approval stands for it; applied: done or begun.
  state text not null check (state in ('planned', 'asked', 'applied')),
  conversation_id text,
  run_id text,
  created_at text not null,
  expires_at text not null
);
-- Dry runs that nobody applied, to be forgotten.
create index plans_unused on plans (expires_at) where state = 'planned';

create table approvals (
  id text primary key,
  kind text not null,
  status text not null check (status in ('pending', 'consumed', 'declined', 'expired', 'superseded', 'cancelled')),
  plan_id text references plans (id),
  plan_hash text,
  subject text,
  principal_key text not null,
  account_id text not null,
  account_name text not null,
  token_id text,
  token_name text,
  auth_session_id text,
  via text not null,
  conversation_id text,
  run_id text,
  call_id text,
  session_id text,
  trace_id text,
  tainted integer not null,
  decision text not null,
  request_tool text,
  request_id text,
  created_at text not null,
  expires_at text not null,
  decided_by text,
  decided_at text,
  reason text,
  outcome text,
  superseded_by text
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
  token_hash text primary key,
  approval_id text not null references approvals (id),
  plan_hash text not null,
  auth_session_id text not null,
  expires_at text not null
);
create index confirm_tokens_approval on confirm_tokens (approval_id);

create table confirm_failures (
  auth_session_id text not null,
  at text not null
);
create index confirm_failures_session on confirm_failures (auth_session_id, at);

create table idempotency (
  principal_key text not null,
  tool text not null,
  request_id text not null,
  fingerprint text not null,
  -- running: a batch at work; done: outcome is the answer (also while an approval waits: then it says so).
  state text not null check (state in ('running', 'done')),
  outcome text,
  created_at text not null,
  expires_at text not null,
  primary key (principal_key, tool, request_id)
);
create index idempotency_expiry on idempotency (expires_at);

create table actions (
  id text primary key,
  tool text not null,
  plan_id text not null,
  approval_id text,
  account_id text not null,
  summary text not null,
  compensation text,
  -- resource to the version this action left: undo is offered only while none of them moved.
  versions text not null,
  workspace_id text,
  conversation_id text,
  run_id text,
  batch_id text,
  applied_at text not null,
  undone_by text
);
create index actions_account on actions (account_id, id);

create table batches (
  id text primary key,
  plan_id text not null references plans (id),
  approval_id text,
  approver text,
  origin text not null,
  account_id text not null,
  token_id text,
  auth_session_id text,
  principal_key text not null,
  request_tool text,
  request_id text,
  state text not null check (state in ('running', 'done')),
  outcome text,
  created_at text not null
);
create index batches_running on batches (state) where state = 'running';
create index batches_plan on batches (plan_id);
create index batches_approval on batches (approval_id) where approval_id is not null;

create table batch_steps (
  batch_id text not null references batches (id),
  step integer not null,
  status text not null check (status in ('pending', 'completed', 'vetoed', 'stale', 'failed', 'not_run')),
  action_id text,
  result text,
  error text,
  versions text,
  primary key (batch_id, step)
);

create table freezes (
  id text primary key,
  scope text not null check (scope in ('hub', 'tool', 'workspace', 'agent')),
  target text,
  reason text not null,
  set_by text not null,
  set_at text not null,
  lifted_by text,
  lifted_at text
);
create index freezes_active on freezes (scope) where lifted_at is null;
