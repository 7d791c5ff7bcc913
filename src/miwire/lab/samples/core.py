"""
The core API: calls the integration API, with a token (`/?auth=1`) or without (`/?auth=0`).

One `DefaultAzureCredential` lives as long as the process: its token cache is the cache that the
article asks for, and a new credential per request would throw it away. Inside App Service it
signs in as the app's managed identity. The app settings are `INTEGRATION_URL` and
`INTEGRATION_SCOPE`; the README beside this file says why nothing else tells the scope.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from azure.core.exceptions import AzureError
from azure.identity.aio import DefaultAzureCredential
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep one credential and one HTTP client for the life of the process."""
    async with DefaultAzureCredential() as credential, httpx.AsyncClient(timeout=20) as client:
        app.state.credential, app.state.client = credential, client
        yield


async def bearer(app: Starlette) -> dict[str, str]:
    """Return the Authorization header for the integration API."""
    scope = os.environ.get("INTEGRATION_SCOPE", "").strip()
    if not scope:
        raise ValueError(
            "Set the app setting INTEGRATION_SCOPE to the scope of the integration API, "
            "such as api://<client id>/.default."
        )
    token = await app.state.credential.get_token(scope)
    return {"Authorization": f"Bearer {token.token}"}


async def call(request: Request) -> Response:
    """Call the integration API and relay its status and body; 500 where that fails."""
    url = os.environ.get("INTEGRATION_URL", "")
    try:
        authenticated = request.query_params.get("auth") == "1"
        headers = await bearer(request.app) if authenticated else {}
        answer = await request.app.state.client.get(url, headers=headers)
    except (AzureError, ValueError) as error:
        return JSONResponse({"error": "no token", "reason": str(error)}, 500)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return JSONResponse({"error": "no answer", "reason": str(error)}, 500)
    media_type = answer.headers.get("content-type")
    return Response(answer.content, answer.status_code, media_type=media_type)


app = Starlette(routes=[Route("/", call)], lifespan=lifespan)
