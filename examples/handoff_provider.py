#!/usr/bin/env python3
"""A sample of a sign-in page that hands people over to Domesday (docs/handoff.md).

It believes whatever is typed into it: it is for trying the handoff out, never for real use.

    pip install cryptography
    python3 handoff_provider.py --secret "$SECRET" --audience domesday.example.org --port 9000
"""

import argparse
import base64
import html
import os
import secrets
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>Sample sign-in</title>"


def seal(secret: str, audience: str, fields: list[tuple[str, str]]) -> str:
    """The format aes-256-gcm."""
    key = HKDF(SHA256(), 32, salt=b"domesday handoff v1", info=b"aes-256-gcm").derive(secret.encode())
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, urlencode(fields).encode(), audience.encode())
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def assertion(audience: str, form: dict[str, str]) -> list[tuple[str, str]]:
    """Who has come, for the next minute and once."""
    now = int(time.time())
    groups = [("groups", group.strip()) for group in form.get("groups", "").splitlines()]
    return [("userid", form.get("userid", "")), ("mail", form.get("mail", "")), *groups,
            ("iat", str(now)), ("exp", str(now + 60)),
            ("nonce", secrets.token_urlsafe(24)), ("aud", audience)]


def hidden(**values: str) -> str:
    fields = (f'<input type=hidden name="{html.escape(name)}" value="{html.escape(value)}">'
              for name, value in values.items())
    return "".join(fields)


class Provider(BaseHTTPRequestHandler):
    options: argparse.Namespace

    def do_GET(self) -> None:
        """Asks who it is, and keeps what Domesday sent along."""
        query = dict(parse_qsl(urlsplit(self.path).query))
        kept = hidden(return_to=query.get("return_to", ""), state=query.get("state", ""))
        self.answer(f"""{PAGE}<h1>Who are you?</h1><form method=post>{kept}
            <p><label>User name <input name=userid required></label>
            <p><label>Mail <input name=mail type=email required></label>
            <p><label>Groups, one a line <textarea name=groups></textarea></label>
            <p><button>Sign in</button></form>""")

    def do_POST(self) -> None:
        """Sends the browser back with the sealed assertion."""
        length = int(self.headers.get("Content-Length", 0))
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        # A real provider has a list of the addresses that it sends people back to.
        return_to = html.escape(form.get("return_to", ""))
        sealed = seal(self.options.secret, self.options.audience, assertion(self.options.audience, form))
        self.answer(f"""{PAGE}<form method=post action="{return_to}">
            {hidden(ReturnValues=sealed, state=form.get("state", ""))}
            <button>Continue to Domesday</button></form>
            <script>document.forms[0].submit()</script>""")

    def answer(self, page: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Hands anybody over to Domesday: a sample.")
    parser.add_argument("--secret", required=True, help="what Domesday has too, 32 bytes or more")
    parser.add_argument("--audience", required=True, help="what Domesday calls itself")
    parser.add_argument("--port", type=int, default=9000)
    Provider.options = parser.parse_args()
    HTTPServer(("127.0.0.1", Provider.options.port), Provider).serve_forever()
