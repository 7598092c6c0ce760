-- What an agent asked the browser of its person to show, and what the browser said.
create table ui_actions (
  id text primary key,
  conversation_id text not null,
  run_id text,
  account_id text not null,
  action text not null,
  target text not null,
  -- 1: the run was tainted, so it is shown as something to click and never done by itself.
  offer integer not null,
  -- asked, then taken by a browser that shows it, then what came of it.
  state text not null check (state in ('asked', 'taken', 'done', 'refused', 'no_browser', 'timeout')),
  asked_at text not null,
  ended_at text
);
