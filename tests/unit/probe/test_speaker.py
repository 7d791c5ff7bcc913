"""Who answered: the table's rows, and what a prediction may and may not add."""

import json
from pathlib import Path

import pytest

from miwire.easyauth.model import Gate, GateVerdict, Rule
from miwire.model.auth_settings import AuthSettings
from miwire.probe.response import Answer
from miwire.probe.signatures import SIGNATURES, Header, Origin
from miwire.probe.speaker import PLATFORM, WINDOWS_SENTENCE, Circumstances, Speaker, speaker_of

HOST = "integration.azurewebsites.net"
APP_ID = "aaaaaaaa-0000-4000-8000-000000000001"
ENTRA = "https://login.windows.net/11111111-2222-4333-8444-555555555555/oauth2/authorize"
AUTHORIZE = "https://login.microsoftonline.com/t/oauth2/v2.0/authorize"
OFF = GateVerdict(200, Rule.PLATFORM_OFF, "it is off", 200)
OFF_PERHAPS = GateVerdict(None, Rule.PLATFORM_OFF, "settings of version 1", 200, ("version 1",))
PASSES = GateVerdict(200, Rule.PASSES, "as wanted", 200)
NO_TOKEN = GateVerdict(401, Rule.NO_TOKEN_RETURN401, "no token", 401)
NO_TOKEN_403 = GateVerdict(403, Rule.NO_TOKEN_RETURN403, "no token", 403)
NO_TOKEN_404 = GateVerdict(404, Rule.NO_TOKEN_RETURN404, "no token", 404)
NOT_LISTED = GateVerdict(403, Rule.ALLOWED_APPLICATIONS, "not listed", 403)
PERHAPS_LISTED = GateVerdict(None, Rule.ALLOWED_APPLICATIONS, "empty list", 403, ("a switch",))
PERHAPS_PASSES = GateVerdict(None, Rule.ISSUER, "another form", 200, ("a switch",))
DEMANDED = Speaker(Origin.PLATFORM, PLATFORM, "a challenge")
SUPPRESSED = {
    "identityProviders": {"azureActiveDirectory": {"login": {"disableWWWAuthenticate": True}}}
}
VOICES = Path(__file__).parents[2] / "voices"
PAGE = {"content-type": "text/html"}


def answer(status, headers=(), body="", **more):
    return Answer(status, dict(headers), body, elapsed_ms=1, **more)


def gate(action="Return401", client_id=APP_ID, app_settings=None, **properties):
    registration = {"registration": {"clientId": client_id}}
    provider = properties.get("identityProviders", {}).get("azureActiveDirectory", {})
    return Gate(
        AuthSettings(
            {
                "platform": {"enabled": True},
                "globalValidation": {"unauthenticatedClientAction": action},
                "identityProviders": {"azureActiveDirectory": {**registration, **provider}},
            }
        ),
        "t",
        None,
        app_settings,
    )


def origin(seen, **more):
    return speaker_of(seen, Circumstances(f"https://{HOST}/", **more)).origin


def challenged(value, status=401):
    return answer(status, {"www-authenticate": value})


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: row.speaker)
def test_every_row_names_its_source_and_takes_no_sign_that_comes_with_every_answer(row):
    always = {"x-azure-ref", "cf-ray", "via", "x-served-by", "x-ms-middleware-request-id"}
    headers = {sign.name.lower() for sign in row.signs if isinstance(sign, Header)}

    assert row.source
    assert row.signs
    assert row.origin in {Origin.NETWORK, Origin.UNKNOWN}
    assert not headers & always


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param(
            f'Bearer realm="{HOST}" authorization_uri="{ENTRA}" resource_id="{APP_ID}"',
            Origin.PLATFORM,
            id="App Service's own",
        ),
        pytest.param(f'Bearer realm="{HOST.upper()}"', Origin.PLATFORM, id="realm alone"),
        pytest.param(
            f'Negotiate, NTLM, Bearer realm="{HOST}" resource_id="x"',
            Origin.PLATFORM,
            id="behind others",
        ),
        pytest.param(
            f'Bearer realm="backend.example" authorization_uri="{ENTRA}" resource_id="{APP_ID}"',
            Origin.PLATFORM,
            id="the backend's host behind a proxy",
        ),
        pytest.param(
            f'Bearer realm="backend.example" authorization_uri="{ENTRA}" resource_id="x"',
            Origin.UNKNOWN,
            id="no client id",
        ),
        pytest.param(
            f"Bearer realm=backend.example authorization_uri={ENTRA} resource_id={APP_ID}",
            Origin.UNKNOWN,
            id="without quotes",
        ),
        pytest.param(
            f'Bearer realm="b" authorization_uri="https://login.example/a" resource_id="{APP_ID}"',
            Origin.UNKNOWN,
            id="another identity provider",
        ),
        pytest.param(
            f'Bearer realm="{HOST}", error="invalid_token"', Origin.UNKNOWN, id="an API's error"
        ),
        pytest.param(
            f'Bearer authorization_uri="{ENTRA}" resource_id="{APP_ID}"',
            Origin.UNKNOWN,
            id="no realm",
        ),
        pytest.param('Bearer realm="Users"', Origin.UNKNOWN, id="another realm"),
        pytest.param(f'Basic realm="{HOST}"', Origin.UNKNOWN, id="another scheme"),
        pytest.param("", Origin.UNKNOWN, id="none"),
    ],
)
def test_a_401_is_the_platforms_by_its_challenge_alone(header, said):
    assert said is origin(challenged(header))


