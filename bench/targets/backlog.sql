-- A backlog: so many rows ($1) more in the journal that are not yet published, in turns what has really been journalled.
-- Every column but the sequence is that of the row it is made from, so that sizes, topics and keys are as they are.
WITH real AS (
    SELECT e AS model, row_number() OVER (ORDER BY e.seq) - 1 AS number, count(*) OVER () AS total
    FROM event_log AS e WHERE e.seq <= $2
), made AS (
    SELECT jsonb_populate_record(real.model, jsonb_build_object('seq', nextval('event_log_seq'))) AS made
    FROM generate_series(0, $1::bigint - 1) AS place
    JOIN real ON real.number = place % real.total
), logged AS (
    INSERT INTO event_log SELECT (made.made).* FROM made RETURNING seq, shard, day
)
INSERT INTO outbox (seq, shard, day) SELECT seq, shard, day FROM logged ORDER BY seq;
