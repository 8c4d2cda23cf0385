"""Threads that ask the same thing at the same time, each of something else, ask it together."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asker(Generic[Question, Answer]):
    """A thread that asks.

    :ivar party: those for whom it is to ask, itself the first. :ivar answers: the one that another got for it.
    :ivar called: held as long as it has to wait.
    """

    __slots__ = ("answers", "called", "party", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.party: list[_Asker[Question, Answer]] = []
        self.answers: list[Answer] = []
        self.called = threading.Lock()
        self.called.acquire()


class Meeting(Generic[Question, Answer]):
    """Where they meet.

    Who finds nobody asking asks at once. Who comes meanwhile waits, and then one of those who wait asks for all of them:
    where it is the way that is dear, not the question. What is answered was asked after all of them had come: no answer
    is older than its question.

    Who asks may be stuck, with a connection whose other end has vanished: nobody waits for it longer than PATIENCE.

    :param find_answers: the answers to several questions, in their order.
    """

    PATIENCE = 1.0  # seconds; a thousand times what an answer takes

    def __init__(self, find_answers: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._find_answers = find_answers
        self._mutex = threading.Lock()
        self._somebody_asks = False
        self._waiting: list[_Asker[Question, Answer]] = []

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``. What failed for several is asked again by each alone: it may be one's own fault."""
        asker = self._come(question)
        if asker is None:
            try:
                return self._find_answers([question])[0]
            finally:
                self._call_next()
        if not asker.called.acquire(timeout=self.PATIENCE):
            self._take_over(asker)
        if asker.party:
            self._ask_for(asker.party)
        return asker.answers[0] if asker.answers else self._find_answers([question])[0]

    def _come(self, question: Question) -> _Asker[Question, Answer] | None:
        """One of those who wait; None when nobody asks, and this thread is to."""
        with self._mutex:
            if not self._somebody_asks:
                self._somebody_asks = True
                return None
            asker: _Asker[Question, Answer] = _Asker(question)
            self._waiting.append(asker)
            return asker

    def _take_over(self, asker: _Asker[Question, Answer]) -> None:
        """Let ``asker`` ask for all who wait; whom somebody asks for already asks for itself alone."""
        with self._mutex:
            if asker in self._waiting:
                self._waiting.remove(asker)
                asker.party, self._waiting = [asker, *self._waiting], []

    def _ask_for(self, party: list[_Asker[Question, Answer]]) -> None:
        try:
            for asker, answer in zip(party, self._find_answers([asker.question for asker in party]), strict=True):
                asker.answers = [answer]
        except Exception:
            if len(party) == 1:
                raise
        finally:
            self._call_next()
            for asker in party[1:]:
                asker.called.release()

    def _call_next(self) -> None:
        with self._mutex:
            party, self._waiting = self._waiting, []
            self._somebody_asks = bool(party)
            if party:
                party[0].party = party
                party[0].called.release()
