-- Finished transcripts of terminals, copied from the disk of the process that recorded them (Sessions:ArchiveTranscripts). Those of chats are rows as it is.
create table terminal_archives (
  session_id text primary key references sessions (id),
  state text not null check (state in ('copying', 'whole')),
  -- The process that copies, and until when no other one does; null once it is whole.
  holder text,
  held_until text,
  -- Of all its pieces: how many, their bytes as they were on disk, and the SHA-256 in hex over a line "part:bytes:hash" for each, in order. Null while it is copied.
  pieces integer,
  bytes integer,
  hash text,
  began_at text not null,
  archived_at text
);

-- One after the other they are the files, byte for byte.
create table terminal_archive_pieces (
  session_id text not null references terminal_archives (session_id) on delete cascade,
  number integer not null,
  -- Which of the files it is of, from 0 on.
  part integer not null,
  -- Bytes as they were on disk, and their SHA-256 in hex.
  bytes integer not null,
  hash text not null,
  -- The same bytes, packed by Brotli.
  data blob not null,
  primary key (session_id, number)
);

-- Ended sessions whose transcripts are still there, by their workspace: a purged one's go.
create index sessions_shelf_open on sessions (workspace_id, id) where state = 'ended' and transcript_removed_at is null;
