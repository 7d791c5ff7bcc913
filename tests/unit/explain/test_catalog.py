"""Every code that miwire, Entra ID or Azure may show here has an entry that says what to do."""

import inspect
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.exceptions import TyperException

from miwire import errors
from miwire.checks.catalog import ALL
from miwire.cli.command_line import arranged
from miwire.cli.remedies import spelled
from miwire.cli.root import COMMANDS, root
from miwire.errors import MiwireError
from miwire.explain import catalog, checks, http_status
from miwire.explain.entry import Group
from miwire.probe.signatures import SIGNATURES
from miwire.redaction import safe_line
from miwire.tokens.entra_errors import EXPLANATIONS

ROOT = Path(__file__).parents[3]
EVERY = catalog.every()
MOST_ASKED = (
    *(50020, 50034, 50058, 50105, 50126, 50173, 50194, 65001, 65004, 70011, 70021, 90002, 90094),
    *(500011, 500133, 500571, 501051, 530002, 700016, 700027, 700211, 700213, 900144),
    *(1002012, 7000112, 7000215, 7000222),
)
IDX = (
    *(10205, 10208, 10214, 10222, 10223, 10500, 10501, 10503, 10511, 10516, 10517),
    *(12741, 14100, 20803),
)
AZURE = {
    Group.ARM: (
        "AnotherOperationInProgress AuthenticationFailed AuthorizationFailed Conflict "
        "DenyAssignmentAuthorizationFailed ExpiredAuthenticationToken InvalidApiVersionParameter "
        "InvalidAuthenticationToken InvalidAuthenticationTokenTenant InvalidRequestContent "
        "LinkedAuthorizationFailed MissingApiVersionParameter NoRegisteredProviderFound "
        "ParentResourceNotFound RequestDisallowedByPolicy ResourceGroupNotFound ResourceNotFound "
        "ScopeLocked SubscriptionNotFound TooManyRequests"
    ),
    Group.GRAPH: (
        "Authorization_RequestDenied HostNameNotOnVerifiedDomain Request_BadRequest "
        "Request_MultipleObjectsWithSameKeyValue Request_ResourceNotFound "
        "Request_ThrottledTemporarily Request_UnsupportedQuery ServiceManagementReferenceRequired"
    ),
}


def own_codes(error=MiwireError):
    """The codes of an error's class and of those below it, as JSON carries them."""
    yield error.code if isinstance(error.code, str) else error.__name__
    for each in error.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from own_codes(each)


def test_every_check_has_an_entry():
    found = {each.code: each for each in EVERY if each.group is Group.CHECKS}

    assert [check.id for check in ALL] == list(found)
    for check in ALL:
        assert check.title == found[check.id].title
        assert check.docs == found[check.id].page


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_a_check_is_explained_alike_alone_and_in_the_list(check):
    (entry,) = catalog.named(check.id.lower())

    assert entry in EVERY
    assert entry == checks.explained(check.id)


def test_a_check_that_no_module_of_its_hundred_has_is_still_found(monkeypatch):
    monkeypatch.setattr(checks, "_MODULES", {})

    assert "MIW205" == checks.explained.__wrapped__("MIW205").code


def test_every_code_of_entra_id_has_an_entry():
    found = {each.code for each in EVERY if each.group is Group.ENTRA}

    assert {f"AADSTS{code}" for code in EXPLANATIONS} == found
    assert {f"AADSTS{code}" for code in MOST_ASKED} <= found
    assert sorted(EXPLANATIONS) == list(EXPLANATIONS)


def test_every_validation_message_of_the_facts_has_an_entry():
    found = {each.code for each in EVERY if each.group is Group.TOKEN_VALIDATION}

    assert {f"IDX{code}" for code in IDX} <= found


@pytest.mark.parametrize("group", AZURE, ids=lambda group: group.key)
def test_every_error_code_of_the_facts_has_an_entry(group):
    found = {each.code for each in EVERY if each.group is group}

    assert set() == set(AZURE[group].split()) - found


def test_every_error_of_miwire_has_an_entry():
    found = {each.code for each in EVERY if each.group is Group.MIWIRE}

    assert found == set(own_codes())


def test_every_exit_code_of_an_error_is_told():
    told = {each.code: each.title for each in EVERY if each.group is Group.MIWIRE}

    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, MiwireError):
            code = next(own_codes(kind))
            assert f"(exit code {int(kind.exit_code)})" in told[code]


def test_every_speaker_that_probe_knows_is_explained():
    known = {each.code for each in EVERY}
    told = " ".join(each.title for each in EVERY if each.group in {Group.ANSWERS, Group.HTTP})

    assert [] == [
        row.speaker
        for row in SIGNATURES
        if row.speaker not in known
        and row.speaker.removeprefix("App Service ").removeprefix("Azure ") not in told
    ]


