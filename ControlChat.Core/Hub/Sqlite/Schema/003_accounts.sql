-- People of this hub.
create table accounts (
  id text primary key,
  name text not null,
  email text unique,
  role text not null check (role in ('member', 'admin')),
  created_at text not null,
  closed_at text
);

-- One-time sign-in links: only the SHA-256 of the token is kept.
create table login_links (
  hash text primary key,
  account_id text not null references accounts (id),
  created_at text not null,
  expires_at text not null,
  used_at text
);
create index login_links_expiry on login_links (expires_at);

-- Signed-in browsers: the cookie's value is kept as its SHA-256 only.
create table auth_sessions (
  id text primary key,
  hash text not null unique,
  account_id text not null references accounts (id),
  auth_time text not null,
  last_seen_at text not null,
  expires_at text not null,
  user_agent text,
  ended_at text,
  end_reason text check (end_reason in ('signed_out', 'revoked'))
);
create index auth_sessions_account on auth_sessions (account_id, id);

-- API tokens: the token is kept as its SHA-256 only. Scopes are the bits of TokenScopes.
create table api_tokens (
  id text primary key,
  hash text not null unique,
  account_id text not null references accounts (id),
  name text not null,
  scopes integer not null,
  created_at text not null,
  expires_at text not null,
  revoked_at text,
  last_used_at text
);
create index api_tokens_account on api_tokens (account_id, id);
