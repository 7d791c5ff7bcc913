import pytest

AUDIENCE = "11111111-1111-1111-1111-111111111111"


def changed(token, position):
    """The token with one character of its payload replaced by another of the alphabet."""
    header, payload, signature = token.split(".")
    other = "A" if payload[position] != "A" else "B"
    return ".".join((header, payload[:position] + other + payload[position + 1 :], signature))


@pytest.mark.parametrize("position", [0, 30, 60, 101, 200])
def test_one_changed_character_fails_a_rule_that_is_named(miwire, lab, position):
    token = lab.token({"aud": AUDIENCE, "ver": "2.0"}, "stranger")
    arguments = ("--verify", "--audience", AUDIENCE, "--tenant", lab.tenant_id, "-o", "json")
    genuine = miwire("decode-token", *arguments, stdin=token)
    ended = miwire("decode-token", *arguments, stdin=changed(token, position))

    assert (0, True) == (genuine.code, genuine.document["verified"]), genuine.err
    assert (1, False) == (ended.code, ended.document["verified"])
    failed = {
        finding["id"] for finding in ended.document["findings"] if finding["verdict"] == "fail"
    }
    # Changed inside `iss`, it names an issuer that is not expected, and whose keys nobody asks.
    assert failed & {"MIW300", "MIW303"}
