-- What admins changed for the hub (account_id '') and people for themselves. A value taken back stays as a row with null,
-- so that its version never repeats.
create table settings (
  key text collate "C" not null,
  account_id text collate "C" not null default '',
  value text collate "C",
  version bigint not null,
  changed_by text collate "C" not null,
  changed_at text collate "C" not null,
  primary key (key, account_id)
);
