-- Who is asked to come in. The hub's own role is always member; a workspace and a role there may come with it.
create table invitations (
  id text collate "C" primary key,
  -- Whose account may accept, in the plain form; null: whoever holds a link.
  email text collate "C",
  workspace_id text collate "C",
  workspace_role text collate "C" check (workspace_role in ('owner', 'collaborator', 'viewer')),
  note text collate "C",
  invited_by text collate "C" not null references accounts (id),
  created_at text collate "C" not null,
  expires_at text collate "C" not null,
  accepted_at text collate "C",
  accepted_by text collate "C" references accounts (id),
  revoked_at text collate "C",
  revoked_by text collate "C" references accounts (id),
  check ((workspace_id is null) = (workspace_role is null)),
  check (accepted_at is null or revoked_at is null)
);
create index invitations_by on invitations (invited_by, id);
create index invitations_open on invitations (id) where accepted_at is null and revoked_at is null;
create index invitations_pending_by on invitations (invited_by, expires_at) where accepted_at is null and revoked_at is null;
create index invitations_workspace on invitations (workspace_id, id) where workspace_id is not null;
create index invitations_email on invitations (email, id) where email is not null and accepted_at is null and revoked_at is null;

-- Links that lead to an invitation: only the SHA-256 of the token is kept. They live as long as what they lead to.
create table invitation_links (
  hash text collate "C" primary key,
  invitation_id text collate "C" not null references invitations (id),
  minted_by text collate "C" not null references accounts (id),
  created_at text collate "C" not null,
  expires_at text collate "C" not null
);
create index invitation_links_invitation on invitation_links (invitation_id, created_at);
create index invitation_links_expiry on invitation_links (expires_at);
