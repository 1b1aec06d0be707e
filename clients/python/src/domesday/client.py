"""Reading and writing records over HTTP."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence, Union

from .errors import DomesdayError, Unavailable, error_of

#: A value of a filter; several are parted by commas.
Filter = Union[str, int, float, bool, Sequence[Union[str, int]]]

#: How many answers are remembered for the next time that they are asked for.
REMEMBERED = 256
#: After which statuses a request is tried again.
AGAIN = frozenset({429, 502, 503, 504})


class Record(dict[str, Any]):
    """A record, and the tag of the answer that it came in."""

    #: What `if_match` takes; `None` of a record of a list.
    etag: Optional[str] = None


@dataclass
class Written:
    """What came of a write."""

    #: The record as it is now; `None` where it is gone, or where the write waits.
    record: Optional[Record] = None
    #: The change request in which it waits for a second person.
    request: Optional[dict[str, Any]] = None
    #: The number of the commit; `None` where nothing changed.
    commit: Optional[int] = None
    #: Of a dry run, what it would do: `added`, `updated` or `unchanged`.
    effect: Optional[str] = None


@dataclass
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: Any = field(default=None)


class Domesday:
    """A register, asked over HTTP as the holder of a token."""

    def __init__(
        self,
        url: str,
        token: Optional[str] = None,
        *,
        timeout: float = 30.0,
        tries: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`tries` says how often a request is sent that finds the register busy or away."""
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._tries = max(1, tries)
        self._sleep = sleep
        self._remembered: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def list(self, plural: str, *, page_size: int = 500, **filters: Filter) -> Iterator[Record]:
        """All records that the filters match, a page at a time: `dc__name="iad1"`, `ordering="-ip"`."""
        query = {name: _text(value) for name, value in filters.items()}
        query["limit"] = str(page_size)
        path: Optional[str] = f"/api/{_part(plural)}/?{urllib.parse.urlencode(query)}"
        while path:
            page = self._read(path).body
            for item in page["results"]:
                yield Record(item)
            path = self._path_of(page["next"])

    def count(self, plural: str, **filters: Filter) -> int:
        """How many records the filters match."""
        query = {name: _text(value) for name, value in filters.items()}
        path = f"/api/{_part(plural)}/?{urllib.parse.urlencode({**query, 'limit': '1'})}"
        return int(self._read(path).body["count"])

    def get(self, plural: str, id: int, *, as_of: Optional[str] = None) -> Record:
        """A record by its id, now or as of a moment."""
        return self._record(f"/api/{_part(plural)}/{int(id)}/", as_of)

    def by_key(self, plural: str, key: str, *, as_of: Optional[str] = None) -> Record:
        """A record by its natural key."""
        return self._record(f"/api/{_part(plural)}/by/{_part(key)}/", as_of)

    def create(
        self,
        plural: str,
        values: Mapping[str, Any],
        *,
        reason: Optional[str] = None,
        dry_run: bool = False,
    ) -> Written:
        """Adds a record."""
        if dry_run:
            return self._validate(plural, None, values)
        return self._write("POST", f"/api/{_part(plural)}/", values, reason=reason)

    def update(
        self,
        plural: str,
        id: int,
        values: Mapping[str, Any],
        *,
        if_match: Optional[str] = None,
        reason: Optional[str] = None,
        dry_run: bool = False,
    ) -> Written:
        """Changes what is given of a record; with `if_match` only where it is as it was read."""
        if dry_run:
            return self._validate(plural, id, values)
        path = f"/api/{_part(plural)}/{int(id)}/"
        return self._write("PATCH", path, values, if_match=if_match, reason=reason)

    def delete(
        self,
        plural: str,
        id: int,
        *,
        if_match: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Written:
        """Deletes a record."""
        path = f"/api/{_part(plural)}/{int(id)}/"
        return self._write("DELETE", path, None, if_match=if_match, reason=reason)

    def history(self, plural: str, id: int) -> Iterator[dict[str, Any]]:
        """What became of a record, the latest first."""
        path: Optional[str] = f"/api/{_part(plural)}/{int(id)}/history/"
        while path:
            page = self._read(path).body
            yield from page["results"]
            path = self._path_of(page["next"])

    def events(self, after: Optional[str] = None) -> Iterator[dict[str, Any]]:
        """Changes behind a place as CloudEvents, in order, up to now."""
        query = f"?after={urllib.parse.quote(after)}" if after else ""
        path: Optional[str] = f"/api/-/events/{query}"
        while path:
            page = self._read(path).body
            yield from page["results"]
            path = None if page["is_last"] else self._path_of(page["next"])

    def _record(self, path: str, as_of: Optional[str]) -> Record:
        query = f"?as_of={urllib.parse.quote(as_of)}" if as_of else ""
        answer = self._read(path + query)
        record = Record(answer.body)
        record.etag = answer.headers.get("etag")
        return record

    def _validate(self, plural: str, id: Optional[int], values: Mapping[str, Any]) -> Written:
        query = "" if id is None else f"?id={int(id)}"
        path = f"/api/-/validate/{_part(plural)}/{query}"
        answer = self._send("POST", path, json.dumps(values).encode(), {})
        return Written(effect=answer.body.get("effect"))

    def _write(
        self,
        method: str,
        path: str,
        values: Optional[Mapping[str, Any]],
        *,
        if_match: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> Written:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        if reason is not None:
            headers["X-Change-Reason"] = reason
        body = None if values is None else json.dumps(values).encode()
        answer = self._send(method, path, body, headers)
        if answer.status == 202:
            return Written(request=answer.body)
        commit = answer.headers.get("x-commit")
        written = Written(commit=int(commit) if commit else None)
        if isinstance(answer.body, dict):
            written.record = Record(answer.body)
            written.record.etag = answer.headers.get("etag")
        return written

    def _read(self, path: str) -> _Answer:
        known = self._remembered.get(path)
        answer = self._send("GET", path, None, {"If-None-Match": known[0]} if known else {})
        if known and answer.status == 304:
            self._remembered.move_to_end(path)
            return _Answer(200, {**answer.headers, "etag": known[0]}, known[1])
        tag = answer.headers.get("etag")
        if tag:
            self._remembered[path] = (tag, answer.body)
            self._remembered.move_to_end(path)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return answer

    def _send(
        self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str]
    ) -> _Answer:
        for left in range(self._tries - 1, -1, -1):
            try:
                return self._send_once(method, path, body, headers)
            except DomesdayError as error:
                if error.status not in AGAIN or not left:
                    raise
                told = str(error.problem.get("retry_after", ""))
                wait = float(told) if told.isdigit() else 0.5 * 2 ** (self._tries - 1 - left)
            except (OSError, HTTPException) as error:
                if not left:
                    raise Unavailable(0, {"detail": f"{self._url} does not answer: {error}"}) from error
                wait = 0.5 * 2 ** (self._tries - 1 - left)
            self._sleep(min(wait, 30.0))
        raise AssertionError("the last try raises")

    def _send_once(
        self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str]
    ) -> _Answer:
        request = urllib.request.Request(self._url + path, data=body, method=method)
        request.add_header("Accept", "application/json")
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            with _OPENER.open(request, timeout=self._timeout) as response:
                return _answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                answer = _answer(error.code, error.headers, error.read())
            if error.code == 304:
                return answer
            problem = answer.body if isinstance(answer.body, dict) else {}
            problem.setdefault("retry_after", answer.headers.get("retry-after", ""))
            raise error_of(error.code, problem) from None

    def _path_of(self, url: Optional[str]) -> Optional[str]:
        """The path of a page that the register names: a token goes to nobody else."""
        if not url:
            return None
        parts = urllib.parse.urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to nobody but the register that was named."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _answer(status: int, headers: Any, body: bytes) -> _Answer:
    lower = {name.lower(): value for name, value in headers.items()}
    is_json = "json" in lower.get("content-type", "")
    return _Answer(status, lower, json.loads(body) if body and is_json else None)


def _text(value: Filter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    return ",".join(str(item) for item in value)


def _part(text: str) -> str:
    return urllib.parse.quote(text, safe="")
