-- When an approval that still waits is to be reminded of, and when it was. What was asked for before ends without a reminder.
alter table approvals add column remind_at text;
alter table approvals add column reminded_at text;
create index approvals_reminders on approvals (remind_at) where status = 'pending' and reminded_at is null and remind_at is not null;
