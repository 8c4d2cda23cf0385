"""Threads that ask the same thing at the same time, each of something else, ask it together."""

import os
import threading
from collections.abc import Callable, Sequence
from copy import copy
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asker(Generic[Question, Answer]):
    """A thread that asks.

    :ivar called: held as long as it has to wait. :ivar leads: it is to ask, for itself and for all who wait then.
    :ivar answers: the one that another got for it. :ivar error: why there is none, and may not be asked for again.
    """

    __slots__ = ("answers", "called", "error", "leads", "question")

    def __init__(self, question: Question) -> None:
        self.question, self.leads = question, False
        self.answers: list[Answer] = []
        self.error: BaseException | None = None
        self.called = threading.Lock()
        self.called.acquire()


class Meeting(Generic[Question, Answer]):
    """Where they meet.

    Who finds nobody asking leads: it lets those come who are about to, and asks for all of them, where it is the way that
    is dear, not the question. Who comes meanwhile waits, and one of those who wait leads next. What is answered was asked
    after all of them had come: no answer is older than its question.

    Who asks may be stuck, with a connection whose other end has vanished: nobody waits for it longer than PATIENCE, but
    those for whom it asks already what can't be asked twice.

    :param find_answers: the answers to several questions, in their order.
    :param may_ask_again: whether what failed like this has had no effect; None when a question never has.
    """

    PATIENCE = 1.0  # seconds; a thousand times what an answer takes

    def __init__(
        self, find_answers: Callable[[Sequence[Question]], Sequence[Answer]], *,
        may_ask_again: Callable[[BaseException], bool] | None = None,
    ) -> None:  # fmt: skip
        self._find_answers, self._may_ask_again = find_answers, may_ask_again
        self._mutex = threading.Lock()
        self._somebody_leads = False
        self._waiting: list[_Asker[Question, Answer]] = []

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``. What failed for several is asked again by each alone: it may be one's own fault."""
        asker: _Asker[Question, Answer] = _Asker(question)
        self._come(asker)
        if not asker.leads:
            self._wait(asker)
        if asker.leads:
            self._lead(asker)
        if asker.error is not None:
            raise asker.error
        return asker.answers[0] if asker.answers else self._find_answers([question])[0]

    def _come(self, asker: _Asker[Question, Answer]) -> None:
        with self._mutex:
            if self._somebody_leads:
                self._waiting.append(asker)
            else:
                self._somebody_leads = asker.leads = True

    def _wait(self, asker: _Asker[Question, Answer]) -> None:
        """Until it is answered, or leads."""
        if asker.called.acquire(timeout=self.PATIENCE):
            return
        with self._mutex:
            if asker in self._waiting:
                self._waiting.remove(asker)
                asker.leads = True
                return
        if self._may_ask_again is not None:
            asker.called.acquire()

    def _lead(self, asker: _Asker[Question, Answer]) -> None:
        os.sched_yield()  # threads that could run do so now, instead of while this one asks
        with self._mutex:
            party, self._waiting = [asker, *self._waiting], []
        try:
            for one, answer in zip(party, self._find_answers([one.question for one in party]), strict=True):
                one.answers = [answer]
        except BaseException as error:
            if len(party) == 1 or not (self._may_ask_again is None or self._may_ask_again(error)):
                for one in party[1:]:
                    one.error = copy(error)  # what is raised keeps the frames, and so the values, of who raises it
                raise
        finally:
            for one in party[1:]:
                one.called.release()
            self._call_next()

    def _call_next(self) -> None:
        with self._mutex:
            self._somebody_leads = bool(self._waiting)
            if self._waiting:
                leader = self._waiting.pop(0)
                leader.leads = True
                leader.called.release()
