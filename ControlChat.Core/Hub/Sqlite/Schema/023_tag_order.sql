-- The time repeats the workspace's, as the members' does: a tag's list is then read in its own order, however many carry the tag.
alter table workspace_tags add column updated_at text not null default '';
update workspace_tags set updated_at = (select w.updated_at from workspaces w where w.id = workspace_id);
create index workspace_tags_recent on workspace_tags (tag, updated_at desc, workspace_id desc);

create trigger workspace_tags_made after insert on workspace_tags begin
  update workspace_tags set updated_at = (select w.updated_at from workspaces w where w.id = new.workspace_id) where tag = new.tag and workspace_id = new.workspace_id;
end;
create trigger workspaces_tags_moved after update of updated_at on workspaces begin
  update workspace_tags set updated_at = new.updated_at where workspace_id = new.id;
end;
