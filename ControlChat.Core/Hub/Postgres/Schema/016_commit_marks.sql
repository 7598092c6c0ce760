-- What each process of the hub committed last, so that it can tell whether a commit happened whose answer was lost.
create table commit_marks (
  node text collate "C" primary key,
  mark text collate "C" not null,
  at text collate "C" not null
);
