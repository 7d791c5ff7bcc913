"""Which codes are found in what people paste."""

import json
import time
from pathlib import Path

import pytest

from miwire.explain import pasted
from miwire.explain.answers import SPEAKERS
from miwire.probe.response import Answer
from miwire.probe.signatures import SIGNATURES

ROOT = Path(__file__).parents[3]
GUID = "97389ca3-dbb8-4712-b526-c651b9b73fec"
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJ2ZXIiOiIyLjAiLCJhdWQiOiJhcGkifQ.c2lnbmF0dXJl"


def found(text):
    """The codes found in a text, in order."""
    return [each.code for each in pasted.explain(text).entries]


CODES = {
    "AADSTS501051": "AADSTS501051",
    "aadsts501051": "AADSTS501051",
    "501051": "AADSTS501051",
    "aadsts 501051": "AADSTS501051",
    "AADSTS501051:": "AADSTS501051",
    '"AADSTS501051"': "AADSTS501051",
    " AADSTS501051\n": "AADSTS501051",
    "MIW205": "MIW205",
    "miw205": "MIW205",
    "MIW 205": "MIW205",
    "IDX10214": "IDX10214",
    "idx10214": "IDX10214",
    "10214": "IDX10214",
    "authorizationfailed": "AuthorizationFailed",
    "request_resourcenotfound": "Request_ResourceNotFound",
    "Request Resource Not Found": "Request_ResourceNotFound",
    "NotPermitted": "NotPermitted",
    "401": "401",
    "HTTP 401": "401",
    "http error 403": "403",
    "403.7": "403.7",
    "HTTP Error 500.30": "500.30",
    "This web app is stopped.": "Web App - Unavailable",
    "web app - unavailable": "Web App - Unavailable",
    "EntitlementGrant entry already exists.": "Request_MultipleObjectsWithSameKeyValue",
    "Azure Front Door": "Azure Front Door",
}


@pytest.mark.parametrize("typed", CODES)
def test_a_code_is_known_in_every_spelling(typed):
    assert [CODES[typed]] == found(typed)


FORMS = json.loads(Path(__file__).with_name("pasted_forms.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_a_pasted_text_has_its_codes_in_order_and_each_once(form):
    told = pasted.explain(form["text"])

    assert form["codes"] == [each.code for each in told.entries]
    assert () == told.unknown


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(form):
    text = "\ufeff" + form["text"].replace("\n", "\r\n")

    assert form["codes"] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Trace ID: {GUID} Correlation ID: 50105000-0401-4030-8500-700016aadb12",
        "at line 401, column 503 of 500 files; port 403",
        "listening on 127.0.0.1:500 with PID 404",
        "2026-11-27T10:40:40.401Z took 500 ms, 403 bytes",
        "Not allowed? The conflict isn't moved, a bad request was cancelled and interrupted.",
        "error 401abcde-0401-4030-8500-700016aadb12, status 503f0000-0401-4030-8500-700016aadb12",
        f"Authorization: Bearer {TOKEN}",
        f"Authorization: Bearer {TOKEN}-IDX10214-AADSTS50105",
        "x" * 5000,
        "",
        " ",
        "\x00\x1b[31m",
    ],
)
def test_a_text_without_codes_has_none(text):
    told = pasted.explain(text)

    assert () == told.entries
    assert [""] == [each.code for each in told.unknown]


@pytest.mark.parametrize("secret", [TOKEN, "hunter2hunter", "S3cr3t~Value.8Q", "MIWsecret"])
def test_nothing_of_a_secret_is_kept(secret):
    for text in (
        secret,
        f"{secret} AADSTS501051",
        f'{{"code": "{secret}"}}',
        f"AADSTS{secret}",
        f"HTTP/1.1 401 {secret}\nAuthorization: Bearer {secret}\n\n{secret}",
    ):
        told = pasted.explain(text)

        assert secret not in repr(told)
        assert secret.lower() not in " ".join(each.code for each in told.unknown).lower()


