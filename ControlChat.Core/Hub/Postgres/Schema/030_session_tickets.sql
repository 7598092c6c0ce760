-- Keys to one session: tickets that open one connection, what an embedded page shows after its sign-in, and the windows of connections.
create table session_tickets (
  -- SHA-256 of the secret in hex.
  hash text collate "C" primary key,
  purpose text collate "C" not null check (purpose in ('ticket', 'embed', 'window')),
  session_id text collate "C" not null references sessions (id),
  account_id text collate "C" not null,
  -- By which key its account asked for it; what it opens goes on as long as that key is good.
  token_id text collate "C",
  auth_session_id text collate "C",
  access text collate "C" not null check (access in ('view', 'control')),
  -- When what it opens is over; null: with its session and its rights.
  until text collate "C",
  created_at text collate "C" not null,
  expires_at text collate "C" not null
);
create index session_tickets_expiry on session_tickets (expires_at);
