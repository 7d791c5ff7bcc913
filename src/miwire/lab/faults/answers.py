"""
What can answer in place of an app: App Service's front end, and what stands in front of that.

Each is declared once, with what it sends and where that was seen: a fault configuration names them,
the gate answers by them, and the reference page shows them. Texts hold `$host`, `$target`, `$ip`
and `$ref`, which a request fills.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from miwire.lab.documents import Document

REASON = "miwire.reason"
"""The extension of an ASGI scope that takes the reason phrase of the answer, where it has one."""
_HTML = {"Content-Type": "text/html"}
_CLOSED = {"Connection": "close", **_HTML}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as it was seen."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    """The reason phrase, where it is not the status's own."""


@dataclass(frozen=True, slots=True)
class SiteState:
    """A state of an app in which App Service's front end answers for it."""

    name: str
    doc: str
    evidence: str
    page: Page
    properties: Document = field(default_factory=dict)
    """What ARM shows of the site then."""
    config: Document = field(default_factory=dict)
    """What ARM shows in its config/web then."""


@dataclass(frozen=True, slots=True)
class Front:
    """Something in front of an app: it passes requests on, or answers them itself."""

    name: str
    doc: str
    evidence: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """What it puts on every answer, in place of the app's own headers of these names."""
    adds: Mapping[str, str] = field(default_factory=dict)
    """What it puts on every request that it passes on."""
    page: Page | None = None
    """What it answers itself; None: nothing."""
    user_agents: tuple[str, ...] = ()
    """What a User-Agent begins with, in lower case, whose requests get the page; (): all do."""


def _file(name: str) -> str:
    page = files("miwire.lab").joinpath("pages", name)
    return page.read_bytes().decode("ascii")


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def _http_sys(title: str, heading: str, sentence: str) -> str:
    return _lines(
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">',
        f"<HTML><HEAD><TITLE>{title}</TITLE>",
        '<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>',
        f"<BODY><h2>{heading}</h2>",
        f"<hr><p>{sentence}</p>",
        "</BODY></HTML>",
    )


def _nginx(title: str, server: str) -> str:
    return _lines(
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        f"<hr><center>{server}</center>",
        "</body>",
        "</html>",
    )


def _front_door(message: str) -> str:
    return (
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Transitional//EN'"
        " 'http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd'>"
        "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>Service unavailable</title></head>"
        f"<body><div id='content'><div id='message'><h2>{message}</h2></div>"
        "<div id='errorref'><span>$ref</span></div></div></body></html>"
    )


_STOPPED = Page(403, _file("stopped.html"), _CLOSED, reason="Site Disabled")
_FORBIDDEN = Page(
    403, _file("forbidden.html"), {**_CLOSED, "x-ms-forbidden-ip": "$ip"}, reason="Ip Forbidden"
)
_ALLOWED_ONE = {
    "ipSecurityRestrictions": [
        {
            "ipAddress": "203.0.113.9/32",
            "action": "Allow",
            "tag": "Default",
            "priority": 100,
            "name": "office",
        },
        {
            "ipAddress": "Any",
            "action": "Deny",
            "priority": 2147483647,
            "name": "Deny all",
            "description": "Deny all access",
        },
    ],
    "ipSecurityRestrictionsDefaultAction": "Deny",
}

