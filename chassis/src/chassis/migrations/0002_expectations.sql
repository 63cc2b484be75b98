-- A write is one statement of many parts (store/writing.py): the ownership of its shards is the first of them, and what must
-- be locked before the decision is locked before it. A part that found less than it was given ends all of it there and then,
-- so that what comes after it is not judged by figures that are out of date. store/expectations.py knows the codes.

-- Raises an error with the code and the words unless as many rows were found as were wanted.
CREATE FUNCTION expect_count(wanted bigint, got bigint, code text, words text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF got <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = words;
    END IF;
    RETURN got;
END
$$;

-- Raises an error with the code and the words, and a JSON array of those that were wanted and not found as its detail.
CREATE FUNCTION expect_each(wanted text[], got text[], code text, words text) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF got @> wanted OR cardinality(wanted) = 0 THEN
        RETURN got;
    END IF;
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = words,
        DETAIL = to_json(array(SELECT unnest(wanted) EXCEPT SELECT unnest(got)))::text;
END
$$;
