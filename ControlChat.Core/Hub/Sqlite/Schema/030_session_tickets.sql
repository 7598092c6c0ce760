-- Keys to one session: tickets that open one connection, what an embedded page shows after its sign-in, and the windows of connections.
create table session_tickets (
  -- SHA-256 of the secret in hex.
  hash text primary key,
  purpose text not null check (purpose in ('ticket', 'embed', 'window')),
  session_id text not null references sessions (id),
  account_id text not null,
  -- By which key its account asked for it; what it opens goes on as long as that key is good.
  token_id text,
  auth_session_id text,
  access text not null check (access in ('view', 'control')),
  -- When what it opens is over; null: with its session and its rights.
  until text,
  created_at text not null,
  expires_at text not null
);
create index session_tickets_expiry on session_tickets (expires_at);
