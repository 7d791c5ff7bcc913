"""
The table of who answers in place of an app, and by what only that software says of itself.

A header that a proxy adds to every answer is no sign: `x-azure-ref`, `CF-RAY`, `Via`,
`X-Served-By`, `Server: cloudflare`. Nor is `x-ms-middleware-request-id`, which comes with the app's
own answers as well. Any host can forge each sign; one found takes an answer away from
App Service authentication and from the app, and proves neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from miwire.probe.response import Answer

FRONT_END = "App Service front end"
_LONGEST_QUOTE = 100
_SPACE = re.compile(r"\s+")


class Origin(StrEnum):
    """Who answered."""

    PLATFORM = "platform"
    APP = "app"
    NETWORK = "network"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Header:
    """A header whose value matches."""

    name: str
    pattern: str = ""

    def quote(self, answer: Answer) -> str | None:
        """Return the header as it came, None where it didn't come or has another value."""
        value = answer.headers.get(self.name.lower())
        if value is None or re.search(self.pattern, value, re.IGNORECASE) is None:
            return None
        return quoted(f"{self.name}: {value}")


@dataclass(frozen=True, slots=True)
class Body:
    """Text in the body."""

    pattern: str

    def quote(self, answer: Answer) -> str | None:
        """Return the text that matches, None where none does."""
        found = re.search(self.pattern, answer.body, re.IGNORECASE)
        return quoted(found[0]) if found else None


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason phrase, or the status code itself, in the status line."""

    pattern: str

    def quote(self, answer: Answer) -> str | None:
        """Return the status line, None where it is another one."""
        line = f"{answer.status} {answer.reason}".strip()
        return quoted(line) if re.fullmatch(self.pattern, line, re.IGNORECASE) else None


@dataclass(frozen=True, slots=True)
class Signature:
    """What an answer has to show, all of it, for a speaker to be named."""

    speaker: str
    signs: tuple[Header | Body | Reason, ...]
    source: str
    """Where it was seen: a public issue, the speaker's documentation or its own code."""
    origin: Origin = Origin.NETWORK
    statuses: Collection[int] = range(400, 600)

    def evidence(self, answer: Answer) -> str | None:
        """Return the quotes that show this speaker, None where one is missing."""
        if answer.status not in self.statuses:
            return None
        quotes = [sign.quote(answer) for sign in self.signs]
        found = [each for each in quotes if each is not None]
        return "; ".join(found) if len(found) == len(quotes) else None


def quoted(text: str) -> str:
    """Return a piece of an answer as a quote of one line."""
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


_PAGES = frozenset({200, *range(400, 600)})
"""Block pages and sign-in forms come with 200, too."""
_REDIRECTS = range(300, 400)
_GATEWAY = r"Microsoft-Azure-Application-Gateway"
_HTTP_SYS = r'//EN""http://www\.w3\.org/'
_STORED = "a capture in public text"

