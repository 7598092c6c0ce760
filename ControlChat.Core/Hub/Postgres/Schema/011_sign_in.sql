-- Passwords of hub accounts: algorithm, rounds, salt and key in one text, so that a row says how to check itself.
create table account_passwords (
  account_id text collate "C" primary key references accounts (id),
  hash text collate "C" not null,
  changed_at text collate "C" not null
);

-- One-time links to choose a password: only the SHA-256 of the token is kept.
create table password_links (
  hash text collate "C" primary key,
  account_id text collate "C" not null references accounts (id),
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  used_at text collate "C"
);
create index password_links_account on password_links (account_id);
create index password_links_expiry on password_links (expires_at);

-- Who an account is elsewhere: the issuer and its name for the person, never an e-mail address.
create table account_identities (
  issuer text collate "C" not null,
  subject text collate "C" not null,
  account_id text collate "C" not null references accounts (id),
  linked_at text collate "C" not null,
  primary key (issuer, subject)
);
create index account_identities_account on account_identities (account_id);

-- Failed sign-ins by account (its e-mail's SHA-256, whether or not there is such an account) and by address.
create table sign_in_failures (
  key text collate "C" primary key,
  failures bigint not null,
  last_at text collate "C" not null,
  paused_until text collate "C"
);
create index sign_in_failures_last on sign_in_failures (last_at);

-- Sign-ins that are on their way through a provider. The secrets of it are derived from a cookie and are in no row.
create table sign_in_requests (
  state_hash text collate "C" primary key,
  browser_hash text collate "C" not null,
  provider text collate "C" not null,
  purpose text collate "C" not null check (purpose in ('sign_in', 'again', 'link')),
  account_id text collate "C" references accounts (id),
  return_path text collate "C" not null,
  created_at text collate "C" not null,
  expires_at text collate "C" not null
);
create index sign_in_requests_expiry on sign_in_requests (expires_at);

-- A signed-in person said, on a page of the hub, that the next sign-in at this provider is to be linked.
create table link_intents (
  auth_session_id text collate "C" primary key references auth_sessions (id),
  provider text collate "C" not null,
  expires_at text collate "C" not null
);
