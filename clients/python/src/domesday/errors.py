"""What the register refuses, by its status: RFC 9457 problems as exceptions."""

from __future__ import annotations

from typing import Any, Mapping


class DomesdayError(Exception):
    """Something that the register did not do."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("title") or "no answer"
        super().__init__(f"{status}: {detail}" if status else str(detail))
        #: The status of the answer; 0 where none came.
        self.status = status
        #: The whole answer.
        self.problem = problem

    @property
    def errors(self) -> Mapping[str, Any]:
        """What is wrong, by the names of fields or parameters."""
        errors = self.problem.get("errors")
        return errors if isinstance(errors, Mapping) else {}


class Refused(DomesdayError):
    """What was sent can't be taken: `errors` says which fields."""


class Forbidden(DomesdayError):
    """Nobody known asks, or somebody who may not."""


class NotFound(DomesdayError):
    """There is no such thing, or not for whoever asks."""


class Conflict(DomesdayError):
    """Something else is so: a unique value is taken, or the record has changed."""


class Unavailable(DomesdayError):
    """The register is busy or away, and was so each time that it was tried."""


def error_of(status: int, problem: Mapping[str, Any]) -> DomesdayError:
    """The exception of a status."""
    kinds = {400: Refused, 401: Forbidden, 403: Forbidden, 404: NotFound}
    kinds |= {409: Conflict, 412: Conflict, 428: Conflict, 429: Unavailable}
    kinds |= {502: Unavailable, 503: Unavailable, 504: Unavailable}
    return kinds.get(status, DomesdayError)(status, problem)
