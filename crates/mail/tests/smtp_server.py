"""A server that takes mail from the tests of crates/mail, and refuses some.

It listens on three ports: one where nobody signs in, with STARTTLS for who asks; one that does
nothing without STARTTLS and an account; and one with TLS from the start and an account. Each mail
that it takes becomes a file FOLDER/RECIPIENT/NUMBER.json, decoded by Python's own library, before
the sender hears that it was taken.
"""

import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import signal
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

USER = b"register"
PASSWORD = b"the register's secret"

REFUSALS = {
    "refused": "550 5.1.1 nobody has this address",
    "later": "451 4.7.1 strangers wait here",
    "busy": "421 4.3.2 closing down",
}


class Postman:
    """Refuses recipients by their name, and files what is for others."""

    def __init__(self, folder, is_tls):
        self.folder = folder
        self.is_tls = is_tls

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = REFUSALS.get(address.partition("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"\r\n\r\nunwanted" in envelope.content:
            return "554 5.7.1 nobody wants to read this"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        login = session.auth_data.login.decode() if session.auth_data else None
        told = {
            "is_tls": self.is_tls or session.ssl is not None,
            "user": login,
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": mail.get_content().replace("\r\n", "\n"),
        }
        folder = self.folder / envelope.rcpt_tos[0]
        folder.mkdir(exist_ok=True)
        file = folder / f"{len(list(folder.iterdir())) + 1}.json"
        file.write_text(json.dumps(told))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    is_good = (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=is_good, handled=False, auth_data=data)


async def serve(arguments):
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(arguments.certificate, arguments.key)

    def listen(port, is_tls, **settings):
        def connection():
            postman = Postman(arguments.folder, is_tls)
            return SMTP(postman, hostname="mail.test", loop=loop, **settings)

        return loop.create_server(connection, "127.0.0.1", port, ssl=tls if is_tls else None)

    account = {"auth_required": True, "authenticator": authenticate}
    listeners = [
        await listen(arguments.open_port, False, tls_context=tls),
        await listen(
            arguments.starttls_port, False, tls_context=tls, require_starttls=True, **account
        ),
        # It does not know that TLS was there before it.
        await listen(arguments.tls_port, True, auth_require_tls=False, **account),
    ]
    await asyncio.gather(*(listener.serve_forever() for listener in listeners))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--open-port", type=int, required=True)
    parser.add_argument("--starttls-port", type=int, required=True)
    parser.add_argument("--tls-port", type=int, required=True)
    # Who starts us in the background may have had it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        asyncio.run(serve(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