def test_a_challenge_counts_on_a_401_only():
    assert Origin.UNKNOWN is origin(challenged(f'Bearer realm="{HOST}"', 403))


def test_another_easy_auth_in_front_is_told_by_its_client_id():
    foreign = challenged(
        f'Bearer realm="portal.example" authorization_uri="{ENTRA}" resource_id="{APP_ID}"'
    )

    assert Origin.PLATFORM is origin(foreign, gate=gate())
    assert Origin.UNKNOWN is origin(foreign, gate=gate(client_id="somebody-else"))


def test_entra_of_a_cloud_of_ones_own_counts():
    lab = challenged(
        f'Bearer realm="x" authorization_uri="https://localhost:9/t" resource_id="{APP_ID}"'
    )

    assert Origin.PLATFORM is origin(lab, authorities=("localhost:9",))
    assert Origin.UNKNOWN is origin(lab)


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        pytest.param(PASSES, Origin.PLATFORM, id="whatever was predicted"),
        pytest.param(OFF_PERHAPS, Origin.PLATFORM, id="off, or perhaps not"),
        pytest.param(OFF, Origin.UNKNOWN, id="certainly off"),
    ],
)
def test_settings_that_are_certainly_off_take_a_challenge_away(predicted, said):
    assert said is origin(challenged(f'Bearer realm="{HOST}"'), predicted=predicted, gate=gate())


@pytest.mark.parametrize(
    ("seen", "known", "said"),
    [
        pytest.param(
            answer(401),
            {"predicted": NO_TOKEN, "gate": gate()},
            Origin.UNKNOWN,
            id="predicted only",
        ),
        pytest.param(
            answer(401),
            {"predicted": NO_TOKEN, "gate": gate(**SUPPRESSED)},
            Origin.PLATFORM,
            id="suppressed",
        ),
        pytest.param(
            answer(401),
            {
                "predicted": NO_TOKEN,
                "gate": gate(app_settings={"WEBSITE_AUTH_DISABLE_WWWAUTHENTICATE": "true"}),
            },
            Origin.PLATFORM,
            id="suppressed by an app setting",
        ),
        pytest.param(
            answer(401, body=WINDOWS_SENTENCE),
            {"predicted": NO_TOKEN, "gate": gate(**SUPPRESSED)},
            Origin.PLATFORM,
            id="Windows' sentence",
        ),
        pytest.param(
            answer(401, body="no"),
            {"predicted": NO_TOKEN, "gate": gate(**SUPPRESSED)},
            Origin.UNKNOWN,
            id="another body",
        ),
        pytest.param(
            answer(401, ended=False),
            {"predicted": NO_TOKEN, "gate": gate(**SUPPRESSED)},
            Origin.UNKNOWN,
            id="a body that was not read",
        ),
        pytest.param(
            challenged("Basic"),
            {"predicted": NO_TOKEN, "gate": gate(**SUPPRESSED)},
            Origin.UNKNOWN,
            id="another challenge",
        ),
        pytest.param(
            answer(401),
            {"predicted": PASSES, "gate": gate(**SUPPRESSED)},
            Origin.UNKNOWN,
            id="not predicted",
        ),
        pytest.param(
            answer(403),
            {"predicted": NO_TOKEN_403, "gate": gate("Return403")},
            Origin.PLATFORM,
            id="Return403",
        ),
        pytest.param(
            answer(404),
            {"predicted": NO_TOKEN_404, "gate": gate("Return404")},
            Origin.PLATFORM,
            id="Return404",
        ),
        pytest.param(
            answer(404, body="{}"),
            {"predicted": NO_TOKEN_404, "gate": gate("Return404")},
            Origin.UNKNOWN,
            id="a worded 404 where 404 is set",
        ),
        pytest.param(
            answer(403),
            {"predicted": NO_TOKEN, "gate": gate()},
            Origin.UNKNOWN,
            id="another status than set",
        ),
    ],
)
def test_without_a_challenge_only_settings_that_say_so_show_the_platform(seen, known, said):
    assert said is origin(seen, **known)


