"""Mends what aiokafka 0.14 does wrong when a broker dies or forgets, and has no option against.

**A commit of a client that is no member.** A client that the broker does not know any more, because it was away for
too long or the broker has lost its memory, has no generation until it has joined again. A commit without one is that
of a lone consumer, and a broker that knows nothing of the group accepts it: places in a log that is gone, from which
the next owner would go on in the new one. It would also look as if the group still counted on this process.

**A write to a connection that is closed.** uvloop raises RuntimeError, where asyncio only warns; aiokafka expects
OSError, and its work for the group (or for the producer) ended for good.
"""

from __future__ import annotations

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownMemberIdError
from aiokafka.protocol.commit import OffsetCommitRequest

# Called for each try of a commit; it makes its request before it waits for anything.
_commit = GroupCoordinator._do_commit_offsets  # noqa: SLF001 - aiokafka looks at the generation nowhere else
_send = AIOKafkaConnection.send


async def _commit_as_member(coordinator: Any, assignment: Any, offsets: Any) -> None:
    if coordinator.generation == OffsetCommitRequest.DEFAULT_GENERATION_ID:
        raise UnknownMemberIdError
    await _commit(coordinator, assignment, offsets)


def _send_or_close(connection: Any, request: Any, expect_response: Any = True) -> Any:  # noqa: FBT002 - aiokafka's own signature
    try:
        return _send(connection, request, expect_response)
    except KafkaError:
        raise
    except RuntimeError as error:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"connection at {connection.host}:{connection.port} broken: {error}") from error


def mend() -> None:
    """Mend it for every client of this process."""
    GroupCoordinator._do_commit_offsets = _commit_as_member  # noqa: SLF001 - see above
    AIOKafkaConnection.send = _send_or_close
