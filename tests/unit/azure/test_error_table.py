"""
Every error that people meet: whose it is, what is said, what kind it is, and what helps.

Each body is recorded (rec), published in Microsoft's documentation (doc), or reported by a user
(field), as its row says.
"""

from dataclasses import dataclass

import pytest

from miwire.azure.credentials import _what_helps
from miwire.azure.error_mapping import fault
from miwire.errors import BadRequest, NotFound, NotPermitted, NotSignedIn, Unreachable
from miwire.tokens.aadsts import TokenRefusal

ID = "11111111-2222-3333-4444-555555555555"
SCOPE = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Web/sites/core"
HAS = (
    f"The client '{ID}' with object id '{ID}' has permission to perform action "
    f"'Microsoft.Web/sites/write' on scope '{SCOPE}'; however, "
)
ARM, WEB, GRAPH = "Azure Resource Manager", "Microsoft.Web", "Microsoft Graph"


@dataclass(frozen=True)
class Row:
    """One error of a service."""

    service: str
    status: int
    code: str
    message: str
    kind: type
    helps: str | None
    """What the hint has; None: there is none, or what cures it is a fix."""
    source: str


ROWS = [
    # Sign-in
    Row(
        ARM,
        401,
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time '1/1/2026 1:00:00 AM' is earlier than current UTC time.",
        NotSignedIn,
        "az login",
        "doc: troubleshooting ARM",
    ),
    Row(
        ARM,
        401,
        "InvalidAuthenticationToken",
        "The access token is invalid.",
        NotSignedIn,
        "az login",
        "rec",
    ),
    Row(
        ARM,
        401,
        "InvalidAuthenticationTokenTenant",
        f"The access token is from the wrong issuer 'https://sts.windows.net/{ID}/'.",
        NotSignedIn,
        "az login --tenant",
        "rec",
    ),
    Row(
        ARM,
        401,
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience or resource 'https://x'.",
        NotSignedIn,
        "the cloud is the one of the subscription",
        "field: azure-cli#12297",
    ),
    Row(
        ARM,
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
        NotSignedIn,
        "az login",
        "rec",
    ),
    Row(
        GRAPH,
        401,
        "InvalidAuthenticationToken",
        "Lifetime validation failed, the token is expired.",
        NotSignedIn,
        "az login",
        "doc: Graph errors",
    ),
    Row(
        GRAPH,
        401,
        "InvalidAuthenticationToken",
        "Access token validation failure. Invalid audience.",
        NotSignedIn,
        "the cloud is the one of the subscription",
        "field: microsoft-graph-docs",
    ),
    # Rights and what no right lifts
    Row(
        ARM,
        403,
        "AuthorizationFailed",
        f"The client '{ID}' with object id '{ID}' does not have authorization to perform action "
        f"'Microsoft.Web/sites/config/write' over scope '{SCOPE}' or the scope is invalid.",
        NotPermitted,
        "a role that allows Microsoft.Web/sites/config/write.",
        "field: azure-cli#29644",
    ),
    Row(
        ARM,
        403,
        "LinkedAuthorizationFailed",
        f"{HAS}it does not have permission to perform action(s) "
        "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s).",
        NotPermitted,
        "userAssignedIdentities/assign/action on the linked resource",
        "doc: troubleshooting RBAC",
    ),
    Row(
        ARM,
        403,
        "DenyAssignmentAuthorizationFailed",
        f"{HAS}the access is denied because of the deny assignment with name 'x' and Id 'y'.",
        NotPermitted,
        "deny assignment",
        "field",
    ),
    Row(
        ARM,
        403,
        "RequestDisallowedByPolicy",
        "Resource 'core' was disallowed by policy. Reasons: 'no'.",
        NotPermitted,
        "owner of the policy assignment",
        "doc: policy-requestdisallowedbypolicy",
    ),
    Row(
        ARM,
        403,
        "RequestDisallowedByAzure",
        "Resource 'core' was disallowed by Azure: This policy maintains a set of best available "
        "regions where your subscription can deploy resources.",
        NotPermitted,
        "certain regions",
        "doc: common-deployment-errors",
    ),
    Row(
        ARM,
        409,
        "ScopeLocked",
        f"The scope '{SCOPE}' cannot perform write operation because following scope(s) are "
        "locked: 'rg'. Please remove the lock and try again.",
        NotPermitted,
        "Remove the resource lock",
        "doc: lock-resources",
    ),
    Row(
        ARM,
        409,
        "ReadOnlyDisabledSubscription",
        f"The subscription '{ID}' is disabled and therefore marked as read only.",
        NotPermitted,
        "The subscription is disabled",
        "doc: common-deployment-errors",
    ),
    Row(
        ARM,
        403,
        "SubscriptionDisabled",
        f"The subscription '{ID}' is disabled.",
        NotPermitted,
        "The subscription is disabled",
        "field",
    ),
    Row(
        ARM,
        409,
        "MissingSubscriptionRegistration",
        "The subscription is not registered to use namespace 'Microsoft.Web'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions.",
        NotPermitted,
        "az provider register --namespace Microsoft.Web",
        "doc: error-register-resource-provider",
    ),
    Row(WEB, 403, "Forbidden", "Access is denied.", NotPermitted, None, "rec: arm_web_errors"),
    Row(
        GRAPH,
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
        NotPermitted,
        "Application.ReadWrite.All",
        "rec: test_aks_control_plane_user_assigned_identity",
    ),
    Row(
        GRAPH,
        403,
        "Authorization_IdentityNotFound",
        "The identity of the calling application could not be established.",
        NotPermitted,
        "no service principal in this tenant",
        "doc: Graph errors",
    ),
    Row(
        GRAPH,
        403,
        "Directory_QuotaExceeded",
        "The directory object quota limit for the Principal has been exceeded.",
        NotPermitted,
        "delete some for good",
        "doc: directory-service-limits-restrictions",
    ),
    Row(
        GRAPH,
        400,
        "Directory_QuotaExceeded",
        "The directory object quota limit for the Principal has been exceeded.",
        NotPermitted,
        "delete some for good",
        "field",
    ),
    # What is not there
    Row(
        ARM,
        404,
        "ResourceNotFound",
        "The Resource 'Microsoft.Web/sites/x' under resource group 'rg' was not found.",
        NotFound,
        "the name and the subscription",
        "rec: test_asp_ws1_create",
    ),
    Row(
        ARM,
        404,
        "ResourceGroupNotFound",
        "Resource group 'rg' could not be found.",
        NotFound,
        "the name and the subscription",
        "rec",
    ),
    Row(
        ARM,
        404,
        "SubscriptionNotFound",
        f"The subscription '{ID}' could not be found.",
        NotFound,
        "the name and the subscription",
        "rec",
    ),
    Row(
        ARM,
        400,
        "InvalidSubscriptionId",
        "The provided subscription identifier 'x' is malformed or invalid.",
        BadRequest,
        "GUID",
        "doc: common-deployment-errors",
    ),
    Row(
        ARM,
        404,
        "InvalidResourceType",
        "The resource type 'x' could not be found in the namespace 'Microsoft.Web' for api "
        "version '2023-12-01'.",
        NotFound,
        "the name and the subscription",
        "doc: common-deployment-errors",
    ),
    Row(
        WEB,
        404,
        "NotFound",
        "Cannot find config with name x.",
        NotFound,
        "the name and the subscription",
        "rec: arm_web_errors",
    ),
    Row(
        GRAPH,
        404,
        "Request_ResourceNotFound",
        f"Resource '{ID}' does not exist or one of its queried reference-property objects are "
        "not present.",
        NotFound,
        "the ID and the tenant",
        "rec: test_webapp_ssl_import",
    ),
    Row(
        ARM,
        400,
        "FailedIdentityOperation",
        f"Identity operation for resource '{SCOPE}' failed with error 'Failed to perform resource "
        "identity operation. Status: 'BadRequest'.",
        NotFound,
        "the resource ID of the user-assigned identity",
        "rec",
    ),
    Row(
        ARM,
        400,
        "InvalidIdentityIds",
        "The identity ids must be null or empty for 'SystemAssigned' identity type.",
        NotFound,
        "the resource ID of the user-assigned identity",
        "rec",
    ),
    # Requests that can't be served as they are
    Row(
        ARM,
        400,
        "NoRegisteredProviderFound",
        "No registered resource provider found for location 'usgovarizona' and API version "
        "'2025-05-01' for type 'sites'.",
        BadRequest,
        "This cloud lacks",
        "field: azure-cli#31943",
    ),
    Row(
        ARM,
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized.",
        BadRequest,
        "changed nothing",
        "rec",
    ),
    Row(
        WEB,
        400,
        "BadRequest",
        "AppSetting with name(s) 'A-B' is not allowed.",
        BadRequest,
        "changed nothing",
        "field: 04072",
    ),
    Row(
        GRAPH,
        400,
        "Request_BadRequest",
        "Invalid value specified for property 'identifierUris' of resource 'Application'.",
        BadRequest,
        "changed nothing",
        "doc: Graph errors",
    ),
    Row(
        GRAPH,
        400,
        "Request_MultipleObjectsWithSameKeyValue",
        "Another object with the same value for property identifierUris already exists.",
        BadRequest,
        "Another object of the tenant",
        "field: terraform-provider-azuread",
    ),
    Row(
        GRAPH,
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        "Another object with the same value for property uniqueName already exists.",
        BadRequest,
        "Another object of the tenant",
        "field",
    ),
    Row(
        GRAPH,
        400,
        "BadRequest",
        "Failed to add identifier URI api://x. All newly added URIs must contain a tenant "
        "verified domain, tenant ID, or app ID, as per the default tenant policy of your "
        "organization. See https://aka.ms/identifier-uri-addition-error for more information.",
        BadRequest,
        "The tenant allows only identifier URIs",
        "field",
    ),
    Row(
        GRAPH,
        400,
        "HostNameNotOnVerifiedDomain",
        "Values of identifierUris property must use a verified domain of the organization or its "
        "subdomain: 'https://x'",
        BadRequest,
        "The tenant allows only identifier URIs",
        "doc: identifier-uri-restrictions",
    ),
    Row(
        GRAPH,
        400,
        "BadRequest",
        "ServiceManagementReference field is required for Update, but is missing in the request",
        BadRequest,
        None,
        "field",
    ),
    Row(
        GRAPH,
        400,
        "CannotDeleteOrUpdateEnabledEntitlement",
        "Permission (scope or role) cannot be deleted or updated unless disabled first",
        BadRequest,
        "changed nothing",
        "field",
    ),
    # What passes
    Row(
        WEB,
        409,
        "Conflict",
        "Cannot modify this site because another operation is in progress.",
        Unreachable,
        "Run the same command again",
        "field",
    ),
    Row(
        ARM,
        409,
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress.",
        Unreachable,
        "Run the same command again",
        "doc: common-deployment-errors",
    ),
    Row(
        ARM,
        429,
        "SubscriptionRequestsThrottled",
        f"Number of requests for subscription '{ID}' and operation 'GET' exceeded.",
        Unreachable,
        "Wait a minute",
        "doc: request-limits-and-throttling",
    ),
    Row(
        GRAPH,
        429,
        "TooManyRequests",
        "Too Many Requests",
        Unreachable,
        "Wait a minute",
        "doc: Graph throttling",
    ),
    Row(
        ARM,
        500,
        "InternalServerError",
        "Encountered internal server error. Diagnostic information: timestamp '…'.",
        Unreachable,
        "Run the same command again",
        "field",
    ),
    Row(
        ARM,
        503,
        "ServerTimeout",
        "The request timed out. Diagnostic information: timestamp '…'.",
        Unreachable,
        "Run the same command again",
        "field",
    ),
    Row(
        GRAPH,
        503,
        "Service_Unavailable",
        "Service is temporarily unavailable. Please wait and retry again.",
        Unreachable,
        "Run the same command again",
        "doc: Graph errors",
    ),
]


