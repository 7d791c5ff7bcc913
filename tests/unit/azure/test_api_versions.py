"""Which requests to ARM are sent again with an older api-version, and which never."""

import json
from types import SimpleNamespace

import pytest

from miwire.azure.api_versions import OLDER, OlderApiVersion, Versions

ARM = "https://management.usgovcloudapi.net"
SITE = f"{ARM}/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/core"
NEWER = "2025-05-01"


class Cloud:
    """A Resource Manager that refuses every newer version with one code."""

    def __init__(self, status=400, code="NoRegisteredProviderFound", body=None):
        self.asked = []
        self._refusal = status, body or json.dumps({"error": {"code": code}})

    def send(self, request):
        url = request.http_request.url
        self.asked.append(url)
        status, body = self._refusal if NEWER in url else (200, "{}")
        http = SimpleNamespace(
            status_code=status, internal_response=SimpleNamespace(content=body.encode())
        )
        return SimpleNamespace(http_response=http)


def sent(cloud, url, versions=None):
    """Send a request through the policy; returns its status."""
    policy = OlderApiVersion(versions or Versions())
    policy.next = cloud
    request = SimpleNamespace(http_request=SimpleNamespace(url=url))
    return policy.send(request).http_response.status_code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "NoRegisteredProviderFound"),
        (400, "InvalidApiVersionParameter"),
        (404, "InvalidResourceType"),
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}?api-version={NEWER}",
        f"{SITE}/config/appsettings/list?a=b&api-version={NEWER}",
        f"{ARM}/subscriptions/s/providers/microsoft.web/sites?api-version={NEWER}&c=d",
    ],
)
def test_a_version_that_the_cloud_lacks_is_replaced_and_remembered(status, code, url):
    cloud, versions = Cloud(status, code), Versions()

    assert (200, 200) == (sent(cloud, url, versions), sent(cloud, url, versions))
    older = url.replace(NEWER, OLDER)
    assert [url, older, older] == cloud.asked


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/providers/Microsoft.Insights/metrics?api-version={NEWER}",
        f"{SITE}/providers/Microsoft.Authorization/permissions?api-version={NEWER}",
        f"{ARM}/subscriptions/s?api-version={NEWER}",
        f"{ARM}/subscriptions/s/providers/Microsoft.WebPubSub/x?api-version={NEWER}",
    ],
)
def test_other_providers_are_asked_once_with_their_own_version(url):
    cloud = Cloud()

    assert 400 == sent(cloud, url)
    assert [url] == cloud.asked


@pytest.mark.parametrize(
    ("status", "code", "body"),
    [
        (400, "BadRequest", None),
        (404, "ResourceNotFound", None),
        (403, "NoRegisteredProviderFound", None),
        (400, "", "<html>"),
        (400, "", '["NoRegisteredProviderFound"]'),
    ],
)
def test_another_refusal_is_no_reason_to_send_a_request_twice(status, code, body):
    cloud = Cloud(status, code, body)

    assert status == sent(cloud, f"{SITE}?api-version={NEWER}")
    assert 1 == len(cloud.asked)


def test_one_cloud_tells_nothing_of_another():
    versions, lagging, other = Versions(), Cloud(), Cloud(200)
    sent(lagging, f"{SITE}?api-version={NEWER}", versions)
    url = f"{SITE.replace('usgovcloudapi.net', 'azure.com')}?api-version={NEWER}"
    sent(other, url, versions)

    assert [url] == other.asked
