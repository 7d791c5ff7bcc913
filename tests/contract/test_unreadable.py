"""What Azure answers may have any type anywhere: the readers say so, and never fail otherwise."""

import json
import socketserver
import threading
from dataclasses import replace

import pytest
from azure.core.credentials import AccessToken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from miwire.azure import graph_json, sites
from miwire.azure.context import Context
from miwire.azure.directory_reader import Reading, Wanted
from miwire.azure.graph_client import GraphSession, Reply
from miwire.azure.shapes import readable
from miwire.azure.waiter import Waiter
from miwire.errors import MiwireError, Unreachable
from miwire.model import auth_settings as at
from miwire.model.auth_settings import AuthSettings

SITE = {
    "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/core",
    "kind": "app,linux",
    "properties": {"state": "Running", "defaultHostName": "a.b", "hostNames": ["a.b"]},
    "identity": {
        "type": "SystemAssigned, UserAssigned",
        "principalId": "p",
        "tenantId": "t",
        "userAssignedIdentities": {"/x/y": {"principalId": "p", "clientId": "c"}},
    },
}
APPLICATION = {
    "id": "i",
    "appId": "a",
    "displayName": "d",
    "identifierUris": ["api://a"],
    "api": {"requestedAccessTokenVersion": 2},
    "appRoles": [{"id": "r", "value": "v", "isEnabled": True, "allowedMemberTypes": ["User"]}],
    "uniqueName": "u",
    "signInAudience": "AzureADMyOrg",
    "isFallbackPublicClient": False,
    "publicClient": {"redirectUris": ["x"]},
    "web": {"redirectUris": []},
    "spa": {"redirectUris": []},
    "passwordCredentials": [],
    "keyCredentials": [],
}
PRINCIPAL = {
    "id": "i",
    "appId": "a",
    "displayName": "d",
    "appRoleAssignmentRequired": True,
    "servicePrincipalType": "ManagedIdentity",
    "appOwnerOrganizationId": "t",
}
ASSIGNMENT = {"id": "i", "principalId": "p", "appRoleId": "r"}
SETTINGS = {
    "platform": {"enabled": True},
    "globalValidation": {"requireAuthentication": True, "excludedPaths": ["/x"]},
    "identityProviders": {
        "azureActiveDirectory": {
            "enabled": True,
            "registration": {"clientId": "c", "openIdIssuer": "i"},
            "validation": {
                "allowedAudiences": ["a"],
                "jwtClaimChecks": {"allowedGroups": ["g"], "allowedClientApplications": ["c"]},
                "defaultAuthorizationPolicy": {
                    "allowedApplications": ["a"],
                    "allowedPrincipals": {"identities": ["i"], "groups": ["g"]},
                },
            },
        },
        "customOpenIdConnectProviders": {"x": {"registration": {"clientId": "c"}}},
        "google": {"registration": {"clientId": "c"}},
    },
}
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(node, path=()):
    """Every place in a document, its root among them."""
    yield path
    listed = enumerate(node) if isinstance(node, list) else ()
    for key, value in node.items() if isinstance(node, dict) else listed:
        yield from places(value, (*path, key))


def having(node, path, value):
    if not path:
        return value
    first, *rest = path
    copy = node.copy()
    copy[first] = having(node[first], rest, value)
    return copy


def without(node, path):
    first, *rest = path
    copy = node.copy()
    if rest:
        copy[first] = without(node[first], rest)
    else:
        del copy[first]
    return copy


def changed(document):
    """The document with anything at any place of it, or without that place."""
    everywhere = [each for each in places(document) if each]
    return some.one_of(
        some.builds(
            lambda path, value: having(document, path, value),
            some.sampled_from([(), *everywhere]),
            ANYTHING,
        ),
        some.builds(lambda path: without(document, path), some.sampled_from(everywhere)),
    )


def read_or_told(read, document):
    try:
        return read(document)
    except MiwireError:
        return None