@pytest.mark.parametrize("readable", [True, False], ids=["readable", "unreadable"])
@pytest.mark.parametrize("demanded", [True, False], ids=["after a 401", "alone"])
@pytest.mark.parametrize(
    ("seen", "bare"),
    [
        pytest.param(answer(403), True, id="bare"),
        pytest.param(answer(403, body=WINDOWS_SENTENCE), True, id="Windows' sentence"),
        pytest.param(answer(403, body='{"detail": "role missing"}'), False, id="worded"),
        pytest.param(answer(403, ended=False), False, id="packed"),
        pytest.param(challenged('Bearer error="insufficient_scope"', 403), False, id="challenged"),
        pytest.param(
            answer(403, {"server": "Microsoft-Azure-Application-Gateway/v2"}), False, id="gateway"
        ),
        pytest.param(answer(403, {"x-ms-forbidden-ip": "1.2.3.4"}), False, id="front end"),
    ],
)
def test_a_bare_403_after_a_token_needs_the_demand_before_it(seen, bare, demanded, readable):
    known = {"gate": gate(), "predicted": NOT_LISTED} if readable else {}
    without = DEMANDED if demanded else Speaker(Origin.APP)
    said = origin(seen, with_token=True, without_token=without, **known)

    assert (bare and demanded) == (said is Origin.PLATFORM)
    assert said is not Origin.APP


@pytest.mark.parametrize(
    ("predicted", "said"),
    [
        pytest.param(NOT_LISTED, Origin.PLATFORM, id="predicted"),
        pytest.param(PERHAPS_LISTED, Origin.PLATFORM, id="likely"),
        pytest.param(PASSES, Origin.UNKNOWN, id="allowed"),
        pytest.param(PERHAPS_PASSES, Origin.UNKNOWN, id="likely allowed"),
        pytest.param(NO_TOKEN, Origin.UNKNOWN, id="a 401 predicted"),
    ],
)
def test_readable_settings_have_to_predict_the_bare_403(predicted, said):
    seen = {"with_token": True, "without_token": DEMANDED, "gate": gate()}

    assert said is origin(answer(403), predicted=predicted, **seen)


@pytest.mark.parametrize(
    ("location", "with_token", "said"),
    [
        (f"https://{HOST}/.auth/login/aad?post_login_redirect_uri=%2F", False, Origin.PLATFORM),
        ("/.auth/login/aad", True, Origin.PLATFORM),
        (f"{AUTHORIZE}?client_id={APP_ID}", False, Origin.PLATFORM),
        (
            f"{AUTHORIZE}?client_id=x&redirect_uri=https%3A%2F%2F{HOST}%2F.auth%2Flogin%2Faad%2Fc",
            False,
            Origin.PLATFORM,
        ),
        (f"{AUTHORIZE}?client_id=x&redirect_uri=https%3A%2F%2Fx.scm.y%2F", False, Origin.UNKNOWN),
        ("https://dev-1.okta.com/oauth2/default/v1/authorize", True, Origin.UNKNOWN),
        ("/items/", False, Origin.UNKNOWN),
        ("/items/", True, Origin.APP),
        (f"https://{HOST}/items/", True, Origin.APP),
        (f"http://{HOST}/items/", True, Origin.UNKNOWN),
        ("/Account/Login?ReturnUrl=%2F", True, Origin.UNKNOWN),
        ("/saml/sso", True, Origin.UNKNOWN),
        ("//other.example/", True, Origin.UNKNOWN),
        ("http://[", True, Origin.UNKNOWN),
        (None, True, Origin.UNKNOWN),
    ],
)
def test_a_redirect_is_the_platforms_own_sign_in_or_the_apps_after_a_token(
    location, with_token, said
):
    headers = {} if location is None else {"location": location}

    assert said is origin(answer(302, headers), with_token=with_token, gate=gate())


