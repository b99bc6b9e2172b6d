import asyncio
import unittest
from datetime import datetime, timedelta, timezone

from steelgate import AsyncSteelgate, DecisionRequest, Denied, Grant, Problem, Resource, Secret, Steelgate, SteelgateError, checksum_matches

from .servers import DemoServer


def workflow(key, action, workflow_id, **named):
    return DecisionRequest(action, Resource("workflow", workflow_id), key, **named)


def setUpModule():
    global server
    server = DemoServer()
    unittest.addModuleCleanup(server.stop)


class Decisions(unittest.TestCase):
    def setUp(self):
        self.client = Steelgate(server.url, server.token, timeout=20)
        self.addCleanup(self.client.close)

    def test_a_key_may_do_what_its_grants_say_and_the_owner_is_billed(self):
        decision = self.client.authorize(workflow(Secret(server.keys["key_demo_organization"]), "workflow.execute", "wf_invoice", context={"client_ip": "203.0.113.9"}))
        self.assertTrue(decision)
        self.assertEqual((decision.billed_to.type, decision.billed_to.id), ("user", "user_ada"))
        self.assertEqual(decision.granted_by, Grant("write", workflow_id="wf_invoice"))

    def test_a_deny_is_an_answer_to_decide_and_an_error_to_authorize(self):
        personal = server.keys["key_demo_personal"]
        for request, status, code in [
            (workflow(personal, "workflow.execute", "wf_etl"), 403, "personal_keys_disabled"),
            (workflow("sk-steelengine-0000000000000000", "workflow.execute", "wf_etl"), 401, "key_unknown"),
            (workflow(None, "workflow.execute", "wf_etl"), 401, "key_missing"),
        ]:
            decision = self.client.decide(request)
            self.assertFalse(decision)
            self.assertEqual((decision.allow, decision.status, decision.code), (False, status, code))
            with self.assertRaises(Denied) as raised:
                self.client.authorize(request)
            self.assertEqual((raised.exception.status, raised.exception.code), (status, code))
            self.assertRegex(raised.exception.decision_id, "^dec_[0-9a-f]{32}$")

    def test_a_batch_is_answered_in_its_order(self):
        key = server.keys["key_demo_workspace"]
        asked = [workflow(key, "workflow.execute", "wf_invoice"), workflow(key, "workflow.execute", "wf_report"), workflow("nonsense", "workflow.execute", "wf_invoice")]
        self.assertEqual([decision.code for decision in self.client.decide_batch(asked)], ["allowed", "outside_scope", "key_malformed"])
        for count in (0, 1001):
            with self.assertRaises(SteelgateError):
                self.client.decide_batch(asked[:1] * count)

    def test_questions_asked_together_are_each_answered_as_alone_and_one_that_can_not_be_read_fails_alone(self):
        key = server.keys["key_demo_workspace"]

        def question(i):
            action, context = ("", None) if i == 700 else ("workflow.execute", {"f": object()}) if i == 701 else ("workflow.execute", None)
            return workflow(key, action, "wf_invoice" if i % 3 == 0 else "wf_report", context=context)

        async def ask():
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                return await asyncio.gather(*(client.decide(question(i)) for i in range(1203)), return_exceptions=True)

        for i, outcome in enumerate(asyncio.run(ask())):
            if i == 700:
                self.assertEqual((type(outcome), outcome.status, outcome.errors[0].field), (Problem, 422, "action"))
            elif i == 701:
                self.assertIsInstance(outcome, SteelgateError)
            else:
                self.assertEqual(outcome.code, "allowed" if i % 3 == 0 else "outside_scope", i)

    def test_a_client_whose_token_is_not_known_gets_no_decision(self):
        with Steelgate(server.url, "sgt_" + "0" * 49) as stranger, self.assertRaises(Problem) as raised:
            stranger.decide(workflow(server.keys["key_demo_personal"], "workflow.read", "wf_invoice"))
        self.assertEqual((raised.exception.status, raised.exception.code), (401, "unauthenticated"))