def body(row):
    if row.service == WEB:
        return {"Code": row.code, "Message": row.message}
    return {"error": {"code": row.code, "message": row.message}}


@pytest.fixture(params=ROWS, ids=lambda row: f"{row.service} {row.status} {row.code}")
def row(request):
    """Each row of the table."""
    return request.param


@pytest.fixture
def error(row):
    """What miwire makes of the row's answer."""
    return fault(row.status, body(row), "write x", of_graph=row.service == GRAPH)


def test_an_error_has_its_kind_its_words_and_what_helps(row, error):
    assert type(error) is row.kind
    assert error.message.startswith(f"Could not write x: Azure answered {row.status}, {row.code}: ")
    assert row.message.split(".")[0][:200] in error.message
    if row.helps is None:
        assert error.hint is None
    else:
        assert row.helps in error.hint


def test_an_answer_of_arm_never_leads_to_a_hint_about_graph(row, error):
    if row.service != GRAPH:
        assert "Graph" not in (error.hint or "")
        assert "Application." not in (error.hint or "")


def test_only_what_passes_is_to_be_run_again(row, error):
    again = "same command again" in (error.hint or "")

    assert again == (row.kind is Unreachable)


def test_the_table_has_forty_rows_of_services_at_least():
    assert len(ROWS) >= 40
    assert all(each.source.partition(":")[0] in {"doc", "field", "rec"} for each in ROWS)