@pytest.mark.parametrize(
    ("seen", "elsewhere", "said"),
    [
        pytest.param(answer(200), None, Origin.APP, id="empty"),
        pytest.param(answer(204), None, Origin.APP, id="no content"),
        pytest.param(answer(200, body='{"a": 1}'), None, Origin.APP, id="json"),
        pytest.param(answer(200, PAGE), answer(404), Origin.APP, id="a page"),
        pytest.param(answer(200, PAGE), answer(401), Origin.APP, id="a page, another path refused"),
        pytest.param(answer(200, PAGE), answer(200, PAGE), Origin.UNKNOWN, id="every path"),
        pytest.param(answer(200, PAGE), None, Origin.UNKNOWN, id="another path not asked"),
        pytest.param(
            answer(200, PAGE, '<form><input name="p" type="password">'),
            answer(404),
            Origin.UNKNOWN,
            id="a sign-in form",
        ),
        pytest.param(
            answer(200, PAGE, "<h2>The request is blocked.</h2>"),
            answer(404),
            Origin.NETWORK,
            id="a block page with 200",
        ),
    ],
)
def test_a_page_that_answers_every_path_or_asks_for_a_password_shows_nothing(seen, elsewhere, said):
    assert said is origin(seen, elsewhere=elsewhere)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        *((status, Origin.APP) for status in (400, 404, 405, 409, 410, 415, 422, 426, 428, 451)),
        *((status, Origin.UNKNOWN) for status in (401, 403, 408, 421, 429, 431)),
        *((status, Origin.UNKNOWN) for status in (418, 420, 440, 444, 460, 499, 520, 599, 999)),
        *((status, Origin.UNKNOWN) for status in (500, 501, 502, 503, 504)),
        *((status, Origin.NETWORK) for status in (407, 470, 511)),
    ],
)
def test_only_a_registered_4xx_that_nobody_else_answers_is_the_apps(status, said):
    assert said is origin(answer(status))


def test_a_4xx_is_not_the_apps_where_the_settings_keep_the_request_from_it():
    assert Origin.UNKNOWN is origin(answer(404), predicted=NO_TOKEN, gate=gate())
    assert Origin.APP is origin(answer(404), predicted=PASSES, gate=gate())
    assert Origin.APP is origin(answer(200), predicted=NO_TOKEN, gate=gate())


@pytest.mark.parametrize(
    "name", ["x-azure-ref", "cf-ray", "via", "x-served-by", "x-ms-middleware-request-id"]
)
def test_a_header_that_comes_with_every_answer_names_nobody(name):
    assert Origin.APP is origin(answer(404, {name: "1", "server": "cloudflare"}))


def test_evidence_is_one_short_line():
    said = speaker_of(
        answer(403, {"server": "Microsoft-Azure-Application-Gateway/v2 " + "x" * 500 + "\n"}),
        Circumstances(f"https://{HOST}/"),
    )

    assert "Azure Application Gateway" == said.name
    assert said.evidence.startswith("Server: Microsoft-Azure-Application-Gateway/v2")
    assert len(said.evidence) < 120
    assert said.evidence.isprintable()


def collected():
    """Every answer of the collection."""
    for file in sorted(VOICES.glob("*.json")):
        for each in json.loads(file.read_text("utf-8")):
            response = each["response"]
            status, _, reason = response["status"].partition(" ")
            headers = {}
            for line in response["headers"]:
                name, _, value = line.partition(": ")
                before = headers.get(name.lower())
                headers[name.lower()] = f"{before}, {value}" if before else value
            body = response["body"].lstrip("\ufeff")
            yield Answer(int(status), headers, body, elapsed_ms=1, reason=reason)


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: f"{row.speaker}: {row.signs[0]}")
def test_every_row_names_the_speaker_of_an_answer_in_the_collection(row):
    assert any(row.evidence(each) for each in collected())