@given(changed(SITE))
@settings(max_examples=300, deadline=None)
def test_a_site_of_any_types_is_read_or_told(document):
    def read(value):
        with readable("read an app"):
            return sites._site(value)  # noqa: SLF001

    site = read_or_told(read, document)
    if site is not None:
        assert all(isinstance(each, str) for each in site.host_names)
        assert site.identity.type
        assert site.identity.attached("/x/z") is None


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (graph_json.application, APPLICATION),
        (graph_json.service_principal, PRINCIPAL),
        (graph_json.assignment, ASSIGNMENT),
    ],
    ids=["application", "service principal", "assignment"],
)
@given(some.data())
@settings(max_examples=300, deadline=None)
def test_an_object_of_graph_of_any_types_is_read_or_told(read, document, data):
    read_or_told(read, data.draw(changed(document)))


@given(changed(SETTINGS).filter(lambda each: isinstance(each, dict)))
@settings(max_examples=300, deadline=None)
def test_authentication_settings_of_any_types_are_read(document):
    found = AuthSettings(document)

    assert isinstance(found.audiences, tuple)
    assert isinstance(found.sign_in_providers, tuple)
    assert isinstance(found.other_clients, tuple)
    assert found.lets_anonymous_in in {True, False}
    assert found.refusal_status in {401, 403, 404}
    assert found.is_open in {True, False}
    for path in at.KNOWN:
        assert found.with_value(path, ["x"]).at(path) == ["x"]
        found.without(path)
        found.with_added(path, "y")
        assert found.reverted(found.differences(AuthSettings(SETTINGS))) is not None


class Replies:
    """A session of Graph whose every reply has one body."""

    def __init__(self, body):
        self.body = body

    def get_all(self, paths, _doing):
        return [Reply(200, self.body) for _ in paths]


@given(some.one_of(ANYTHING, some.builds(lambda each: {"value": each}, ANYTHING)))
@settings(max_examples=300, deadline=None)
def test_a_reply_of_graph_of_any_type_is_read_or_told(body):
    reading = Reading(Replies(body))
    for read in (
        lambda: reading.look(Wanted(app_id="a", client_ids=("b",))),
        lambda: reading.look(Wanted(unique_name="a", display_name="b")),
        lambda: reading.managed_identity_of("x"),
        lambda: reading.deleted_registration("x"),
        lambda: reading.is_there("applications", "x"),
        lambda: reading.is_assigned("x", "y"),
    ):
        read_or_told(lambda _, read=read: read(), None)


class Anybody:
    """Credentials that have a token for everything."""

    def of(self, _tenant):
        return self

    def get_token(self, *_scopes, **_options):
        return AccessToken("a.b.c", 4_102_444_800)


class Answering(socketserver.StreamRequestHandler):
    def handle(self):
        length = 0
        while (line := self.rfile.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        body = self.server.body
        self.wfile.write(
            f"HTTP/1.1 {self.server.status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        )
        self.wfile.write(body)


@pytest.fixture
def graph(azure):
    """A session of a Graph that answers as the test says."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cloud = replace(azure.cloud, graph=f"http://127.0.0.1:{server.server_address[1]}")
        session = GraphSession(Context(cloud, Anybody(), Waiter(1.0)))
        yield session, server
        session.close()
        server.shutdown()


@pytest.mark.parametrize("status", [200, 201, 400, 403])
@pytest.mark.parametrize("body", [b"[" * 20_000, b"{", b"\xff\xfe", b"5", b"[]", b'"x"'], ids=ascii)
def test_a_batch_that_is_none_is_told(graph, body, status):
    session, server = graph
    server.status, server.body = status, body
    with pytest.raises(MiwireError):
        session.get_all(["/x"], "read the directory")


@given(changed({"responses": [{"id": "0", "status": 200, "headers": {"a": "b"}, "body": {}}]}))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_batch_of_any_types_is_read_or_told(graph, document):
    session, server = graph
    server.status, server.body = 200, json.dumps(document).encode()
    try:
        (reply,) = session.get_all(["/x"], "read the directory")
    except Unreachable:
        return
    assert isinstance(reply.status, int)
