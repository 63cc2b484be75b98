import asyncpg

from chassis.statements import read_statements


async def test_a_statement_is_planned_once_and_by_index(pool: asyncpg.Pool) -> None:
    """On fresh tables, too, a read of one row is planned for all values at once, and reads no table from end to end."""
    sql = read_statements(package="toy")["load_bookings"]
    async with pool.acquire() as connection:
        for number in range(8):
            await connection.fetch(sql, [f"b{number}"])
        planned = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
        assert [tuple(row) for row in await connection.fetch(planned, sql)] == [(8, 0)]
        plan = [row[0] for row in await connection.fetch(f"EXPLAIN {sql}", ["b1"])]
    assert not any("Seq Scan" in line for line in plan), plan
