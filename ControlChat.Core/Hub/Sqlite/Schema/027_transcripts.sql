-- When the events of a session that ended long ago were removed; its row stays.
alter table sessions add column transcript_removed_at text;
create index sessions_transcripts on sessions (ended_at, id) where state = 'ended' and transcript_removed_at is null;
