-- Which process carries an announcement out until next_at, by the database's time; null: the one that committed it, or nobody.
alter table outbox add column owner text;
