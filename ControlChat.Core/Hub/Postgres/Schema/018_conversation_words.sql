-- Words are folded by ConversationSearch, for texts and searches alike: what a function of the database folds depends on its locale, and one
-- of locale C knew no letters but a to z. Null is for texts that ConversationIndexer has still to read.
alter table conversations drop column words;
alter table conversations add column words tsvector;
create index conversations_words on conversations using gin (words);
create index conversations_unread on conversations (id) where words is null;

alter table messages drop column words;
alter table messages add column words tsvector;
create index messages_words on messages using gin (words);
create index messages_unread on messages (id) where words is null;

drop function hub_words(text);
