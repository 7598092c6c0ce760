-- Finished transcripts of terminals, copied from the disk of the process that recorded them (Sessions:ArchiveTranscripts). Those of chats are rows as it is.
create table terminal_archives (
  session_id text collate "C" primary key references sessions (id),
  state text collate "C" not null check (state in ('copying', 'whole')),
  -- The process that copies, and until when no other one does; null once it is whole.
  holder text collate "C",
  held_until text collate "C",
  -- Of all its pieces: how many, their bytes as they were on disk, and the SHA-256 in hex over a line "part:bytes:hash" for each, in order. Null while it is copied.
  pieces bigint,
  bytes bigint,
  hash text collate "C",
  began_at text collate "C" not null,
  archived_at text collate "C"
);

-- One after the other they are the files, byte for byte.
create table terminal_archive_pieces (
  session_id text collate "C" not null references terminal_archives (session_id) on delete cascade,
  number bigint not null,
  -- Which of the files it is of, from 0 on.
  part bigint not null,
  -- Bytes as they were on disk, and their SHA-256 in hex.
  bytes bigint not null,
  hash text collate "C" not null,
  -- The same bytes, packed by Brotli.
  data bytea not null,
  primary key (session_id, number)
);
alter table terminal_archive_pieces alter column data set storage external;

-- Ended sessions whose transcripts are still there, by their workspace: a purged one's go.
create index sessions_shelf_open on sessions (workspace_id, id) where state = 'ended' and transcript_removed_at is null;
