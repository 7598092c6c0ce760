-- The time repeats the workspace's, as the members' does: a tag's list is then read in its own order, however many carry the tag.
-- Triggers keep it, so that a node of an older version, which knows nothing of it, keeps it too.
alter table workspace_tags add column updated_at text collate "C";
update workspace_tags t set updated_at = w.updated_at from workspaces w where w.id = t.workspace_id;
alter table workspace_tags alter column updated_at set not null;
create index workspace_tags_recent on workspace_tags (tag, updated_at desc, workspace_id desc);

create function workspace_tag_made() returns trigger language plpgsql as $$
begin
  new.updated_at := (select updated_at from workspaces where id = new.workspace_id);
  return new;
end $$;
create trigger workspace_tags_made before insert on workspace_tags for each row execute function workspace_tag_made();

create function workspace_tags_moved() returns trigger language plpgsql as $$
begin
  update workspace_tags set updated_at = new.updated_at where workspace_id = new.id;
  return null;
end $$;
create trigger workspaces_tags_moved after update of updated_at on workspaces for each row when (old.updated_at is distinct from new.updated_at)
  execute function workspace_tags_moved();