STATES = (
    SiteState(
        "stopped",
        "The app is stopped: 403 `Site Disabled`, titled “Web App - Unavailable”.",
        "whole page and status line captured; microsoft/vscode-azureappservice#785",
        _STOPPED,
        {"state": "Stopped"},
    ),
    SiteState(
        "quota-exceeded",
        "The quota of its plan is used up: the same page as `stopped`.",
        "the capture of that page was of an app whose state was QuotaExceeded",
        _STOPPED,
        {"state": "QuotaExceeded", "usageState": "Exceeded"},
    ),
    SiteState(
        "private",
        "Public network access is disabled: 403 `Ip Forbidden`, titled “Web App - Unavailable”,"
        " with another heading than `stopped`.",
        "whole page captured (1892 bytes); Azure documentation, tutorial-secure-ntier-app;"
        " Azure/static-web-apps#1666",
        _FORBIDDEN,
        {"publicNetworkAccess": "Disabled"},
    ),
    SiteState(
        "restricted",
        "An access restriction rejects the caller's address, which is in `x-ms-forbidden-ip`:"
        " the same page as `private`.",
        "microsoft/clarity#1133",
        _FORBIDDEN,
        config=_ALLOWED_ONE,
    ),
    SiteState(
        "client-certificate",
        "The app requires a client certificate: 403.",
        "that it refuses: Azure documentation, app-service-web-configure-tls-mutual-auth; the page"
        " is reconstructed from IIS's of 403.7",
        Page(
            403,
            "<title>403 - Forbidden: Access is denied.</title>"
            "<h2>403 - Forbidden: Access is denied.</h2><h3>Client certificate required</h3>",
            {**_HTML, "Server": "Microsoft-IIS/10.0"},
        ),
        {"clientCertEnabled": True, "clientCertMode": "Required"},
    ),
    SiteState(
        "not-found",
        "No app has this host name: 404 `Site Not Found`, titled “Microsoft Azure Web App - Error"
        " 404”. ARM shows the app as usual.",
        "whole page in the tests of microsoft/vscode-azuretools",
        Page(404, _file("not-found.html"), _CLOSED, reason="Site Not Found"),
    ),
    SiteState(
        "starting",
        "The app's container doesn't start: 503 “:( Application Error”.",
        "both sentences captured many times; the markup around them is reconstructed",
        Page(
            503,
            "<!DOCTYPE html><html><head><title>Application Error</title></head><body>"
            '<div id="feature"><div id="content"><h1>:( Application Error</h1><p>If you are the'
            " application administrator, you can access the"
            ' <a href="https://$host/detectors">diagnostic resources</a>.</p></div></div></body>'
            "</html>",
            {"Content-Type": "text/html; charset=utf-8"},
        ),
    ),
    SiteState(
        "unavailable",
        "The app's worker process is down or is swapped: 503, one line.",
        "body captured; Azure/azure-functions-host#6109",
        Page(503, "The service is unavailable.", {**_HTML, "Server": "Microsoft-IIS/10.0"}),
    ),
    SiteState(
        "bad-gateway",
        "The front end gets no valid response from the app: 502.",
        "title captured; the markup around it is reconstructed",
        Page(
            502,
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
            ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>502 - Web server received an'
            " invalid response while acting as a gateway or proxy server.</title></head><body>"
            '<div id="header"><h1>Server Error</h1></div></body></html>',
            {**_HTML, "Server": "Microsoft-IIS/10.0", "X-Powered-By": "ASP.NET"},
        ),
    ),
    SiteState(
        "request-too-long",
        "http.sys rejects large request headers before any module runs: 400.",
        "MicrosoftDocs/azure-docs#12371; microsoftgraph/microsoft-graph-docs#21903",
        Page(
            400,
            _http_sys(
                "Bad Request",
                "Bad Request - Request Too Long",
                "HTTP Error 400. The size of the request headers is too long.",
            ),
            {
                "Connection": "close",
                "Content-Type": "text/html; charset=us-ascii",
                "Server": "Microsoft-HTTPAPI/2.0",
            },
        ),
    ),
    SiteState(
        "headers-too-large",
        "Kestrel rejects large request headers before the app runs: 431 without a body.",
        "the limit: ASP.NET Core documentation, MaxRequestHeadersTotalSize; the headers are"
        " reconstructed",
        Page(431, "", {"Connection": "close", "Server": "Kestrel"}),
    ),
)
"""States of an app, by which its front end answers."""

