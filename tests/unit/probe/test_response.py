import pytest

from miwire.probe.response import Answer, challenges

URI = "https://login.windows.net/11111111-2222-4333-8444-555555555555/oauth2/authorize"


def answer(status=401, headers=(), body="", **more):
    return Answer(status, dict(headers), body, elapsed_ms=1, **more)


@pytest.mark.parametrize(
    ("header", "read"),
    [
        pytest.param("", [], id="none"),
        pytest.param("Bearer", [("Bearer", {})], id="a bare scheme"),
        pytest.param(
            f'Bearer realm="a.b" authorization_uri="{URI}" resource_id="1"',
            [("Bearer", {"realm": "a.b", "authorization_uri": URI, "resource_id": "1"})],
            id="separated by spaces",
        ),
        pytest.param(
            'Bearer error="invalid_token", error_description="The audience \'x, y\' is invalid"',
            [
                (
                    "Bearer",
                    {
                        "error": "invalid_token",
                        "error_description": "The audience 'x, y' is invalid",
                    },
                )
            ],
            id="separated by commas, one in quotes",
        ),
        pytest.param(
            'Negotiate, NTLM, Bearer realm="a", Basic realm="b", charset="UTF-8"',
            [
                ("Negotiate", {}),
                ("NTLM", {}),
                ("Bearer", {"realm": "a"}),
                ("Basic", {"realm": "b", "charset": "UTF-8"}),
            ],
            id="several in one header",
        ),
        pytest.param(
            'Bearer, authorization_uri="u", client_id="c"',
            [("Bearer", {"authorization_uri": "u", "client_id": "c"})],
            id="a comma after the scheme",
        ),
        pytest.param(
            "Bearer authorization_uri=u, resource_id=https://storage.azure.com",
            [("Bearer", {"authorization_uri": "u", "resource_id": "https://storage.azure.com"})],
            id="without quotes",
        ),
        pytest.param('realm="no scheme"', [], id="parameters of no scheme"),
        pytest.param('Bearer realm="unended', [("Bearer", {})], id="unended"),
    ],
)
def test_challenges_are_read_however_they_are_joined(header, read):
    assert read == [(each.scheme, dict(each.parameters)) for each in challenges(header)]


def test_the_bearer_challenge_that_says_most_is_the_one_shown():
    seen = answer(headers={"www-authenticate": 'Bearer, Basic realm="b", Bearer realm="a"'})

    assert "a" == seen.challenge.realm


def test_quotes_are_remembered():
    (challenge,) = challenges('Bearer a="1" b=2')

    assert {"a"} == challenge.quoted


@pytest.mark.parametrize(
    ("body", "more", "empty"),
    [
        pytest.param("", {}, True, id="empty"),
        pytest.param(" \r\n", {}, True, id="blank"),
        pytest.param("x", {}, False, id="some"),
        pytest.param("", {"ended": False}, False, id="cut off or packed"),
    ],
)
def test_only_a_body_that_was_read_to_its_end_is_known_to_be_empty(body, more, empty):
    assert empty == answer(body=body, **more).is_empty


@pytest.mark.parametrize(
    ("headers", "body", "page"),
    [
        pytest.param({"content-type": "text/html; charset=utf-8"}, "", True, id="by its type"),
        pytest.param({}, "\r\n<!DOCTYPE HTML><html>", True, id="by its beginning"),
        pytest.param({"content-type": "application/json"}, '{"html": "<html>"}', False, id="json"),
    ],
)
def test_a_page_of_html_is_known_as_one(headers, body, page):
    assert page == answer(200, headers, body).is_page
