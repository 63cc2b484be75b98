"""Defects where customers ask: commands and their answers."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.responses import JSONResponse, Response

import chassis.commands
import chassis.processor
from chassis.batch import BatchChanges
from chassis.commands import Commands
from chassis.dedupe import Sorted, sort_out
from chassis.message import Message
from chassis.store.values import InboxRow
from chassis.verdicts import Verdict


def accepted_when_sent(patch: pytest.MonkeyPatch) -> None:
    """A command that the broker has, and that nobody has handled, is answered as accepted."""
    answer = Commands._answer

    async def hasty(commands: Commands, *given: Any) -> Response:
        response = await answer(commands, *given)
        return JSONResponse({}, status_code=200) if response.status_code == 202 else response

    patch.setattr(Commands, "_answer", hasty)


def one_key_for_all_routes(patch: pytest.MonkeyPatch) -> None:
    """The id of a command is made of customer and key, and not of the route."""
    id_of = chassis.commands.command_id
    patch.setattr(
        chassis.commands,
        "command_id",
        lambda **given: id_of(**{**given, "route": "", "target": ""}),
    )


def other_body_same_answer(patch: pytest.MonkeyPatch) -> None:
    """Who asks with a known key and another body gets the answer of the first body."""
    answer_of = chassis.commands.answer_of

    def generous(*, row: InboxRow, fingerprint: str, status: int) -> Response:
        return answer_of(row=row, fingerprint=row.fingerprint, status=status)

    patch.setattr(chassis.commands, "answer_of", generous)


def repeat_in_a_batch_handled(patch: pytest.MonkeyPatch) -> None:
    """A message that comes twice in one batch is handled twice."""
    patch.setattr(Sorted, "resolve", lambda batch, decided: [*decided, *batch.ended])

    def blind(*, messages: Any, known: Any) -> Sorted:
        batch = sort_out(messages=messages, known=known)
        batch.fresh += [message for message, _ in batch.repeats]
        batch.repeats.clear()
        return batch

    patch.setattr(chassis.processor, "sort_out", blind)


def dead_letter_without_answer(patch: pytest.MonkeyPatch) -> None:
    """A command that can never be handled is set aside, and its inbox row is not written."""
    end = BatchChanges.end

    def silent(batch: BatchChanges, message: Message, verdict: Verdict, outcome: str, answer: Any) -> None:
        end(batch, message, verdict, outcome, answer)
        if verdict is Verdict.DEAD:
            batch.inbox.pop()

    patch.setattr(BatchChanges, "end", silent)