_APPLICATION_GATEWAY = "Microsoft-Azure-Application-Gateway/v2"
_GATEWAY_ADDS = {
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
    "X-Original-Host": "$host",
}
_FRONT_DOOR = {"x-azure-ref": "$ref", "X-Cache": "CONFIG_NOCACHE"}
_FRONT_DOOR_ADDS = {
    "Via": "1.1 Azure",
    "X-Azure-ClientIP": "$ip",
    "X-Azure-Ref": "$ref",
    "X-Azure-SocketIP": "$ip",
}
_CLOUDFLARE = {"CF-Cache-Status": "DYNAMIC", "CF-RAY": "$ray-FRA", "Server": "cloudflare"}
_CLOUDFLARE_ADDS = {"CF-Connecting-IP": "$ip", "CF-RAY": "$ray-FRA"}
_SCRIPTS = (
    "aiohttp/",
    "go-http-client/",
    "libwww-perl",
    "python-httplib2",
    "python-httpx/",
    "python-requests",
    "python-urllib",
    "unirest-java/",
)
_GATEWAY_FORBIDDEN = Page(
    403,
    _nginx("403 Forbidden", _APPLICATION_GATEWAY),
    {**_HTML, "Server": _APPLICATION_GATEWAY},
)
FRONTS = (
    Front(
        "application-gateway",
        "Application Gateway v2 passes every request on; its responses keep the app's `Server`.",
        "request headers: Azure documentation, application-gateway how-application-gateway-works",
        adds=_GATEWAY_ADDS,
    ),
    Front(
        "application-gateway-502",
        "Application Gateway v2 has no healthy backend: 502.",
        "Azure documentation, application-gateway-troubleshooting-502; Azure/static-web-apps#641",
        page=Page(
            502,
            _nginx("502 Bad Gateway", _APPLICATION_GATEWAY),
            {**_HTML, "Server": _APPLICATION_GATEWAY},
        ),
    ),
    Front(
        "waf",
        "A web application firewall on Application Gateway v2 rejects User-Agents of scripting"
        " libraries (403) and passes other requests on.",
        "OWASP core rule set, rule 913101 and `scripting-user-agents.data`; whole page captured,"
        " 179 bytes",
        adds=_GATEWAY_ADDS,
        page=_GATEWAY_FORBIDDEN,
        user_agents=_SCRIPTS,
    ),
    Front(
        "waf-403",
        "The same firewall rejects every request: 403.",
        "whole page captured, 179 bytes; dfe-analytical-services/explore-education-statistics#5365",
        page=_GATEWAY_FORBIDDEN,
    ),
    Front(
        "front-door",
        "Front Door passes every request on, and puts `x-azure-ref` on every response.",
        "Azure documentation, front-door-http-headers-protocol; captured response headers",
        headers=_FRONT_DOOR,
        adds=_FRONT_DOOR_ADDS,
    ),
    Front(
        "front-door-403",
        "The firewall of Front Door rejects every request: 403 “The request is blocked.”",
        "page captured; headers: projectdiscovery/nuclei-templates#12737",
        headers=_FRONT_DOOR,
        page=Page(403, _front_door("The request is blocked."), _HTML),
    ),
    Front(
        "front-door-503",
        "Front Door can't reach the app: 503 “Our services aren't available right now”.",
        "sentence captured; the markup is that of the 403",
        headers=_FRONT_DOOR,
        page=Page(503, _front_door("Our services aren't available right now"), _HTML),
    ),
    Front(
        "cloudflare",
        "Cloudflare passes every request on, and puts its own `Server` on every response.",
        "developers.cloudflare.com, HTTP headers",
        headers=_CLOUDFLARE,
        adds=_CLOUDFLARE_ADDS,
    ),
    Front(
        "cloudflare-403",
        "Cloudflare rejects every request: 403, `error code: 1020`.",
        "body captured, as clients without `Accept: text/html` get it",
        headers=_CLOUDFLARE,
        page=Page(403, "error code: 1020", {"Content-Type": "text/plain; charset=UTF-8"}),
    ),
    Front(
        "cloudflare-522",
        "Cloudflare can't connect to the app: 522.",
        "status: developers.cloudflare.com, error 522; the body follows the pattern of the 403",
        headers=_CLOUDFLARE,
        page=Page(522, "error code: 522", {"Content-Type": "text/plain; charset=UTF-8"}),
    ),
    Front(
        "https-redirect",
        "A load balancer takes every request for plain HTTP and redirects it to HTTPS, for ever:"
        " 301.",
        "projectkudu/kudu#3207",
        page=Page(301, "", {"Location": "https://$host$target"}),
    ),
    Front(
        "oauth2-proxy",
        "oauth2-proxy asks everybody to sign in, callers with a bearer token too: 403 with its"
        " sign-in page.",
        "the page's source: oauth2-proxy/oauth2-proxy, pkg/app/pagewriter/sign_in.html, shortened",
        page=Page(
            403,
            '<!DOCTYPE html>\n<html lang="en" charset="utf-8">\n  <head>\n'
            "    <title>Sign In</title>\n  </head>\n"
            '  <body class="has-background-light">\n'
            '      <form method="GET" action="/oauth2/start">\n'
            '        <input type="hidden" name="rd" value="/">\n'
            '          <button type="submit" class="button block is-primary">Sign in with OpenID'
            " Connect</button>\n      </form>\n"
            '      <p>Secured with <a href="https://github.com/oauth2-proxy/oauth2-proxy'
            '#oauth2_proxy" class="has-text-grey">OAuth2 Proxy</a> version v7.6.0</p>\n'
            "  </body>\n</html>\n",
            {
                "Content-Type": "text/html; charset=utf-8",
                "Set-Cookie": "_oauth2_proxy=; Path=/; HttpOnly",
            },
        ),
    ),
    Front(
        "cloudflare-access",
        "Cloudflare Access asks everybody to sign in: 302 to its login page.",
        "reconstructed from developers.cloudflare.com, Cloudflare One, Access",
        headers=_CLOUDFLARE,
        page=Page(
            302,
            "",
            {
                "Location": (
                    "https://team.cloudflareaccess.com/cdn-cgi/access/login/$host?redirect_url=%2F"
                ),
                "WWW-Authenticate": (
                    'Cloudflare-Access resource_metadata="https://$host'
                    '/.well-known/cloudflare-access-protected-resource/"'
                ),
            },
        ),
    ),
)
"""What can stand in front of an app."""
BY_STATE = {each.name: each for each in STATES}
BY_FRONT = {each.name: each for each in FRONTS}
