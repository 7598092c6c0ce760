-- People of this hub.
create table accounts (
  id text collate "C" primary key,
  name text collate "C" not null,
  email text collate "C" unique,
  role text collate "C" not null check (role in ('member', 'admin')),
  created_at text collate "C" not null,
  closed_at text collate "C"
);

-- One-time sign-in links: only the SHA-256 of the token is kept.
create table login_links (
  hash text collate "C" primary key,
  account_id text collate "C" not null references accounts (id),
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  used_at text collate "C"
);
create index login_links_expiry on login_links (expires_at);

-- Signed-in browsers: the cookie's value is kept as its SHA-256 only.
create table auth_sessions (
  id text collate "C" primary key,
  hash text collate "C" not null unique,
  account_id text collate "C" not null references accounts (id),
  auth_time text collate "C" not null,
  last_seen_at text collate "C" not null,
  expires_at text collate "C" not null,
  user_agent text collate "C",
  ended_at text collate "C",
  end_reason text collate "C" check (end_reason in ('signed_out', 'revoked'))
);
create index auth_sessions_account on auth_sessions (account_id, id);

-- API tokens: the token is kept as its SHA-256 only. Scopes are the bits of TokenScopes.
create table api_tokens (
  id text collate "C" primary key,
  hash text collate "C" not null unique,
  account_id text collate "C" not null references accounts (id),
  name text collate "C" not null,
  scopes bigint not null,
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  revoked_at text collate "C",
  last_used_at text collate "C"
);
create index api_tokens_account on api_tokens (account_id, id);