SIGNATURES: tuple[Signature, ...] = (
    # App Service and what is like it
    Signature(
        FRONT_END,
        (Body(r"<title>Web App - Unavailable</title>"),),
        "microsoft/vscode-azureappservice#785 (the whole page); microsoft/clarity#1133",
    ),
    Signature(
        FRONT_END,
        (Header("x-ms-forbidden-ip"),),
        "Azure/AppConfiguration#423; static-web-apps#1666",
    ),
    Signature(FRONT_END, (Reason(r"403 (Ip Forbidden|Site Disabled)"),), _STORED),
    Signature(
        FRONT_END,
        (Body(r"<title>Microsoft Azure Web App - Error 404</title>"),),
        "microsoft/vscode-azuretools, tests",
    ),
    Signature(FRONT_END, (Reason(r"404 Site Not Found"),), "microsoft/vscode-azuretools, tests"),
    Signature(FRONT_END, (Body(r"<h1>:\( Application Error</h1>"),), _STORED),
    Signature(FRONT_END, (Body(r"^\s*The service is unavailable\.\s*$"),), _STORED),
    Signature(
        FRONT_END,
        (Body(r"<title>502 - Web server received an invalid response while acting as a gateway"),),
        _STORED,
    ),
    Signature(
        "Azure Container Apps ingress",
        (Body(r"<title>Azure Container App - Unavailable</title>"),),
        _STORED,
    ),
    Signature(
        "Windows' HTTP server (http.sys)",
        (Body(_HTTP_SYS), Body(r"HTTP Error \d{3}\.")),
        "MicrosoftDocs/azure-docs#12371; microsoft/AzureKeyVaultManagedHSMEngine#19",
    ),
    Signature(
        "App Service authentication",
        (Body(r"Unable to download OpenID Connect Configuration\."),),
        "MicrosoftDocs/azure-docs-sdk-dotnet#2413; azure-docs#70212",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Azure Functions host",
        (Body(r"^\s*Function host is not running\.\s*$"),),
        "Azure/azure-functions-host#1209",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Kudu (the app's SCM site)",
        (Header("WWW-Authenticate", r'^Basic realm="site"$'),),
        "projectkudu/kudu#1368",
        origin=Origin.UNKNOWN,
    ),
    # Gateways of Azure
    Signature(
        "Azure Application Gateway",
        (Header("Server", _GATEWAY),),
        "learn: application-gateway-troubleshooting-502; explore-education-statistics#5365",
    ),
    Signature(
        "Azure Application Gateway", (Body(rf"<hr><center>{_GATEWAY}[^<]*</center>"),), _STORED
    ),
    Signature(
        "Azure Front Door",
        (Body(r"<h2>\s*The request is blocked\.\s*</h2>"),),
        "projectdiscovery/nuclei-templates#12737",
        statuses=_PAGES,
    ),
    Signature(
        "Azure Front Door",
        (Body(r"Our services aren't available right now"), Body(r"id=.errorref.|Ref A: ")),
        "learn: azure/frontdoor/troubleshoot-issues",
    ),
    Signature(
        "Azure Front Door", (Body(r"able to find your Azure Front Door Service config"),), _STORED
    ),
    Signature(
        "Azure API Management",
        (Body(r'^\s*\{ "statusCode": \d{3}, "message": "[^"]*" \}\s*$'),),
        f"{_STORED}: blanks inside the braces",
    ),
    Signature(
        "Azure API Management",
        (Header("WWW-Authenticate", r"AzureApiManagementKey realm="),),
        _STORED,
    ),
    Signature("Azure Firewall", (Body(r"^Action: Deny\. Reason: "),), _STORED),
    Signature("Azure Firewall", (Reason(r"470( .*)?"),), _STORED),
    # CDNs and web application firewalls
    Signature(
        "Cloudflare",
        (Header("cf-mitigated", "challenge"),),
        "developers.cloudflare.com: detect a challenge page response",
        statuses=_PAGES,
    ),
    Signature(
        "Cloudflare",
        (Body(r"^\s*error code: \d{3,4}\s*$"),),
        "cloudflare, error 1xxx as text (decypharr#128)",
    ),
    Signature("Cloudflare", (Body(r"<title>Attention Required! \| Cloudflare</title>"),), _STORED),
    Signature(
        "Cloudflare",
        (Reason(r"(52[0-7]|530)( .*)?"), Header("Server", "^cloudflare$")),
        "developers.cloudflare.com: 5xx errors",
    ),
    Signature(
        "Cloudflare Access",
        (Header("Location", r"^https://[\w.-]+\.cloudflareaccess\.com/"),),
        "developers.cloudflare.com: cloudflare-one",
        statuses=_REDIRECTS,
    ),
    Signature("Akamai", (Header("Server", "^AkamaiGHost$"),), _STORED, statuses=_PAGES),
    Signature(
        "Akamai",
        (
            Body(r"<title>Access Denied</title>"),
            Body(r"Reference(&#32;|\s)*(&#35;|#)[\w.&;]+|errors\.edgesuite\.net"),
        ),
        _STORED,
        statuses=_PAGES,
    ),
    Signature(
        "Amazon CloudFront",
        (Body(r"<title>ERROR: The request could not be satisfied</title>"),),
        "planningcenter/developers#1293",
    ),
    Signature("AWS load balancer", (Header("Server", r"^awselb/"),), "jambonz-feature-server#317"),
    Signature("AWS API Gateway", (Header("x-amzn-ErrorType"),), _STORED),
    Signature(
        "Fastly",
        (Body(r"<h3>Guru Mediat?ion:?</h3>|Guru Meditation|^Fastly error: unknown domain"),),
        _STORED,
    ),
    Signature(
        "F5 web application firewall",
        (Body(r"The requested URL was rejected\."), Body(r"Your support ID is")),
        _STORED,
        statuses=_PAGES,
    ),
    Signature(
        "Imperva",
        (Body(r"<iframe[^>]{0,80} src=.?/_Incapsula_Resource\?"),),
        f"{_STORED}; pages that passed carry a script of that address, not a frame",
        statuses=_PAGES,
    ),
    Signature(
        "ModSecurity",
        (Body(r"<h1>Not Acceptable!</h1>|generated by Mod_Security"),),
        "a web host's error page",
    ),
    Signature("GitHub Pages", (Body(r"There isn't a GitHub Pages site here\."),), _STORED),
    Signature("ngrok", (Header("ngrok-error-code"),), "ngrok.com/docs/errors"),
    # Reverse proxies
    Signature(
        "HAProxy",
        (
            Body(
                r"Request forbidden by administrative rules\."
                r"|No server is available to handle this request\."
            ),
        ),
        "haproxy, examples/errorfiles",
    ),
    Signature("Istio", (Body(r"^RBAC: access denied$"),), _STORED),
    Signature(
        "Envoy",
        (Body(r"^(no healthy upstream|upstream connect error or disconnect/reset)"),),
        "envoy, source/common/router",
    ),
    Signature("Envoy", (Body(r"^Jwt [\w ]+"), Header("Server", "envoy")), "istio/istio#22610"),
    Signature("Traefik", (Body(r"^no available server\s*$"),), "traefik, pkg/server/service"),
    Signature("Kong", (Header("WWW-Authenticate", r'^Key realm="kong"'),), "kong, key-auth plugin"),
    Signature(
        "a Kubernetes ingress",
        (Body(r"^default backend - 404$"),),
        "kubernetes/ingress-gce, 404-server",
    ),
    Signature(
        "nginx (the app's own, or in front of it)",
        (Body(r"<hr><center>nginx[^<]*</center>"),),
        "nginx, ngx_http_special_response.c",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Apache (the app's own, or in front of it)",
        (Body(r"^<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2\.0//EN\">"),),
        "httpd, modules/http/http_protocol.c",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "a Go program (the app, or a proxy in front of it)",
        (Body(r"^404 page not found\s*$"), Header("X-Content-Type-Options", "nosniff")),
        "go, net/http: NotFound; Traefik answers the same",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "a server that another host name was meant for",
        (Reason(r"421( .*)?"),),
        "RFC 9110, 15.5.20",
        origin=Origin.UNKNOWN,
    ),
    # Sign-in pages
    Signature(
        "oauth2-proxy",
        (Body(r'<form[^>]{0,80} action="[^"]{0,40}/oauth2/(start|sign_in)'),),
        "oauth2-proxy, pkg/app/pagewriter/sign_in.html",
        statuses=_PAGES,
    ),
    Signature(
        "oauth2-proxy",
        (Header("Location", r"^[^?]*/oauth2/(start|sign_in|auth)\b"),),
        "oauth2-proxy, docs/features/endpoints",
        statuses=_REDIRECTS,
    ),
    Signature(
        "Microsoft Entra ID's sign-in page", (Header("x-ms-ests-server"),), _STORED, statuses=_PAGES
    ),
    # Between this machine and Azure
    Signature("a proxy", (Reason(r"407( .*)?"),), "RFC 9110, 15.5.8"),
    Signature("a network that asks for sign-in", (Reason(r"511( .*)?"),), "RFC 6585, 6"),
    Signature(
        "Squid proxy", (Header("X-Squid-Error"),), "squid, src/errorpage.cc", statuses=_PAGES
    ),
    Signature("Zscaler", (Header("Server", r"^Zscaler/"),), _STORED, statuses=_PAGES),
    Signature(
        "Netskope",
        (Header("Location", r"^https://[\w.-]+\.goskope\.com/"),),
        _STORED,
        statuses=_REDIRECTS,
    ),
    Signature("FortiGuard", (Body(r"FortiGuard Intrusion Prevention"),), _STORED, statuses=_PAGES),
    Signature(
        "a web filter", (Body(r"<title>Web Page Blocked</title>"),), _STORED, statuses=_PAGES
    ),
    Signature("an egress proxy", (Header("x-deny-reason"),), _STORED),
    # Other APIs of Azure, which are no app
    Signature(
        "Azure Storage",
        (Header("x-ms-error-code"), Header("Server", r"^Windows-Azure-")),
        "Azure/azure-sdk-for-net, recorded answers",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Azure Key Vault",
        (Header("x-ms-keyvault-service-version"),),
        "Azure/azure-sdk-for-js, recorded answers",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Microsoft Graph",
        (Header("x-ms-ags-diagnostic"),),
        "android-java-meetingfeedback-rest-sample#11",
        origin=Origin.UNKNOWN,
    ),
    Signature(
        "Azure DevOps",
        (Header("WWW-Authenticate", r"\bTFS-Federated\b"),),
        _STORED,
        origin=Origin.UNKNOWN,
    ),
)
"""The first that fits names the speaker."""
