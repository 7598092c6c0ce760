-- What admins changed for the hub (account_id '') and people for themselves. A value taken back stays as a row with null,
-- so that its version never repeats.
create table settings (
  key text not null,
  account_id text not null default '',
  value text,
  version integer not null,
  changed_by text not null,
  changed_at text not null,
  primary key (key, account_id)
) without rowid;
