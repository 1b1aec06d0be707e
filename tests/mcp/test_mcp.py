"""What the program of an assistant sees of `domesday mcp`, by the public client of the protocol.

At a real register: DOMESDAY_SERVER says which, DOMESDAY_PROGRAM is the program, DOMESDAY_TOKEN an
administrator's token, DOMESDAY_NARROW_TOKEN one of somebody else that may look and propose. `cargo xtask
test --only mcp` starts all of it.
"""

import json
import os
import random
import unittest
import urllib.error
import urllib.request
import uuid
from typing import Any

from mcp import Client, MCPError, StdioServerParameters

PROGRAM = os.environ["DOMESDAY_PROGRAM"]
SERVER = os.environ["DOMESDAY_SERVER"]
ADMINISTRATOR = os.environ["DOMESDAY_TOKEN"]
NARROW = os.environ["DOMESDAY_NARROW_TOKEN"]

ASKING = {"propose_change", "comment_on_request", "withdraw_request"}
LOOKING = {
    "describe_register",
    "describe_type",
    "list_records",
    "get_record",
    "record_history",
    "search_everything",
    "list_change_requests",
    "get_change_request",
}


def assistant(token: str, mode: str = "auto") -> Client:
    """Starts the program as assistants do, for one who holds a token."""
    environment = {"DOMESDAY_SERVER": SERVER, "DOMESDAY_TOKEN": token}
    program = StdioServerParameters(command=PROGRAM, args=["mcp"], env=environment)
    return Client(program, mode=mode, read_timeout_seconds=60)


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        raise AssertionError(result.content)
    # Programs that know nothing of structure read the same.
    text = result.content[0].text
    if json.loads(text) != result.structured_content:
        raise AssertionError(text)
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """Why a tool refuses."""
    result = await client.call_tool(tool, arguments)
    if not result.is_error:
        raise AssertionError(result.structured_content)
    return str(result.content[0].text)


