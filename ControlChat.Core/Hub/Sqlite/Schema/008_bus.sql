-- The entries of chat:* and control:* topics. Deltas (stream:*) never come here.
create table bus_entries (
  id integer primary key autoincrement,
  topic text not null,
  message_id text not null,
  payload text not null,
  at text not null
);
create index bus_entries_topic on bus_entries (topic, id);

-- How far a topic was trimmed: a reader whose cursor is older is told of the gap.
create table bus_trims (
  topic text primary key,
  trimmed_to integer not null
);

-- Everything up to position is acknowledged, except what bus_retries holds. Written lazily: an entry may be delivered again.
create table bus_groups (
  topic text not null,
  group_name text not null,
  position integer not null,
  primary key (topic, group_name)
);

-- Deliveries that failed and will be tried again.
create table bus_retries (
  topic text not null,
  group_name text not null,
  entry_id integer not null,
  attempts integer not null,
  next_at text not null,
  last_error text not null,
  primary key (topic, group_name, entry_id)
);

-- Entries that failed too often, kept with their payload for a person to look at and replay.
create table bus_dead_letters (
  topic text not null,
  group_name text not null,
  entry_id integer not null,
  message_id text not null,
  payload text not null,
  attempts integer not null,
  failed_at text not null,
  last_error text not null,
  primary key (topic, group_name, entry_id)
);
