-- Text is compared by its bytes (collate "C"), as SQLite does it: ids, times and cursors sort the same whatever the server's locale.
-- Truth is 0 or 1 and a time is text, so that one statement serves both databases.

-- The database's own time as text. Stable within a statement, so that an index can be searched by it. A test's clock stands in
-- controlchat.now; nothing sets that in a hub that serves.
create function hub_now() returns text language sql stable as $$
  select to_char(coalesce(cast(nullif(current_setting('controlchat.now', true), '') as timestamptz), statement_timestamp()) at time zone 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Facts about this hub: hub_id and the like.
create table hub_facts (
  name text collate "C" primary key,
  value text collate "C" not null
);

-- What a committed transaction still has to tell: sent right after commit, swept on start, deleted when a handler is done.
create table outbox (
  id text collate "C" primary key,
  topic text collate "C" not null,
  ref_id text collate "C" not null,
  created_at text collate "C" not null,
  attempts bigint not null default 0,
  next_at text collate "C" not null,
  last_error text collate "C"
);
create index outbox_next on outbox (next_at);

-- Outbox rows that failed too often, kept for a person to look at and replay.
create table dead_letters (
  id text collate "C" primary key,
  topic text collate "C" not null,
  ref_id text collate "C" not null,
  failed_at text collate "C" not null,
  attempts bigint not null,
  last_error text collate "C"
);

-- What all processes of this hub share and nobody may read in the table: sealed with Hub:KeyEncryptionKey. PostgreSQL only;
-- with SQLite they are files of the data directory.
create table hub_keys (
  name text collate "C" primary key,
  sealed text collate "C" not null,
  created_at text collate "C" not null
);
