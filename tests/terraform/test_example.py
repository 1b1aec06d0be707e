"""examples/terraform: read by a parser of Terraform's language, and what its http source asks, asked of the register.

Terraform itself is not run: it comes from none of the registries that the checks take programs from.
"""

import json
import os
import re
import unittest
import urllib.request

import hcl2

EXAMPLE = os.path.join(os.path.dirname(__file__), "../../examples/terraform/main.tf")


def plain(text):
    """A text without the quotation marks that some versions of the parser leave."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def named(blocks, *names):
    """The inside of a block with these labels."""
    for block in blocks:
        inside = block
        for name in names:
            found = [key for key in inside if plain(key) == name]
            if not found:
                break
            inside = inside[found[0]]
        else:
            return inside
    raise AssertionError(f"there is no block {names}")


class Example(unittest.TestCase):
    def setUp(self):
        with open(EXAMPLE, encoding="utf-8") as file:
            self.example = hcl2.load(file)

    def filled(self, text):
        values = {
            "domesday": os.environ["DOMESDAY_SERVER"],
            "token": os.environ["DOMESDAY_TOKEN"],
            "dc": plain(named(self.example["variable"], "dc")["default"]),
        }
        return re.sub(r"\$\{var\.(\w+)\}", lambda found: values[found[1]], plain(text))

    def test_what_it_asks_is_answered_as_it_reads_it(self):
        source = named(self.example["data"], "http", "servers")
        headers = {plain(name): self.filled(text) for name, text in source["request_headers"].items()}
        request = urllib.request.Request(self.filled(source["url"]), headers=headers)
        with urllib.request.urlopen(request) as answer:
            self.assertEqual(answer.status, 200)
            page = json.load(answer)
        self.assertIsNone(page["next"])
        self.assertGreater(len(page["results"]), 0)
        for server in page["results"]:
            self.assertEqual(sorted(server), ["ip", "name"])

    def test_its_token_is_kept_out_of_what_is_printed(self):
        self.assertIs(named(self.example["variable"], "token")["sensitive"], True)


if __name__ == "__main__":
    unittest.main()
