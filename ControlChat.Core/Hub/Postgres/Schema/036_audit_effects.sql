-- Which rows of the record changed which field of which thing, kept by the indexer a moment after the rows. Its place is the fact
-- `audit_effects`, "from to": every row from the one to the other is in here; older ones come in by and by, so that an old record is
-- taken in after the upgrade while the newest changes are found at once. Derived: can be made again from `audit`; no evidence rests on it.
create table audit_effects (
  resource text collate "C" not null,
  field text collate "C" not null,
  seq bigint not null,
  primary key (resource, field, seq)
);
