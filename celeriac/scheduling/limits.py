"""The numbers of the schedule, in one place. docs/schedule.md explains them to operators."""

from datetime import timedelta

# A due time that is later than this was missed, and the entry's policy decides. Anything less
# late is sent whatever the policy: that is a fail-over or a restart of the database.
MISSED_AFTER = timedelta(seconds=60)
# Missed due times of one entry that are made up for or recorded: the newest, no older than
# ticks are kept.
MOST_MISSED = 1000
# How long ticks stay in their table.
TICKS_KEPT = timedelta(days=7)
# Due times of one entry that one transaction handles.
BATCH = 100
# An entry that is due more often is refused: a tick is a transaction.
SHORTEST_INTERVAL = timedelta(milliseconds=100)

# Seconds, of a leader whose database is silent. The order is what matters: its statement fails,
# else its process ends, and only then does the server give the lead to another.
STATEMENT_FAILS = 4
LEADER_ENDS = 6
SERVER_LETS_GO = 8
# A standby has nothing to lose, and several addresses of a database may each take their time.
STANDBY_ENDS = 25