class KeysTest(unittest.TestCase):
    def setUp(self):
        self.client = Steelgate(server.url, server.token, timeout=20)
        self.addCleanup(self.client.close)

    def code(self, secret, revision, workflow_id="wf_invoice"):
        return self.client.decide(workflow(secret, "workflow.execute", workflow_id, min_revision=revision)).code

    def test_a_key_lives_from_its_creation_to_its_revocation_and_the_next_decision_sees_each_change(self):
        keys = self.client.keys_for("user_ada")
        created = keys.create(type="workspace", name="SDK", workspace_id="ws_core", workflow_ids=["wf_invoice"])
        self.assertTrue(checksum_matches(created.secret.reveal()) and not created.replayed)
        self.assertNotIn(created.secret.reveal(), repr(created) + str(created))
        self.assertEqual(created.key.created_by, "user_ada")
        self.assertEqual(self.code(created.secret, created.revision), "allowed")
        self.assertEqual(self.code(created.secret, created.revision, "wf_report"), "outside_scope")
        until = datetime.now(timezone(timedelta(hours=2))) + timedelta(hours=1)
        widened = keys.update(created.key.id, name="SDK, all", workflow_ids=None, expires_at=until)
        self.assertEqual((widened.key.name, widened.key.workflow_ids, widened.key.expires_at), ("SDK, all", None, until))
        self.assertEqual(self.code(created.secret, widened.revision, "wf_report"), "allowed")
        successor = keys.rotate(created.key.id, overlap_seconds=3600)
        self.assertEqual(successor.key.replaces, created.key.id)
        self.assertEqual(self.code(created.secret, successor.revision), "allowed")
        self.assertEqual(keys.get(created.key.id).replaced_by, successor.key.id)
        for _ in range(2):
            revoked = keys.revoke(successor.key.id)
            self.assertEqual(self.code(successor.secret, revoked.revision), "key_revoked")
        self.assertIsNotNone(revoked.key.revoked_at)

    def test_a_request_that_comes_again_is_not_done_again_and_shows_no_secret_twice(self):
        keys = self.client.keys_for("user_ben")
        first = keys.create(type="personal", name="once", idempotency_key="once-1")
        again = keys.create(type="personal", name="once", idempotency_key="once-1")
        self.assertEqual((again.key.id, again.secret, again.replayed), (first.key.id, None, True))
        with self.assertRaises(Problem) as raised:
            keys.create(type="personal", name="other", idempotency_key="once-1")
        self.assertEqual(raised.exception.code, "idempotency_key_reused")

    def test_a_list_goes_over_its_pages(self):
        keys = self.client.keys_for("user_cleo")
        made = [keys.create(type="personal", name=f"page {i}").key.id for i in range(5)]
        self.assertEqual([key.id for key in keys.list(limit=2, q="page")], made[::-1])
        page = keys.list_page(limit=2)
        self.assertEqual((len(page.data), page.pagination.has_more), (2, True))
        self.assertEqual(list(self.client.platform_keys().list(owner_type="user", owner_id="user_cleo", status="revoked")), [])
        self.assertEqual(list(keys.list(expires_before=datetime.now(timezone.utc))), [])

    def test_the_keys_that_reach_a_workspace_are_told_to_its_members(self):
        (reaching,) = self.client.keys_for("user_ben").reaching("ws_data")
        self.assertEqual((reaching.key.id, reaching.permission, reaching.key.grants), ("key_demo_organization", "read", [Grant("read", workspace_id="ws_data")]))
        with self.assertRaises(Problem):
            self.client.keys_for("user_eve").reaching("ws_data")

    def test_a_user_manages_no_more_than_the_policy_lets_them_and_nobody_is_no_user(self):
        with self.assertRaises(Problem) as raised:
            self.client.keys_for("user_ben").create(type="workspace", name="x", workspace_id="ws_core")
        self.assertEqual(raised.exception.status, 403)
        with self.assertRaises(Problem) as raised:
            self.client.keys_for("user_ada").create(type="workspace", name="x", workspace_id="ws_core", workflow_ids=[])
        self.assertEqual(raised.exception.status, 422)
        for nobody in ("", None, "..", "a\nb"):
            with self.assertRaises(SteelgateError):
                self.client.keys_for(nobody)
        for key_id in ("", ".", "..", "a/b", "a?b"):
            with self.assertRaises(SteelgateError) as raised:
                self.client.platform_keys().revoke(key_id)
            self.assertNotIsInstance(raised.exception, Problem)
        with self.assertRaises(SteelgateError):
            self.client.keys_for("user_ben").create(type="personal", name="x", expires_at=datetime.now())

    def test_the_same_with_asyncio(self):
        async def run():
            async with AsyncSteelgate(server.url, server.token, timeout=20) as client:
                keys = client.keys_for("user_dan")
                created = await keys.create(type="personal", name="async")
                await keys.update(created.key.id, name="async, changed")
                rotated = await keys.rotate(created.key.id)
                revoked = await keys.revoke(rotated.key.id)
                with self.assertRaises(Denied):
                    await client.authorize(workflow(rotated.secret, "workflow.read", "wf_invoice", min_revision=revoked.revision))
                listed = [key.name async for key in keys.list(limit=1)]
                return listed, (await keys.get(created.key.id)).replaced_by == rotated.key.id, await keys.reaching("ws_data")

        listed, is_replaced, reaching = asyncio.run(run())
        self.assertEqual((listed, is_replaced, len(reaching)), (["async, changed"] * 2, True, 1))
