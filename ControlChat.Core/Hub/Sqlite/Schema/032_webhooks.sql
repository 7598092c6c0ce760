-- Events on their way to the operator's endpoints. A row is deleted when its endpoint took it.
create table webhook_deliveries (
  -- The order of sending.
  seq integer primary key autoincrement,
  delivery text not null unique,
  endpoint text not null,
  event text not null,
  event_id text not null,
  at text not null,
  -- A JSON object.
  data text not null,
  attempts integer not null default 0,
  next_at text not null,
  -- When it was given up; it stays until an admin sends it again.
  dead_at text,
  error text,
  unique (endpoint, event_id)
);
create index webhook_deliveries_waiting on webhook_deliveries (endpoint, seq) where dead_at is null;
create index webhook_deliveries_dead on webhook_deliveries (endpoint, seq) where dead_at is not null;

create table webhook_endpoints (
  name text primary key,
  -- The last row of the record that was looked at for it.
  audit_seq integer not null,
  -- The process that sends to it, and until when it is believed to live.
  owner text,
  lease_until text,
  -- After a failure nothing is sent before.
  rest_until text,
  failures integer not null default 0,
  last_success_at text,
  last_failure_at text,
  last_error text,
  dropped integer not null default 0
);

-- When it was told that the transcript of a session is whole; of those that ended before, nothing is told.
alter table sessions add column transcript_ready_at text;
update sessions set transcript_ready_at = ended_at where state = 'ended';