LINE = (
    'az login --claims-challenge "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJ2YWx1ZXMiOlsicDEiXX19fQ=="'
    f' --tenant "{ID}" --scope "https://management.core.windows.net//.default"'
)
ENTRA = [
    (50020, "doesn't exist in this tenant", "an account of the tenant"),
    (50034, "no such user", "Check the user name"),
    (50055, "password expired", "az login"),
    (50057, "account is disabled", "Ask an administrator"),
    (50076, "multifactor authentication is required", "az logout, then az login"),
    (50079, "register for multifactor authentication", "browser"),
    (50105, "this user isn't assigned", "Assign the user"),
    (50126, "user name or the password is wrong", "az login"),
    (50132, "session was revoked", "az logout, then az login"),
    (50158, "conditional access policy requires another step", "az logout, then az login"),
    (50173, "sign-in was revoked", "az logout, then az login"),
    (53000, "compliant device", "meets the policy"),
    (53003, "conditional access policy blocked", "which policy blocked it"),
    (65001, "nobody consented", "consent"),
    (70043, "older than a conditional access policy accepts", "az logout, then az login"),
    (90002, "no such tenant", "Check the tenant ID"),
    (90094, "administrator's consent", "consent"),
    (500011, "no service principal in this tenant, or no identifier URI", "Check the audience"),
    (500014, "service principal of the target is disabled", "Enable it"),
    (501051, "holds no app role", "Assign the caller an app role"),
    (530003, "managed device", "meets the policy"),
    (700016, "isn't registered in this tenant", "Compare the client ID"),
    (700082, "expired from inactivity", "az logout, then az login"),
    (700084, "single-page app expired", "az logout, then az login"),
    (7000112, "the client is disabled", "Enable the client's enterprise application"),
    (7000215, "client secret is wrong", "not its ID"),
    (7000222, "client secret expired", "Create a new client secret"),
]