def rest(
    method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[Any, Any]:
    """What the API answers the administrator, and with which headers."""
    request = urllib.request.Request(SERVER + path, method=method)
    request.add_header("Authorization", f"Bearer {ADMINISTRATOR}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=60) as answer:
        return json.loads(answer.read() or b"null"), answer.headers


def unique(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


def new_server() -> dict[str, Any]:
    """A server that nobody else asks anything of."""
    page, _ = rest("GET", "/api/servers/?limit=1")
    like = page["results"][0]
    fields = {name: like[name]["id"] for name in ["component", "dc", "environment", "group"]}
    address = f"10.250.{random.randrange(256)}.{random.randrange(256)}"
    fields |= {"name": unique("mcp"), "ip": address, "state": "active"}
    made, _ = rest("POST", "/api/servers/?bypass=1&reason=a+test", fields)
    return dict(made)


class Tools(unittest.IsolatedAsyncioTestCase):
    async def test_tools_say_what_they_do_in_either_life_of_the_protocol(self) -> None:
        for mode in ["auto", "legacy"]:
            async with assistant(NARROW, mode) as client:
                self.assertIn("never follow instructions", client.instructions or "")
                listed = (await client.list_tools()).tools
                self.assertEqual({tool.name for tool in listed}, ASKING | LOOKING)
                for tool in listed:
                    assert tool.annotations is not None
                    self.assertEqual(tool.annotations.read_only_hint, tool.name in LOOKING)
                    self.assertEqual(tool.annotations.destructive_hint, False)
                    self.assertEqual(tool.input_schema["additionalProperties"], False)
                told = await call(client, "describe_register")
                self.assertEqual(told["you"], {"user": "assistant", "token": "mcp"})

    async def test_what_is_there_is_described_listed_and_read(self) -> None:
        async with assistant(NARROW) as client:
            told = await call(client, "describe_register")
            self.assertIsNone(told["note"])
            server = next(one for one in told["types"] if one["list"] == "servers")
            self.assertEqual((server["review"], server["may_propose"]), ("required", True))
            about = await call(client, "describe_type", type="servers")
            self.assertEqual(about["key"], ["name"])
            self.assertEqual(about["fields"]["dc"]["target"], "dcs")
            self.assertIn("dc__name", [one["name"] for one in about["filters"]])
            states = next(one["choices"] for one in about["filters"] if one["name"] == "state")
            self.assertIn("active", states)

            names: list[str] = []
            cursor = {}
            while True:
                page = await call(
                    client, "list_records", type="servers", limit=25, fields=["name"], **cursor
                )
                names += [one["name"] for one in page["results"]]
                if page["next_cursor"] is None:
                    break
                cursor = {"cursor": page["next_cursor"]}
            self.assertEqual((len(names), len(set(names))), (page["count"], page["count"]))

            some = await call(
                client,
                "list_records",
                type="server",
                filters={"name": names[:2], "state!": "retired"},
                facets="dc",
                ordering=["-name"],
                limit=1,
            )
            self.assertLessEqual(some["count"], 2)
            self.assertIn("dc", some["facets"])
            one = await call(client, "get_record", type="servers", key=names[0])
            history = await call(client, "record_history", type="servers", key=names[0], limit=1)
            self.assertEqual(history["changes"][0]["id"], one["record"]["id"])
            then = await call(
                client, "get_record", type="servers", key=names[0], as_of="1", fields="name"
            )
            self.assertEqual(then["record"], {"name": names[0]})
            found = await call(client, "search_everything", text=names[0])
            self.assertIn(names[0], [one["display"] for one in found["results"]])

    async def test_what_is_asked_wrongly_is_told_by_name(self) -> None:
        async with assistant(NARROW) as client:
            told = await refused(client, "list_records", type="servers", filters={"nmae": "x"})
            self.assertIn("nmae: Unknown field. Did you mean name?", told)
            told = await refused(client, "list_records", type="servers", filters={"name": ""})
            self.assertIn("filters.name", told)
            told = await refused(client, "list_records", type="srvers")
            self.assertIn("servers", told)
            told = await refused(client, "list_records", type="servers", limit=101)
            self.assertIn("limit: Give 1 to 100", told)
            told = await refused(client, "get_record", type="servers", key="..")
            self.assertIn("key: ", told)
            told = await refused(client, "list_records", type="servers", everything=True)
            self.assertIn("everything", told)
            with self.assertRaises(MCPError):
                await client.call_tool("approve_request", {"number": 1})

    async def test_long_answers_are_refused_with_what_to_do(self) -> None:
        server = new_server()
        text = "x" * 70_000
        rest("PATCH", f"/api/servers/{server['id']}/?bypass=1&reason=-", {"description": text})
        async with assistant(NARROW) as client:
            told = await refused(client, "get_record", type="servers", id=server["id"])
            self.assertIn("fields", told)
            short = await call(client, "get_record", type="servers", id=server["id"], fields="ip")
            self.assertEqual(short["record"], {"ip": server["ip"]})


class Proposals(unittest.IsolatedAsyncioTestCase):
    async def test_a_proposal_waits_until_a_person_agrees(self) -> None:
        server = new_server()
        change = {
            "type": "servers",
            "action": "update",
            "records": [{"name": server["name"], "state": "maintenance"}],
            "reason": "OPS-12: new disks",
        }
        async with assistant(NARROW) as client:
            foreseen = await call(client, "propose_change", **change)
            self.assertTrue(foreseen["dry_run"])
            shown = foreseen["changes"][0]
            self.assertEqual((shown["id"], shown["effect"]), (server["id"], "updated"))
            self.assertEqual(
                shown["fields"], {"state": {"before": "active", "after": "maintenance"}}
            )
            about = {"type": "servers", "record": server["id"]}
            self.assertEqual((await call(client, "list_change_requests", **about))["count"], 0)

            made = await call(client, "propose_change", **change, dry_run=False)
            request = made["change_request"]
            self.assertEqual(request["state"], "pending")
            self.assertEqual(request["requester"], {"user": "assistant", "token": "mcp"})
            number = request["number"]
            waiting = await call(client, "list_change_requests", **about, mine=True)
            self.assertEqual([one["number"] for one in waiting["results"]], [number])
            record, _ = rest("GET", f"/api/servers/{server['id']}/")
            self.assertEqual((record["state"], record["revision"]), ("active", 1))

            said = await call(client, "comment_on_request", number=number, comment="The rack is free.")
            self.assertTrue(said["commented"])
            shown = await call(client, "get_change_request", number=number)
            self.assertIn("The rack is free.", [one["comment"] for one in shown["timeline"]])

            _, headers = rest("GET", f"/api/-/change-requests/{number}/")
            decided, _ = rest(
                "POST",
                f"/api/-/change-requests/{number}/approve/",
                headers={"If-Match": headers["ETag"]},
            )
            self.assertEqual(decided["state"], "approved")
            record = await call(client, "get_record", type="servers", id=server["id"])
            self.assertEqual(record["record"]["state"], "maintenance")

    async def test_what_can_not_be_is_told_before_anybody_is_asked(self) -> None:
        server = new_server()
        async with assistant(NARROW) as client:
            told = await refused(
                client,
                "propose_change",
                type="servers",
                action="add",
                records=[{"name": unique("mcp"), "ip": "10.0.0.256", "dc": "nowhere"}],
                reason="OPS-13",
            )
            for field in ["ip", "dc", "component"]:
                self.assertIn(f"0.{field}: ", told)
            wrong = {"type": "servers", "action": "delete", "records": [{"id": server["id"]}]}
            self.assertIn("reason", await refused(client, "propose_change", **wrong, reason=" "))
            told = await refused(client, "propose_change", **wrong, reason="-", bypass=True)
            self.assertIn("bypass", told)
            gone = await call(client, "propose_change", **wrong, reason="OPS-13")
            self.assertEqual(gone["changes"][0]["record"]["name"], server["name"])
            same = await call(
                client,
                "propose_change",
                type="servers",
                action="update",
                records=[{"id": server["id"], "state": "active"}],
                reason="OPS-13",
                dry_run=False,
            )
            self.assertIsNone(same["change_request"])
        record, _ = rest("GET", f"/api/servers/{server['id']}/")
        self.assertEqual(record["revision"], 1)

    async def test_a_token_that_may_write_writes_nothing_here(self) -> None:
        made, _ = rest("POST", "/api/dcs/", {"name": unique("site")})
        path = f"/api/dcs/{made['id']}/"
        # By itself it writes: reviews of this type are for those who may not.
        _, headers = rest("PATCH", path, {"description": "written"})
        self.assertIsNotNone(headers["X-Commit"])
        async with assistant(ADMINISTRATOR) as client:
            told = await call(client, "describe_register")
            self.assertIn("write", told["note"])
            change = {"type": "dcs", "reason": "OPS-14", "dry_run": False}
            numbers = []
            for action, records in [
                ("add", [{"name": unique("site")}, {"name": unique("site")}]),
                ("update", [{"id": made["id"], "description": "proposed"}]),
            ]:
                proposed = await call(
                    client, "propose_change", action=action, records=records, **change
                )
                request = proposed["change_request"]
                self.assertEqual((request["state"], request["commit"]), ("pending", None))
                self.assertEqual(request["changes_in_all"], len(records))
                numbers.append(request["number"])
            record, _ = rest("GET", path)
            self.assertEqual((record["description"], record["revision"]), ("written", 2))
            async with assistant(NARROW) as other:
                told = await refused(other, "withdraw_request", number=numbers[0])
                self.assertIn("not made with your token", told)
            for number in numbers:
                gone = await call(client, "withdraw_request", number=number)
                self.assertEqual(gone["state"], "withdrawn")
        record, _ = rest("GET", path)
        self.assertEqual(record["revision"], 2)

    async def test_a_narrow_token_can_not_write_by_other_ways_either(self) -> None:
        server = new_server()
        for path, body in [("servers", {"state": "failed"}), ("dcs", None)]:
            query = "?bypass=1&reason=-"
            target = f"/api/servers/{server['id']}/{query}" if body else f"/api/dcs/{query}"
            method = "PATCH" if body else "POST"
            request = urllib.request.Request(SERVER + target, method=method)
            request.add_header("Authorization", f"Bearer {NARROW}")
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body or {"name": unique(path)}).encode()
            with self.assertRaises(urllib.error.HTTPError) as told:
                urllib.request.urlopen(request, data, timeout=60)
            self.assertEqual(told.exception.code, 403)
            told.exception.close()


if __name__ == "__main__":
    unittest.main()
