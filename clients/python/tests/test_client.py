"""The client, at a real register: DOMESDAY_SERVER and DOMESDAY_TOKEN say which."""

import os
import random
import threading
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

from domesday import Conflict, Domesday, Forbidden, NotFound, Refused, Unavailable

SERVER = os.environ["DOMESDAY_SERVER"]
TOKEN = os.environ["DOMESDAY_TOKEN"]


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


class AtARegister(unittest.TestCase):
    def setUp(self) -> None:
        self.register = Domesday(SERVER, TOKEN)

    def test_lists_follow_their_pages(self) -> None:
        count = self.register.count("servers")
        names = [server["name"] for server in self.register.list("servers", page_size=7)]
        self.assertEqual((len(names), len(set(names))), (count, count))
        first = next(self.register.list("servers", ordering="name"))
        same = list(self.register.list("servers", name=first["name"]))
        self.assertEqual([first["id"]], [server["id"] for server in same])
        some = list(self.register.list("servers", id__in=[first["id"], 0]))
        self.assertEqual(len(some), 1)

    def test_a_record_is_added_changed_read_and_deleted(self) -> None:
        name = unique("site")
        self.assertEqual(self.register.create("dcs", {"name": name}, dry_run=True).effect, "added")
        with self.assertRaises(NotFound):
            self.register.by_key("dcs", name)
        made = self.register.create("dcs", {"name": name}, reason="a test")
        assert made.record is not None
        self.assertIsNotNone(made.commit)
        record = self.register.by_key("dcs", name)
        self.assertEqual(record["id"], made.record["id"])
        again = self.register.by_key("dcs", name)
        self.assertEqual((again, again.etag), (record, record.etag))
        changed = self.register.update("dcs", record["id"], {"description": "Zürich"}, if_match=record.etag)
        assert changed.record is not None
        self.assertEqual(changed.record["description"], "Zürich")
        self.assertEqual(self.register.get("dcs", record["id"])["description"], "Zürich")
        with self.assertRaises(Conflict):
            self.register.update("dcs", record["id"], {"description": "x"}, if_match=record.etag)
        actions = [entry["action"] for entry in self.register.history("dcs", record["id"])]
        self.assertEqual(actions, ["Updated", "Added"])
        was = self.register.get("dcs", record["id"], as_of=str(made.commit))
        self.assertNotEqual(was["description"], "Zürich")
        self.register.delete("dcs", record["id"])
        with self.assertRaises(NotFound):
            self.register.get("dcs", record["id"])

    def test_what_is_refused_says_which_fields(self) -> None:
        with self.assertRaises(Refused) as told:
            self.register.create("dcs", {"name": ""})
        self.assertIn("name", told.exception.errors)
        with self.assertRaises(Refused):
            list(self.register.list("servers", nothing="1"))
        with self.assertRaises(Forbidden):
            Domesday(SERVER, "domesday_" + "0" * 64).create("dcs", {"name": "x"})

    def test_a_change_that_must_be_reviewed_waits(self) -> None:
        server = random.choice(list(self.register.list("servers")))
        told = self.register.update("servers", server["id"], {"description": unique("note")})
        assert told.request is not None
        self.assertEqual(told.request["state"], "pending")

    def test_events_come_in_order(self) -> None:
        name = unique("site")
        made = self.register.create("dcs", {"name": name})
        events = list(self.register.events(after=str((made.commit or 1) - 1)))
        self.assertEqual(events[0]["id"], f"{made.commit}.0")


class Busy(BaseHTTPRequestHandler):
    """Busy twice, then answers with what it was sent."""

    keys: "list[str]" = []

    def do_POST(self) -> None:
        self.keys.append(self.headers["Idempotency-Key"])
        self.rfile.read(int(self.headers["Content-Length"]))
        is_busy = len(self.keys) < 3
        self.send_response(503 if is_busy else 201)
        self.send_header("Content-Type", "application/json")
        if is_busy:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: object) -> None:
        pass


class WhileTheRegisterIsAway(unittest.TestCase):
    def test_a_write_is_tried_again_with_its_key(self) -> None:
        server = HTTPServer(("127.0.0.1", 0), Busy)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        waits: "list[float]" = []
        register = Domesday(f"http://127.0.0.1:{server.server_port}", sleep=waits.append)
        register.create("dcs", {"name": "x"})
        server.shutdown()
        server.server_close()
        self.assertEqual((waits, len(set(Busy.keys)), len(Busy.keys)), ([7.0, 7.0], 1, 3))
        with self.assertRaises(Unavailable):
            register.get("dcs", 1)


if __name__ == "__main__":
    unittest.main()
