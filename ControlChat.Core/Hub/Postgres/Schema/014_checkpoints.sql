-- The one chain of signed checkpoints of a hub, whichever of its processes signed. Each copies it to a file of its own, which is what
-- proves something against this database; with SQLite the one process has the one file and no such table.
create table audit_checkpoints (
  n bigint primary key,
  prev text collate "C" not null unique,
  line text collate "C" not null
);
