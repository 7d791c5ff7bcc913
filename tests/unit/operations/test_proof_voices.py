"""The proof of a connection, with every collected answer in place of the target's."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from miwire.azure.waiter import Waiter
from miwire.errors import Unreachable
from miwire.model.auth_settings_edit import Mode
from miwire.model.cloud import published
from miwire.operations.proof import prove
from miwire.probe.response import Answer
from miwire.tokens.aadsts import TokenRefusal, TokenRefused
from miwire.tokens.forge import Forgery, Model

VOICES = Path(__file__).parents[2] / "voices"
WAITED = 60.0


def collected():
    """Every answer with what it may be taken for without and with a token."""
    for file in ("voices.json", "more.json"):
        for each in json.loads((VOICES / file).read_text("utf-8")):
            expected = each.get("expected") or {each["case"]: each["expect"]}
            for case, judged in expected.items():
                yield pytest.param(each["response"], case, judged, id=f"{each['name']}: {case}")


def answer(response, host="integration.example"):
    status, _, reason = response["status"].partition(" ")
    headers = {}
    for line in response["headers"]:
        name, _, value = line.replace("{host}", host).partition(": ")
        before = headers.get(name.lower())
        headers[name.lower()] = f"{before}, {value}" if before else value
    return Answer(int(status), headers, response["body"], 1, reason=reason)


CHALLENGE = answer(
    {"status": "401 No", "headers": ['WWW-Authenticate: Bearer realm="{host}"'], "body": ""}
)


@dataclass
class Web:
    """A target that answers every request without, or with, a token in one way."""

    without_token: Answer
    with_token: Answer | None = None
    asked: int = 0

    def send(self, method, url, headers, timeout):
        assert (method, timeout) == ("GET", 30.0)
        assert url.startswith("https://integration.example/")
        self.asked += 1
        if "authorization" in headers and self.with_token is not None:
            return self.with_token
        return self.without_token


@dataclass
class FakeAzure:
    """As much of Azure as a proof needs."""

    web: Web
    waiter: Waiter
    token_text: str | None = None
    cloud: object = field(default_factory=lambda: published("AzureCloud"))
    tenant_id: str = "t"

    def for_tenant(self, _tenant_id):
        return self

    def token(self, scope):
        if self.token_text is None:
            raise TokenRefused(scope, TokenRefusal(aadsts=501051))
        return self.token_text

    @property
    def sites(self):
        raise Unreachable("ARM isn't part of this")

    @property
    def authority(self):
        raise Unreachable("Entra ID isn't part of this")


@pytest.fixture
def patient():
    """A waiter that passes the time at once, and the pauses that it passed."""
    pauses = []
    waiter = Waiter(WAITED, pause=pauses.append)
    return waiter, pauses


@cache
def stranger():
    """A token of nobody who is listed."""
    return Model.imagined(published("AzureCloud"), "t", "api-client").forged(
        "foreign-key", Forgery()
    )


WITHOUT = [each for each in collected() if each.values[1] == "without-token"]
WITH = [each for each in collected() if each.values[1] == "with-token"]


@pytest.mark.parametrize(("response", "case", "judged"), WITHOUT)
@pytest.mark.parametrize("changed", [True, False], ids=["changed", "unchanged"])
def test_only_the_platforms_refusal_is_a_proof(story, patient, response, case, judged, changed):
    waiter, pauses = patient
    azure = FakeAzure(Web(answer(response)), waiter)
    try:
        proof = prove(azure, story.wired, Mode.CLOSED, changed=changed)
    except Unreachable:
        assert "network" in judged["from"]
        assert WAITED == sum(pauses)
        return
    bare, *_ = proof.cases

    assert case == bare.name
    assert proof.holds == (bare.ok is True)
    assert bare.ok is not True or "platform" in judged["from"]
    if bare.origin == "unknown":
        assert WAITED == sum(pauses)
        assert 7 == proof.never.exit_code
        assert "no proof of authentication came" in proof.never.message
    if bare.ok is True:
        assert [] == pauses


@pytest.mark.parametrize(("response", "case", "judged"), WITHOUT)
def test_without_waiting_what_proves_nothing_does_not_hold(story, response, case, judged):
    azure = FakeAzure(Web(answer(response)), Waiter(0.0))
    try:
        proof = prove(azure, story.wired, Mode.CLOSED, changed=False)
    except Unreachable:
        assert "network" in judged["from"]
        return

    assert case == proof.cases[0].name
    assert proof.never is None
    assert proof.holds == (proof.cases[0].ok is True)


@pytest.mark.parametrize(("response", "case", "judged"), WITH)
def test_only_the_platforms_refusal_of_a_stranger_is_a_proof(
    story, patient, response, case, judged
):
    waiter, _ = patient
    web = Web(CHALLENGE, answer(response))
    azure = FakeAzure(web, waiter, stranger())
    proof = prove(azure, replace(story.wired, callers=()), Mode.CLOSED, changed=False)
    bare, you = proof.cases

    assert (True, "operator", "with-token") == (bare.ok, you.name, case)
    if you.ok is True:
        assert ("platform", 403) == (you.origin, you.status)
    if you.ok is False:
        assert "app" in judged["from"]
        assert "unrelated identity" in you.why
    assert proof.holds == (you.ok is not False)


def test_the_first_proof_ends_the_wait(story, patient):
    waiter, pauses = patient
    answers = iter([answer({"status": "503 No", "headers": [], "body": ""})] * 2 + [CHALLENGE] * 9)

    class Starting(Web):
        def send(self, *asked):
            super().send(*asked)
            return next(answers)

    proof = prove(FakeAzure(Starting(CHALLENGE), waiter), story.wired, Mode.CLOSED, changed=True)

    assert proof.holds
    assert [1.0, 2.0] == pauses


def test_a_front_end_that_azure_explains_is_not_waited_for(story, patient):
    waiter, pauses = patient
    stopped = story.wired.with_target(site=replace(story.wired.the_target.site, state="Stopped"))
    page = {"status": "403 Site Disabled", "headers": [], "body": ""}

    with pytest.raises(Unreachable, match="state in Azure is Stopped") as error:
        prove(FakeAzure(Web(answer(page)), waiter), stopped, Mode.CLOSED, changed=True)

    assert error.value.lasting
    assert [] == pauses


def test_a_disabled_api_is_no_proof_and_the_source_cannot_work(story, patient):
    wired = story.wired.with_target(
        service_principal=replace(story.wired.the_target.service_principal, enabled=False)
    )
    proof = prove(FakeAzure(Web(CHALLENGE), patient[0]), wired, Mode.CLOSED, changed=False)
    found = {case.name: case for case in proof.cases}

    assert (None, False) == (found["operator"].ok, found["source"].ok)
    assert "AADSTS500014" in found["operator"].why
    assert "AADSTS500014" in found["source"].why
    assert not proof.holds
