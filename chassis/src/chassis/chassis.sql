-- Every statement of the chassis's own tables (migrations/0001_chassis.sql explains them).

-- name: lock_names
-- Locks names of shared rows that are not there yet, in their order, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended(s.name, 0))
FROM (SELECT n.name FROM unnest($1::text[]) AS n (name) ORDER BY n.name) AS s;

-- name: fence
-- Locks the ownership of the shards of a write against a new owner, in shard order; a shard with another epoch is left out.
SELECT o.shard
FROM owners AS o JOIN unnest($1::integer[], $2::bigint[]) AS f (shard, epoch) ON o.shard = f.shard AND o.epoch = f.epoch
ORDER BY o.shard FOR SHARE OF o;

-- name: limit_lock_wait
-- Lets this transaction wait only so long for a lock.
SELECT set_config('lock_timeout', $1::text, true);

-- name: raise_epoch
-- Takes a shard from whoever had it.
INSERT INTO owners AS o (shard, epoch) VALUES ($1::integer, 1)
ON CONFLICT (shard) DO UPDATE SET epoch = o.epoch + 1
RETURNING epoch;

-- name: declare_shards
-- Makes a row for each shard at the very first start.
INSERT INTO owners (shard, epoch)
SELECT number, 1 FROM generate_series(0, $1::integer - 1) AS number WHERE NOT EXISTS (SELECT FROM owners)
ON CONFLICT (shard) DO NOTHING;

-- name: count_shards
-- How many shards this database was made for.
SELECT count(*) FROM owners;

-- name: read_epochs
-- The epochs as they are now.
SELECT shard, epoch FROM owners WHERE shard = ANY($1::integer[]);

-- name: insert_inbox
-- Notes handled messages; one that is there already violates inbox_pkey.
INSERT INTO inbox (message_id, fingerprint, outcome, answer, handled_at)
SELECT r.message_id, r.fingerprint, r.outcome, r.answer, $5::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) AS r (message_id, fingerprint, outcome, answer);

-- name: known_messages
-- What came of those messages that were handled.
SELECT message_id, fingerprint, outcome, answer, handled_at FROM inbox WHERE message_id = ANY($1::text[]);

-- name: purge_inbox
-- Forgets some of the messages that were handled before a time.
DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE handled_at < $1::timestamptz LIMIT $2::integer));

-- name: finish_tasks
-- Deletes the tasks that messages came from, unless they were set again; returns those that were there.
DELETE FROM tasks AS t USING unnest($1::text[], $2::text[]) AS f (id, message_id)
WHERE t.id = f.id AND t.message_id = f.message_id
RETURNING t.id, t.message_id;

-- name: drop_tasks
-- Deletes tasks that are no longer wanted; a started call stays until its answer.
DELETE FROM tasks WHERE id = ANY($1::text[]) AND state = 'waiting' RETURNING id;

-- name: set_tasks
-- Adds tasks and returns them; a timer or retry that exists is moved, a call that exists stays as it is.
INSERT INTO tasks (
    id, shard, kind, name, key, due, message_id, data, correlation_id, causation_id, traceparent
)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::jsonb[],
    $9::text[], $10::text[], $11::text[]
)
ON CONFLICT (id) DO UPDATE SET
    shard = excluded.shard, kind = excluded.kind, name = excluded.name, key = excluded.key, due = excluded.due,
    message_id = excluded.message_id, data = excluded.data, correlation_id = excluded.correlation_id,
    causation_id = excluded.causation_id, traceparent = excluded.traceparent
WHERE excluded.kind <> 'call' AND tasks.kind <> 'call'
RETURNING id;

-- name: due_tasks
-- The tasks of some shards that are due, earliest first.
SELECT id, shard, kind, name, key, due, message_id, data, state, attempts, started_at, correlation_id, causation_id,
    traceparent
FROM tasks WHERE shard = ANY($1::integer[]) AND due <= $2::timestamptz
ORDER BY due, id LIMIT $3::integer;

-- name: start_calls
-- Marks calls as started, before they are made; returns those that are still wanted, as they now are.
UPDATE tasks SET state = 'started', started_at = coalesce(started_at, $2::timestamptz), attempts = attempts + 1
WHERE id = ANY($1::text[]) AND kind = 'call'
RETURNING id, shard, kind, name, key, due, message_id, data, state, attempts, started_at, correlation_id,
    causation_id, traceparent;

-- name: postpone_tasks
-- Moves tasks, unless they were set again meanwhile.
UPDATE tasks AS t SET due = p.due
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS p (id, message_id, due)
WHERE t.id = p.id AND t.message_id = p.message_id;

-- name: park_messages
-- Keeps messages that came too early; one that is there already keeps the larger number of tries.
INSERT INTO parked AS p (
    message_id, shard, topic, partition, record_offset, key, value, headers, reason, tries, parked_at
)
SELECT r.message_id, r.shard, r.topic, r.partition, r.record_offset, r.key, r.value, r.headers::json, r.reason, r.tries,
    $11::timestamptz
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::integer[], $5::bigint[], $6::bytea[], $7::bytea[], $8::text[],
    $9::text[], $10::integer[]
) AS r (message_id, shard, topic, partition, record_offset, key, value, headers, reason, tries)
ON CONFLICT (message_id) DO UPDATE SET
    reason = excluded.reason, tries = greatest(p.tries, excluded.tries), parked_at = excluded.parked_at;

