import copy
import dataclasses
import json
import pickle
import time
import unittest

from steelgate import DecisionRequest, Resource, Secret, Steelgate, SteelgateError, checksum_matches, looks_like_key
from steelgate._calls import Call

from .servers import shared


class Secrets(unittest.TestCase):
    def test_a_key_is_told_by_its_form_and_a_minted_one_by_its_checksum(self):
        for vector in shared("secrets.json"):
            self.assertEqual(looks_like_key(vector["text"]), vector["looks_like_key"], vector)
            self.assertEqual(checksum_matches(vector["text"]), vector["checksum_matches"], vector)

    def test_a_secret_prints_as_redacted_whatever_prints_it(self):
        secret = Secret("sk-steelengine-legacy-0123456789")
        request = DecisionRequest("a", Resource("b", "c"), secret)
        plain = DecisionRequest("a", Resource("b", "c"), "sk-steelengine-legacy-0123456789")
        for printed in (str(secret), repr(secret), f"{secret}", f"{secret!r:>30}", "%s %r" % (secret, secret), repr([secret]), repr(request), repr(plain), repr(dataclasses.asdict(request)), str(copy.deepcopy(secret))):
            self.assertNotIn("legacy", printed)
        with self.assertRaises(TypeError):
            pickle.dumps(secret)
        with self.assertRaises(TypeError):
            json.dumps(secret)
        self.assertEqual(copy.deepcopy(secret).reveal(), "sk-steelengine-legacy-0123456789")

    def test_a_client_takes_an_address_and_a_token_and_prints_neither(self):
        self.assertNotIn("is_secret", repr(vars(Steelgate("http://127.0.0.1:1", "sgt_is_secret")._transport)))
        for url, token in [("http://a", "sgt_is_secret\n"), ("http://a", "sgt is_secret"), ("http://a", ""), ("http://a", "sgt_ís_is_secret"), ("ftp://a", "t"), ("http://u:p@a", "t"), ("http://a/?q=1", "t"), ("http://a/#b", "t"), ("", "t"), ("http://a:x", "t")]:
            with self.assertRaises(SteelgateError) as raised:
                Steelgate(url, token)
            self.assertNotIn("is_secret", str(raised.exception))
        for url, port in (("http://[2001:db8::1]", 80), ("https://[2001:db8::1]/a", 443), ("http://[2001:db8::1]:8080", 8080)):
            connection = Steelgate(url, "t")._transport._connection(Call("GET", "/", True, repr), time.monotonic() + 1)
            self.assertEqual((connection.host, connection.port), ("2001:db8::1", port))
        for named in ({"timeout": 0}, {"attempts": 0}):
            with self.assertRaises(SteelgateError):
                Steelgate("http://a", "t", **named)
