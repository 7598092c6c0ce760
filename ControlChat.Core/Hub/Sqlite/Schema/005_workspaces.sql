create table workspaces (
  -- The full-text index points here: an explicit number, because SQLite may renumber implicit rowids when it compacts the file.
  n integer primary key,
  id text not null unique,
  title text not null,
  -- The title folded in C#: SQLite folds ASCII only.
  title_key text not null,
  state text not null check (state in ('active', 'archived', 'trashed')),
  -- A JSON array, sorted; workspace_tags holds the same for the filter.
  tags text not null,
  version integer not null,
  created_at text not null,
  created_by text not null,
  updated_at text not null,
  archived_at text,
  trashed_at text,
  purge_at text,
  -- The account that typed this text itself; null when a token, an agent or a tainted run wrote it.
  title_trusted_for text,
  tags_trusted_for text,
  -- The title before this one and its trust, so that undoing a rename cannot make a stranger's words one's own.
  previous_title text,
  previous_title_trusted_for text
);
create index workspaces_title_key on workspaces (title_key, id);
create index workspaces_purge on workspaces (purge_at) where state = 'trashed';

-- state and updated_at repeat the workspace's: one index then serves the first page of any account, however large the hub.
create table workspace_members (
  workspace_id text not null references workspaces (id),
  account_id text not null,
  role text not null check (role in ('owner', 'collaborator', 'viewer')),
  state text not null,
  updated_at text not null,
  primary key (account_id, workspace_id)
) without rowid;
create index workspace_members_recent on workspace_members (account_id, updated_at desc, workspace_id desc);
create index workspace_members_state on workspace_members (account_id, state, updated_at desc, workspace_id desc);
create index workspace_members_workspace on workspace_members (workspace_id);

create table workspace_tags (
  tag text not null,
  workspace_id text not null references workspaces (id),
  primary key (tag, workspace_id)
) without rowid;
create index workspace_tags_workspace on workspace_tags (workspace_id);

-- One's own pins. The row stays when unpinned: its version never goes back.
create table workspace_pins (
  workspace_id text not null references workspaces (id),
  account_id text not null,
  pinned integer not null,
  version integer not null,
  primary key (account_id, workspace_id)
) without rowid;
create index workspace_pins_workspace on workspace_pins (workspace_id);

-- What the outbox has done on disk, so that it goes on the record once.
create table workspace_directories (
  workspace_id text primary key,
  state text not null check (state in ('made', 'removed')),
  action_id text,
  at text not null
);

-- Substring search over folded titles; SQLite only (PostgreSQL has pg_trgm). Three characters are the least it finds.
create virtual table workspace_titles using fts5 (title_key, content = 'workspaces', content_rowid = 'n', tokenize = 'trigram');
create trigger workspaces_title_made after insert on workspaces begin
  insert into workspace_titles (rowid, title_key) values (new.n, new.title_key);
end;
create trigger workspaces_title_changed after update of title_key on workspaces begin
  insert into workspace_titles (workspace_titles, rowid, title_key) values ('delete', old.n, old.title_key);
  insert into workspace_titles (rowid, title_key) values (new.n, new.title_key);
end;
create trigger workspaces_title_gone after delete on workspaces begin
  insert into workspace_titles (workspace_titles, rowid, title_key) values ('delete', old.n, old.title_key);
end;
