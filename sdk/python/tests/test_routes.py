import unittest

from steelgate import Resource, SteelgateError
from steelgate._guard import AMBIGUOUS, presented_key
from steelgate._routes import Question, Routes

from .servers import shared


class RoutesTest(unittest.TestCase):
    def test_a_route_is_what_a_request_stands_for_and_what_is_not_canonical_stands_for_nothing(self):
        data = shared("routes.json")
        routes = Routes({pattern: Question(entry["action"], Resource(**entry["resource"])) for pattern, entry in data["table"].items()})
        for request in data["requests"]:
            question = routes.match(request["method"], request["target"])
            got = (question.action, question.resource.id) if question else (None, None)
            self.assertEqual(got, (request.get("action"), request.get("id")), request)

    def test_a_pattern_that_can_not_be_read_is_refused_where_it_is_given(self):
        for pattern in shared("routes.json")["unreadable"]:
            with self.assertRaises(SteelgateError, msg=pattern):
                Routes({pattern: Question("a", Resource("t", "x"))})
        with self.assertRaises(SteelgateError):
            Routes({"GET /a/{b}": Question("a", Resource("t", "{c}"))})
        for table in shared("routes.json")["ambiguous"]:
            with self.assertRaises(SteelgateError, msg=table):
                Routes({pattern: Question("a", Resource("t", "x")) for pattern in table})

    def test_of_headers_that_may_differ_none_is_the_key(self):
        key = "sk-steelengine-legacy-0123456789"
        for vector in shared("credentials.json"):
            headers = [(name.lower(), value.replace("KEY", key)) for name, value in vector["headers"]]
            want = AMBIGUOUS if vector["key"] is None else vector["key"].replace("KEY", key)
            values = {name: [value for given, value in headers if given == name] for name in ("x-api-key", "authorization")}
            self.assertEqual(presented_key(values["x-api-key"], values["authorization"]), want, vector)
            # As a server hands them over that makes one of two.
            joined = {name: [", ".join(given)] if given else [] for name, given in values.items()}
            got = presented_key(joined["x-api-key"], joined["authorization"])
            self.assertTrue(got == want or want == AMBIGUOUS and "," in got, (vector, got))
