-- An agent's approval: in which workspace it waits, and what a person answered (accept, decline, cancel; what they filled in).
alter table approvals add column workspace_id text;
alter table approvals add column answer text;
alter table approvals add column content text;
-- The same ask of one session, its id in call_id, is the same approval.
create unique index approvals_ask on approvals (session_id, call_id) where session_id is not null;
