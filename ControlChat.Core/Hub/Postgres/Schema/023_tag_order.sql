-- The time repeats the workspace's, as the members' does: a tag's list is then read in its own order, however many carry the tag.
alter table workspace_tags add column updated_at text collate "C";
update workspace_tags t set updated_at = w.updated_at from workspaces w where w.id = t.workspace_id;
alter table workspace_tags alter column updated_at set not null;
create index workspace_tags_recent on workspace_tags (tag, updated_at desc, workspace_id desc);