def test_an_unknown_code_beside_a_known_one_is_told_as_well():
    told = pasted.explain("AADSTS501051 and AADSTS99999912345, then AADSTS90099 (AADSTS90099)")

    assert ["AADSTS501051"] == [each.code for each in told.entries]
    assert ["AADSTS90099"] == [each.code for each in told.unknown]
    assert told.unknown[0].docs == "https://login.microsoftonline.com/error?code=90099"


def test_an_unknown_code_of_azure_is_told_where_it_stands_as_one():
    told = pasted.explain('{"error": {"code": "AuthorizationFailedAgain", "message": "No."}}')

    assert ["AuthorizationFailedAgain"] == [each.code for each in told.unknown]
    assert "AuthorizationFailed" == told.unknown[0].nearest[0].code


@pytest.mark.parametrize("sub_status", ["403.80", "401.83", "500.999"])
def test_a_sub_status_without_a_published_meaning_gets_its_status(sub_status):
    told = pasted.explain(sub_status)

    assert [sub_status.partition(".")[0]] == [each.code for each in told.entries]
    assert [sub_status] == [each.code for each in told.unknown]
    assert "no meaning" in told.unknown[0].why


def test_a_word_that_two_services_use_is_explained_for_both():
    assert ["arm", "miwire"] == [each.group.key for each in pasted.explain("BadRequest").entries]


def test_a_plain_word_is_a_code_only_where_it_stands_as_one():
    assert [] == found("Conflict of interest; unauthorized use. Moved on.")
    assert ["Conflict"] == found("(Conflict) Cannot modify this site.")
    assert ["Unauthorized"] == found('{"Code":"Unauthorized","Message":"limit of 1 Free plan"}')


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("I get a 403 error when calling my function app with managed identity", ["403"]),
        ("integration returns 401 if core calls it, and 200 without a token?", ["401"]),
        ("my app returns 401 unauthorized, token looks fine", ["401"]),
        ("responded with a status of 403 ()", ["403"]),
        ("The status is 404.", ["404"]),
        ("ScStatus=403 ScSubStatus=60", ["403"]),
        ("sc-status 401 sc-substatus 71", ["401"]),
        ("HTTP Error 401.71 - Unauthorized", ["401"]),
        ("HTTP 502, then 503 errors, then HTTP 502", ["502", "503"]),
        ("got 500s. Error 403", ["500", "403"]),
        ("returned 500 rows with 404 columns, exit code 403", []),
    ],
)
def test_a_status_in_a_sentence_is_found(text, codes):
    assert codes == found(text)


VOICES = [
    each
    for file in ("voices.json", "more.json")
    for each in json.loads((ROOT / "tests/voices" / file).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice["name"])
def test_the_speaker_that_probe_names_is_named_for_the_same_answer_pasted(voice):
    response = voice["response"]
    status, _, reason = response["status"].partition(" ")
    headers = dict(line.lower().split(": ", 1) for line in response["headers"] if ": " in line)
    answer = Answer(int(status), headers, response["body"], elapsed_ms=0, reason=reason)
    known = next((row for row in SIGNATURES if row.evidence(answer)), None)
    head = "\n".join([f"HTTP/1.1 {response['status']}", *response["headers"]])

    told = found(f"{head}\n\n{response['body']}")

    if known is not None:
        assert told
        assert known.speaker in told or not any(known.speaker == each.code for each in SPEAKERS)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"AADSTS{number}" for number in range(1_000_000, 1_020_000)),
        "MIW299 MIW2991 " * 15_000,
        "code: " + "Ab" * 120_000,
        "eyJ" + "a." * 120_000,
        "A: b\n" * 50_000,
        "HTTP/" * 50_000,
        "status 401 " * 25_000,
        "(" * 250_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_large_text_takes_no_more_than_seconds(text):
    begun = time.process_time()

    pasted.explain(text)

    assert 5 > time.process_time() - begun
