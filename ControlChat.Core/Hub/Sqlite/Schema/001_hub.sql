-- Facts about this hub: hub_id and the like.
create table hub_facts (
  name text primary key,
  value text not null
);

-- What a committed transaction still has to tell: sent right after commit, swept on start, deleted when a handler is done.
create table outbox (
  id text primary key,
  topic text not null,
  ref_id text not null,
  created_at text not null,
  attempts integer not null default 0,
  next_at text not null,
  last_error text
);
create index outbox_next on outbox (next_at);

-- Outbox rows that failed too often, kept for a person to look at and replay.
create table dead_letters (
  id text primary key,
  topic text not null,
  ref_id text not null,
  failed_at text not null,
  attempts integer not null,
  last_error text
);