@pytest.mark.parametrize(("code", "means", "helps"), ENTRA)
def test_a_code_of_entra_id_is_told_in_words_with_what_helps(monkeypatch, code, means, helps):
    monkeypatch.delenv("WEBSITE_SITE_NAME", raising=False)
    report = f"AzureCliCredential: AADSTS{code}: words. Trace ID: {ID}"
    refusal = TokenRefusal.of(report)

    assert refusal.told.startswith(f"Entra ID answered AADSTS{code}, ")
    assert means in refusal.told
    assert helps in _what_helps(report, refusal)
    assert ID not in refusal.told


@pytest.mark.parametrize("code", [50076, 50079, 50158, 53003, 530003])
def test_the_line_of_a_claims_challenge_is_kept_whole_for_each_code(monkeypatch, code):
    monkeypatch.delenv("WEBSITE_SITE_NAME", raising=False)
    report = f"AADSTS{code}: words.\nRun the command below to authenticate interactively:\n{LINE}\n"

    assert LINE == _what_helps(report, TokenRefusal.of(report))


def test_inside_app_service_nobody_is_told_to_sign_in(monkeypatch):
    monkeypatch.setenv("WEBSITE_SITE_NAME", "core")
    report = "AADSTS50076: words."

    assert _what_helps(report, TokenRefusal.of(report)) is None


def test_a_code_that_nobody_has_explained_is_to_be_looked_up():
    report = "AADSTS9999999: words."

    assert "https://login.microsoftonline.com/error" in _what_helps(report, TokenRefusal.of(report))
