-- When the trusted proxy last named the session's person; null for every other way of signing in. Such a session rests while the proxy is silent.
alter table auth_sessions add column vouched_at text collate "C";
