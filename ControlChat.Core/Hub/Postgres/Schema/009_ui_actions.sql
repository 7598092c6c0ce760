-- What an agent asked the browser of its person to show, and what the browser said.
create table ui_actions (
  id text collate "C" primary key,
  conversation_id text collate "C" not null,
  run_id text collate "C",
  account_id text collate "C" not null,
  action text collate "C" not null,
  target text collate "C" not null,
  -- 1: the run was tainted, so it is shown as something to click and never done by itself.
  offer bigint not null,
  -- asked, then taken by a browser that shows it, then what came of it.
  state text collate "C" not null check (state in ('asked', 'taken', 'done', 'refused', 'no_browser', 'timeout')),
  asked_at text collate "C" not null,
  ended_at text collate "C"
);
