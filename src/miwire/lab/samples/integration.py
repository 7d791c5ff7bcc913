"""
The integration API: items in a SQLite file, to be read and changed over HTTP.

It knows nothing of tokens: App Service Authentication in front of it decides who gets here.
"""

import json
import os
import sqlite3
from contextlib import closing, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def run(statement: str, *values: object) -> list[dict[str, object]]:
    """Run one SQL statement in a transaction of its own and return its rows."""
    with closing(sqlite3.connect(os.environ.get("DATABASE_PATH", "items.db"))) as database:
        database.row_factory = sqlite3.Row
        with database:
            return [dict(row) for row in database.execute(statement, values)]


def prepare() -> None:
    """Create the table, with three items in it if it is new."""
    run("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    if not run("SELECT 1 FROM items LIMIT 1"):
        run("INSERT INTO items (name) VALUES ('anvil'), ('bellows'), ('chisel')")


def one(rows: list[dict[str, object]]) -> Response:
    """Answer with the one row, or with 404."""
    if not rows:
        raise HTTPException(404, "no such item")
    return JSONResponse(rows[0])


async def name_in(request: Request) -> str:
    """Return the `name` that the request's JSON gives, or answer 400."""
    with suppress(ValueError):
        match json.loads(await request.body()):
            case {"name": str(name)} if name.strip():
                return name.strip()
    raise HTTPException(400, 'send a JSON object like {"name": "anvil"}')


async def items(request: Request) -> Response:
    """List the items (GET), or add one (POST)."""
    if request.method == "POST":
        name = await name_in(request)
        (item,) = run("INSERT INTO items (name) VALUES (?) RETURNING id, name", name)
        return JSONResponse(item, 201, {"Location": f"/items/{item['id']}"})
    return JSONResponse({"items": run("SELECT id, name FROM items ORDER BY id")})


async def item(request: Request) -> Response:
    """Read (GET), rename (PUT) or remove (DELETE) one item."""
    key = request.path_params["id"]
    match request.method:
        case "PUT":
            change = "UPDATE items SET name = ? WHERE id = ? RETURNING id, name"
            return one(run(change, await name_in(request), key))
        case "DELETE":
            return one(run("DELETE FROM items WHERE id = ? RETURNING id, name", key))
        case _:
            return one(run("SELECT id, name FROM items WHERE id = ?", key))


prepare()
app = Starlette(
    routes=[
        Route("/", items, methods=["GET"]),
        Route("/items", items, methods=["GET", "POST"]),
        Route("/items/{id}", item, methods=["GET", "PUT", "DELETE"]),
    ]
)