@pytest.mark.parametrize("status", ["401", "403", "404", "500", "502", "503"])
def test_a_status_names_several_speakers_and_the_command_that_tells_them_apart(status):
    (entry,) = catalog.named(status)

    assert 3 <= len(entry.meaning.split("\n"))
    assert any("miwire probe TARGET" in each for each in entry.see)


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.anchor)
def test_an_entry_says_what_it_means_how_to_see_it_and_what_to_do(entry):
    fixes = [spelled(each) for each in entry.fixes]

    assert entry.title
    assert not entry.title.endswith(".")
    assert all(entry.meaning.split("\n"))
    assert entry.see
    assert fixes
    assert all(fixes)
    assert all(each.strip() == each for each in (*entry.see, *fixes, entry.meaning))


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.anchor)
def test_no_text_of_an_entry_is_taken_for_a_secret(entry):
    texts = (entry.title, *entry.meaning.split("\n"), *entry.see, *map(spelled, entry.fixes))

    assert list(texts) == [safe_line(each) for each in texts]


def test_each_entry_has_a_place_of_its_own_on_the_page():
    anchors = [each.anchor for each in EVERY]

    assert sorted(set(anchors)) == sorted(anchors)


def test_each_page_that_an_entry_names_is_there():
    pages = {each.page.partition("#")[0] for each in EVERY}

    assert [] == [
        page for page in pages if not (page.startswith("https://") or (ROOT / page).is_file())
    ]


def test_no_sentence_belongs_to_two_entries():
    phrases = [phrase.lower() for each in EVERY for phrase in each.phrases]

    assert sorted(set(phrases)) == sorted(phrases)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("AADSTS501052", "AADSTS501051"),
        ("AADSTS50106", "AADSTS50105"),
        ("IDX10213", "IDX10214"),
        ("AuthorizatonFailed", "AuthorizationFailed"),
        ("authorisationfailed", "AuthorizationFailed"),
        ("Request_Denied", "Authorization_RequestDenied"),
        ("LinkedAuthorization", "LinkedAuthorizationFailed"),
        ("Site stopped page: web app unavailable", "Web App - Unavailable"),
        ("405", "404"),
    ],
)
def test_an_unknown_code_has_a_nearest_one(typed, code):
    assert code == catalog.nearest(typed)[0].code


def test_a_check_that_isnt_there_has_near_ones_of_its_hundred():
    assert {"MIW2"} == {each.code[:4] for each in catalog.nearest("MIW299")}


def test_nothing_is_near_to_a_word_that_is_like_no_code():
    assert () == catalog.nearest("xyzzy")


def test_a_sub_status_that_is_explained_belongs_to_a_status_that_is():
    statuses = {each.code for each in http_status.STATUSES}

    assert {each.code.partition(".")[0] for each in http_status.SUB_STATUSES} <= statuses


def test_codes_of_recorded_errors_are_explained():
    recorded = json.loads((ROOT / "tests/storm/recorded_errors.json").read_text(encoding="utf-8"))
    codes = {
        code
        for each in recorded
        for code in re.findall(r'"code": "([A-Za-z_]+)"', json.dumps(each["body"]), re.IGNORECASE)
    }

    assert 10 < len(codes)
    of_domains = {"DomainResellerWebService_INVALID_RECORDS", "INVALID_RECORDS"}
    assert {"ResourceCreationFailed", "RetryableError"} == {
        code for code in codes - of_domains if not catalog.named(code)
    }


SPELLED = re.compile(r"\bmiwire ((?:" + "|".join(COMMANDS) + r")\b[^,;()\n]*)")
"""A command stands at the end of a clause."""
TYPED = {
    line.rstrip("."): entry.anchor
    for entry in EVERY
    for text in (entry.meaning, *entry.see, *map(spelled, entry.fixes))
    for line in SPELLED.findall(text)
}


@pytest.mark.parametrize("line", TYPED)
def test_a_command_in_an_entry_is_one_that_miwire_reads(line):
    words = arranged(shlex.split(line))
    try:
        context = root().make_context("miwire", words)
        while isinstance(context.command, TyperGroup):
            rest = [*context._protected_args, *context.args]  # noqa: SLF001
            word, command, rest = context.command.resolve_command(context, rest)
            context = command.make_context(word, rest, parent=context)
    except (MiwireError, TyperException) as refused:
        pytest.fail(f"miwire doesn't read {line!r} in {TYPED[line]}: {refused}")