-- name: unpark_messages
-- Lets messages go that were handled after all.
DELETE FROM parked WHERE message_id = ANY($1::text[]);

-- name: parked_messages
-- These parked messages, in the order of the ids: that is the order in which they are tried again.
SELECT message_id, shard, topic, partition, record_offset, key, value, headers, reason, tries, parked_at
FROM parked WHERE message_id = ANY($1::text[]) ORDER BY array_position($1::text[], message_id);

-- name: bury_messages
-- Keeps dead letters; one that was replayed and failed again is open again.
INSERT INTO dead_letters (
    message_id, shard, type, topic, partition, record_offset, key, value, headers, error, failed_at
)
SELECT r.message_id, r.shard, r.type, r.topic, r.partition, r.record_offset, r.key, r.value, r.headers::json, r.error,
    $11::timestamptz
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bytea[], $8::bytea[],
    $9::text[], $10::text[]
) AS r (message_id, shard, type, topic, partition, record_offset, key, value, headers, error)
ON CONFLICT (message_id) DO UPDATE SET
    shard = excluded.shard, type = excluded.type, topic = excluded.topic, partition = excluded.partition,
    record_offset = excluded.record_offset, key = excluded.key, value = excluded.value, headers = excluded.headers,
    error = excluded.error, failed_at = excluded.failed_at, replayed_at = NULL;

-- name: open_dead_letters
-- Dead letters that were not replayed, by message id.
SELECT message_id, shard, type, topic, partition, record_offset, key, value, headers, error, failed_at, replayed_at
FROM dead_letters WHERE replayed_at IS NULL AND message_id > $1::text
ORDER BY message_id LIMIT $2::integer;

-- name: reopen_message
-- Takes back the outcome of a dead letter, so that its message counts as new.
DELETE FROM inbox WHERE message_id = $1::text AND outcome = 'dead';

-- name: read_dead_letter
-- One dead letter.
SELECT message_id, shard, type, topic, partition, record_offset, key, value, headers, error, failed_at, replayed_at
FROM dead_letters WHERE message_id = $1::text;

-- name: mark_replayed
-- Notes that the record of a dead letter was published again.
UPDATE dead_letters SET replayed_at = $2::timestamptz WHERE message_id = $1::text;

-- name: journal
-- Logs messages in their order; returns their sequence numbers.
INSERT INTO event_log (day, shard, topic, key, type, message_id, headers, payload, traceparent, written_at)
SELECT ($9::timestamptz AT TIME ZONE 'UTC')::date, r.shard, r.topic, r.key, r.type, r.message_id, r.headers,
    r.payload::json, r.traceparent, $9::timestamptz
FROM unnest(
    $1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[], $8::text[]
) WITH ORDINALITY AS r (shard, topic, key, type, message_id, headers, payload, traceparent, ord)
ORDER BY r.ord
RETURNING seq, shard, day;

-- name: point_out
-- Points to what `journal` has logged in the same statement.
INSERT INTO outbox (seq, shard, day) SELECT seq, shard, day FROM journal ORDER BY seq
RETURNING seq;

-- name: read_outbox
-- What a shard has not published yet, in the order of commits.
SELECT e.seq, e.shard, e.topic, e.key, e.type, e.message_id, e.headers, e.payload, e.traceparent, e.written_at
FROM outbox AS o JOIN event_log AS e ON e.day = o.day AND e.seq = o.seq
WHERE o.shard = $1::integer AND o.seq > $2::bigint
ORDER BY o.seq LIMIT $3::integer;

-- name: forget_published
-- Deletes the pointers of published messages.
DELETE FROM outbox WHERE seq = ANY($1::bigint[]);

-- name: read_log
-- What a shard has said since a time, published or not.
SELECT seq, shard, topic, key, type, message_id, headers, payload, traceparent, written_at
FROM event_log
WHERE day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND written_at >= $2::timestamptz
    AND shard = $1::integer AND seq > $3::bigint
ORDER BY seq LIMIT $4::integer;

-- name: keep_log_days
-- Makes the days of the log ahead and drops old ones without pointers; returns how many were dropped.
SELECT keep_log_days($1::date, $2::date);

-- name: applied_migrations
-- Which migrations this database has had.
SELECT source, number, name, checksum FROM schema_migrations ORDER BY source, number;

-- name: note_migration
-- Notes a migration that was applied.
INSERT INTO schema_migrations (source, number, name, checksum) VALUES ($1::text, $2::integer, $3::text, $4::text);

-- name: lock_migrations
-- Lets one process migrate at a time; the lock ends with the connection.
SELECT pg_advisory_lock(hashtext('schema_migrations'));

-- name: unlock_migrations
-- Lets the next process migrate.
SELECT pg_advisory_unlock(hashtext('schema_migrations'));

-- name: find_runner
-- The role that serves where the owner migrates: X_service beside X_owner, else whoever owns the database.
SELECT coalesce(
    (SELECT rolname::text FROM pg_roles WHERE rolname = regexp_replace(current_user, '_owner$', '') || '_service'),
    'pg_database_owner'
);
