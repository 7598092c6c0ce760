-- Those of long ago are forgotten.
create index ui_actions_asked on ui_actions (asked_at);
