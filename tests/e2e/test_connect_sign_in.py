"""A target to which people sign in: nobody loses what nobody was asked about."""

import pytest

CONNECT = ("connect", "core", "integration", "-o", "json")
BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "text/html"}


@pytest.fixture
def portal(lab):
    """A target of Microsoft's sign-in without lists, the two apps that call it, its client id."""
    lab.reset("signing-in-microsoft")
    return aad(lab)["registration"]["clientId"]


def aad(lab):
    return lab.settings()["identityProviders"]["azureActiveDirectory"]


def verdicts(lab, audience):
    """What each present caller gets: a person's browser, stranger, reporting."""
    browser = lab.http.get(lab.url("integration"), headers=BROWSER).status_code
    tokens = (lab.token({"aud": audience}, name) for name in ("stranger", "reporting"))
    return [browser, *map(lab.called, tokens)]


def test_it_needs_a_choice_and_nothing_is_written_without_one(portal, quick, lab):
    before = lab.settings()
    ended = quick(*CONNECT)

    assert 2 == ended.code
    assert "User sign-in is configured at integration" in ended.document["error"]["message"]
    assert "--keep-sign-in" in ended.document["error"]["hint"]
    assert (before, []) == (lab.settings(), lab.writes())
    assert [302, 200, 200] == verdicts(lab, portal)


def test_keeping_the_sign_in_leaves_every_verdict_and_the_source_gets_in(
    portal, quick, inside, lab
):
    before, settings = verdicts(lab, portal), lab.settings()
    ended = quick(*CONNECT, "--keep-sign-in")

    assert 0 == ended.code, ended.err
    assert before == verdicts(lab, portal)
    assert settings == lab.settings()
    assert 0 == inside("core")(*lab.with_token()).code
    assert ["enable-identity", "define-api", "assign-app-role"] == [
        change["action"] for change in ended.document["changes"]
    ]


@pytest.mark.usefixtures("portal")
def test_what_stays_open_is_told_and_counts_against_nothing(quick):
    document = quick(*CONNECT, "--keep-sign-in").document

    assert "Sign-in with Microsoft stays configured" in " ".join(document["notes"]) or (
        "any client in the tenant" in " ".join(document["notes"])
    )
    assert [None, None] == [case["ok"] for case in document["proof"][1:]]
    assert document["proof"][0]["ok"] is not False


@pytest.mark.usefixtures("portal")
def test_keeping_the_sign_in_again_changes_nothing(quick, lab):
    quick(*CONNECT, "--keep-sign-in")
    before = lab.writes()
    again = quick(*CONNECT, "--keep-sign-in")

    assert (0, []) == (again.code, again.document["changes"])
    assert before == lab.writes()


@pytest.mark.parametrize("by", ["client", "client and identity", "the older list of clients"])
def test_where_a_list_restricts_its_entries_stay_and_the_source_joins_it(
    portal, quick, inside, lab, by
):
    client, principal = lab.identity("stranger")
    settings = lab.settings()
    validation = settings["identityProviders"]["azureActiveDirectory"]["validation"]
    validation["defaultAuthorizationPolicy"]["allowedApplications"] = [client]
    if by == "the older list of clients":
        validation["jwtClaimChecks"]["allowedClientApplications"] = [client]
    if by == "client and identity":
        validation["defaultAuthorizationPolicy"]["allowedPrincipals"]["identities"] = [principal]
    lab.put_settings(settings)
    before = verdicts(lab, portal)
    ended = quick(*CONNECT, "--keep-sign-in")

    assert 0 == ended.code, ended.err
    assert [302, 200, 403] == before
    assert before == verdicts(lab, portal)
    assert 0 == inside("core")(*lab.with_token()).code
    after = aad(lab)["validation"]
    assert client == after["defaultAuthorizationPolicy"]["allowedApplications"][0]
    assert (
        aad(lab)["registration"]
        == settings["identityProviders"]["azureActiveDirectory"]["registration"]
    )


@pytest.mark.usefixtures("portal")
def test_closing_it_is_asked_and_tells_who_loses(quick, lab):
    before = lab.settings()
    refused = quick(*CONNECT, "--replace-sign-in")
    told = quick(*CONNECT, "--replace-sign-in", "--dry-run").document["questions"]

    assert (2, True) == (refused.code, "--yes" in refused.document["error"]["hint"])
    assert "Users who sign in to integration with Microsoft" in " ".join(told)
    assert (before, []) == (lab.settings(), lab.writes())


def test_closed_it_is_closed_like_any_other_and_all_else_is_kept(portal, quick, inside, lab):
    before = lab.settings()
    ended = quick(*CONNECT, "--replace-sign-in", "--yes")

    assert 0 == ended.code, ended.err
    assert [401, 403, 403] == verdicts(lab, portal)
    assert 0 == inside("core")(*lab.with_token()).code
    assert before["login"] == lab.settings()["login"]
    assert portal == ended.document["registration"]["appId"]
    assert (
        "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET"
        == (aad(lab)["registration"]["clientSecretSettingName"])
    )
