-- What holds in the chassis's own tables of every service. A statement named audit_* returns (checked, violations).

-- name: be_patient
-- Lets each statement of this transaction read for so long, and from end to end. A transaction's own time-out is armed when
-- it begins: it can be taken away only.
SELECT
    set_config('statement_timeout', $1::text, TRUE), set_config('transaction_timeout', '0', TRUE),
    set_config('enable_seqscan', 'on', TRUE), set_config('plan_cache_mode', 'auto', TRUE);

-- name: list_journal
-- What was journalled after a place and before a time, in the order of the journal.
SELECT day, seq, shard, message_id, type, topic, key, payload::text AS payload, written_at
FROM event_log
WHERE (day, seq) > ($1::date, $2::bigint) AND written_at < $3::timestamptz
ORDER BY day, seq LIMIT $4::integer;

-- name: find_known
-- Which of these messages were handled, under which fingerprint, and which are parked (without one).
SELECT message_id, fingerprint FROM inbox WHERE message_id = ANY($1::text[])
UNION ALL
SELECT message_id, NULL AS fingerprint FROM parked WHERE message_id = ANY($1::text[]);

-- name: audit_published
-- Every journalled message is published: pointers to rows written before the time given are late, or lead nowhere.
WITH late AS (
    SELECT o.seq, o.shard, e.type, e.key
    FROM outbox AS o LEFT JOIN event_log AS e ON e.day = o.day AND e.seq = o.seq
    WHERE e.seq IS NULL OR e.written_at < $1::timestamptz
    ORDER BY o.seq LIMIT 20
)
SELECT
    (SELECT count(*) FROM event_log) AS checked,
    ARRAY(
        SELECT format('journal row %s of shard %s, %s of %s, is not published', seq, shard, type, key) FROM late
    ) AS violations;

-- name: audit_journalled_once
-- No message is journalled twice.
SELECT
    (SELECT count(*) FROM event_log) AS checked,
    ARRAY(
        SELECT format('message %s is journalled %s times', message_id, count(*))
        FROM event_log GROUP BY message_id HAVING count(*) > 1 ORDER BY message_id LIMIT 20
    ) AS violations;

-- name: audit_inbox
-- Every handled message has the fingerprint that tells a repeat from a reused key.
SELECT
    (SELECT count(*) FROM inbox) AS checked,
    ARRAY(
        SELECT format('message %s has no fingerprint', message_id)
        FROM inbox WHERE fingerprint = '' ORDER BY message_id LIMIT 20
    ) AS violations;

-- name: audit_set_aside
-- Every parked message has its retry, and no open dead letter counts as handled.
WITH wrong AS (
    SELECT format('message %s is parked without a retry', p.message_id) AS what
    FROM parked AS p
    WHERE NOT EXISTS (SELECT FROM tasks AS t WHERE t.kind = 'retry' AND t.message_id = p.message_id)
    UNION ALL
    SELECT format('message %s is a dead letter and %s', d.message_id, i.outcome)
    FROM dead_letters AS d INNER JOIN inbox AS i ON i.message_id = d.message_id
    WHERE d.replayed_at IS NULL AND i.outcome <> 'dead'
)
SELECT
    (SELECT count(*) FROM parked) + (SELECT count(*) FROM dead_letters) AS checked,
    ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_tasks
-- Every timer and call that is long overdue is late: nobody owns its shard.
SELECT
    (SELECT count(*) FROM tasks) AS checked,
    ARRAY(
        SELECT format('%s %s of %s was due at %s', kind, name, key, due)
        FROM tasks WHERE due < $1::timestamptz AND kind <> 'call' ORDER BY due, id LIMIT 20
    ) AS violations;
