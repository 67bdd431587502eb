"""A CKAN in memory: the actions that publishing uses, with their refusals, on loopback.

It is as strict as the real one where publishing depends on it: names are unique, a revision's
lists are merged place by place, and a table without its key refuses.
"""

import copy
import gzip
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "fake-token-that-must-not-leak"
SCHEMA = (
    "title",
    "name",
    "notes",
    "contact",
    "publisher",
    "modified",
    "identifier",
    "frequency",
    "provenance",
    "temporal_coverage",
    "spatial_coverage",
    "theme",
    "series",
    "language",
    "applicable_legislation",
    "title_en",
    "notes_en",
)


# What everybody may read.
_PUBLIC = ("package_show", "datastore_search", "package_search")


class RefusalError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, kind: str, message: Any) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


class Store:
    """Everything that the portal holds; one lock, as one worker would have it."""

    def __init__(self, *, scheming: bool = True, extension: bool = True) -> None:
        self.scheming, self.extension = scheming, extension
        self.lock = threading.RLock()
        self.packages: dict[str, dict[str, Any]] = {}
        self.organizations: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.views: dict[str, int] = {}
        self.charts: dict[str, list[dict[str, Any]]] = {}

    def package_search(self, data: dict[str, Any]) -> Any:
        found = sorted(self.packages.values(), key=lambda one: one["name"])
        start = data.get("start", 0)
        return {"count": len(found), "results": found[start : start + data["rows"]]}

    def package_show(self, data: dict[str, Any]) -> Any:
        if data["id"] not in self.packages:
            raise RefusalError(404, "Not Found Error", "Nicht gefunden")
        return self.packages[data["id"]]

    def package_create(self, data: dict[str, Any]) -> Any:
        if data["name"] in self.packages:
            raise RefusalError(409, "Validation Error", {"name": ["bereits vergeben"]})
        made = {**data, "id": str(uuid.uuid4())}
        made["resources"] = [{**one, "id": str(uuid.uuid4())} for one in data["resources"]]
        self._finish(made)
        self.packages[made["name"]] = made
        return made

    def _finish(self, made: dict[str, Any]) -> None:
        organization = self.organizations.get(made["owner_org"])
        if organization is None:
            found = [o for o in self.organizations.values() if o["id"] == made["owner_org"]]
            if not found:
                raise RefusalError(409, "Validation Error", {"owner_org": ["gibt es nicht"]})
            (organization,) = found
        made["owner_org"], made["organization"] = organization["id"], organization
        for group in made.get("groups", ()):
            if group["name"] not in self.groups:
                raise RefusalError(409, "Validation Error", {"groups": ["gibt es nicht"]})
        if not self.scheming:
            unknown = set(made) & set(SCHEMA) - {"title", "name", "notes"}
            for field in unknown:
                del made[field]

    def package_revise(self, data: dict[str, Any]) -> Any:
        made = json.loads(json.dumps(self.package_show({"id": data["match__name"]})))
        for pattern in _parsed(data.get("filter", "[]")):
            gone = pattern.removeprefix("-")
            made.pop(gone, None)
            made["resources"] = [
                one for one in made["resources"] if gone != f"resources__{one['id']}"
            ]
        _merge(made, _parsed(data.get("update", "{}")))
        new = _parsed(data.pop("update__resources__extend", "[]"))
        made["resources"] += [{**one, "id": str(uuid.uuid4())} for one in new]
        for key in sorted(data):
            if not key.startswith("update__resources__"):
                continue
            resource_id, _, upload = key.removeprefix("update__resources__").partition("__")
            if resource_id.startswith("-"):
                resource_id = made["resources"][int(resource_id)]["id"]
            (resource,) = (one for one in made["resources"] if one["id"] == resource_id)
            if upload:
                name, body = data[key]
                self.files[resource_id] = body
                resource["url"] = f"/download/{resource_id}/{name}"
            else:
                _merge(resource, _parsed(data[key]))
        self._finish(made)
        self.packages[made["name"]] = made
        return {"package": {"id": made["id"]}}

    def organization_list(self, data: dict[str, Any]) -> Any:
        return list(self.organizations.values())[data["offset"] :][:25]

    def group_list(self, data: dict[str, Any]) -> Any:
        return list(self.groups.values())[data["offset"] :][:25]

    def organization_create(self, data: dict[str, Any]) -> Any:
        return _named(self.organizations, data)

    def organization_patch(self, data: dict[str, Any]) -> Any:
        self.organizations[data["id"]].update(
            {key: value for key, value in data.items() if key != "id"}
        )
        return self.organizations[data["id"]]

    def group_create(self, data: dict[str, Any]) -> Any:
        return _named(self.groups, data)

    def organization_show(self, data: dict[str, Any]) -> Any:
        return self.organizations[data["id"]]

    def group_show(self, data: dict[str, Any]) -> Any:
        return self.groups[data["id"]]

    def scheming_dataset_schema_show(self, data: dict[str, Any]) -> Any:
        if not self.scheming:
            raise RefusalError(400, "Bad Request", "Action name not known")
        return {"dataset_fields": [{"field_name": name} for name in SCHEMA]}

    def package_create_default_resource_views(self, data: dict[str, Any]) -> Any:
        for one in data["package"]["resources"]:
            self.views[one["id"]] = 1
        return []

    def resource_view_list(self, data: dict[str, Any]) -> Any:
        return self.charts.get(data["id"], [])

    def resource_view_create(self, data: dict[str, Any]) -> Any:
        if not self.extension:
            said = {"view_type": f"No plugin found for view_type {data['view_type']}"}
            raise RefusalError(409, "Validation Error", said)
        self.charts.setdefault(data["resource_id"], []).append({**data, "id": str(uuid.uuid4())})
        return self.charts[data["resource_id"]][-1]

    def resource_view_update(self, data: dict[str, Any]) -> Any:
        found = next(one for one in self.charts[data["resource_id"]] if one["id"] == data["id"])
        found.update(data)
        return found

    def datastore_create(self, data: dict[str, Any]) -> Any:
        table = self.tables.setdefault(data["resource_id"], {"rows": {}, "fields": []})
        old = {field["id"]: field["type"] for field in table["fields"]}
        # As CKAN: the type of a column that exists stays what it is, and nobody is told.
        table["fields"] = [
            {**field, "type": old.get(field["id"], field["type"])} for field in data["fields"]
        ]
        table["key"] = data["primary_key"]
        return {}

    def _table(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["resource_id"] not in self.tables:
            raise RefusalError(404, "Not Found Error", "Ressource nicht gefunden")
        return self.tables[data["resource_id"]]

    def datastore_upsert(self, data: dict[str, Any]) -> Any:
        table = self._table(data)
        names = {field["id"]: None for field in table["fields"]}
        rows = dict(table["rows"])
        for record in data["records"]:
            if set(record) - set(names):
                raise RefusalError(409, "Validation Error", {"fields": ["do not exist"]})
            key = tuple(record[name] for name in table["key"])
            if data["method"] == "update" and key not in rows:
                raise RefusalError(409, "Validation Error", {"key": ["not found"]})
            rows[key] = {**rows.get(key, names), **record}
        table["rows"] = rows
        return {}

    def help_show(self, data: dict[str, Any]) -> Any:
        if data["name"] == "seehaus_publish" and not self.extension:
            raise RefusalError(404, "Not Found Error", "Nicht gefunden")
        return "Hilfe"

    def user_show(self, _: dict[str, Any]) -> Any:
        return {"name": "publisher"}

    def seehaus_publish(self, data: dict[str, Any]) -> Any:
        """Our extension's action: everything or nothing."""
        if not self.extension:
            raise RefusalError(400, "Bad Request", "Action name not known")
        revision = {
            key: value
            for key, value in data.items()
            if key not in {"resource_id", "rows", "table", "count"}
        }
        it, tables = data["resource_id"], copy.deepcopy(self.tables.get(data["resource_id"]))
        try:
            self._change(it, data)
            return self.package_revise(revision)
        except RefusalError:
            self.tables.pop(it, None)
            if tables is not None:
                self.tables[it] = tables
            raise

    def _change(self, it: str, data: dict[str, Any]) -> None:
        if "table" in data:
            wanted = json.loads(data["table"])
            key, fields = wanted["primary_key"], wanted["fields"]
            self.tables[it] = {"rows": {}, "fields": fields, "key": key}
        table = self.tables.get(it)
        if table is None:
            raise RefusalError(409, "Validation Error", {"rows": ["no table"]})
        for line in gzip.decompress(data["rows"][1]).splitlines():
            operation, _, records = json.loads(line)
            if operation == "delete":
                for record in records:
                    table["rows"].pop(tuple(record[name] for name in table["key"]), None)
                continue
            method = {"insert": "upsert", "update": "update"}[operation]
            try:
                self.datastore_upsert({"resource_id": it, "method": method, "records": records})
            except RefusalError as refusal:
                raise RefusalError(409, "Validation Error", {"rows": [refusal.message]}) from None
        if len(table["rows"]) != int(data["count"]):
            raise RefusalError(409, "Validation Error", {"rows": ["another count"]})

    def datastore_records_delete(self, data: dict[str, Any]) -> Any:
        table = self._table(data)
        wanted = {
            key: value if isinstance(value, list) else [value]
            for key, value in data["filters"].items()
        }
        for key, row in list(table["rows"].items()):
            if all(row[name] in values for name, values in wanted.items()):
                del table["rows"][key]
        return {}

    def datastore_delete(self, data: dict[str, Any]) -> Any:
        self._table(data)
        del self.tables[data["resource_id"]]
        return {}

    def datastore_search(self, data: dict[str, Any]) -> Any:
        table = self._table(data)
        rows = list(table["rows"].values())
        names = data.get("fields") or [field["id"] for field in table["fields"]]
        start = data.get("offset", 0)
        page = rows[start : start + data.get("limit", 100)]
        records = [{name: row[name] for name in names} for row in page]
        return {"total": len(rows), "records": records, "fields": table["fields"]}


def _named(store: dict[str, dict[str, Any]], data: dict[str, Any]) -> Any:
    if data["name"] in store:
        raise RefusalError(409, "Validation Error", {"name": ["bereits vergeben"]})
    store[data["name"]] = {**data, "id": str(uuid.uuid4())}
    return store[data["name"]]


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _merge(old: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, list) and isinstance(old.get(key), list):
            old[key] = value + old[key][len(value) :]
        else:
            old[key] = value


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "FakeCkan"

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""

    def do_GET(self) -> None:
        resource_id = self.path.split("/")[2]
        with self.server.store.lock:
            body = self.server.store.files.get(resource_id)
        self._answer(200 if body is not None else 404, body or b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.path.rsplit("/", 1)[1]
        if self.headers["Authorization"] != self.server.token and action not in _PUBLIC:
            return self._fail(403, "Authorization Error", "Zugriff verweigert")
        if len(body) < int(self.headers["Content-Length"]):
            # The sender went away in the middle of the body: nothing is done.
            self.close_connection = True
            return None
        for status in self.server.stumble:
            self.server.stumble.remove(status)
            return self._answer(status, b"<html>Bad Gateway</html>")
        if answer := self.server.refuse(action):
            return self._answer(*answer)
        try:
            with self.server.store.lock:
                result = getattr(self.server.store, action)(self._data(body))
                text = json.dumps({"success": True, "result": result}).encode()
        except RefusalError as refusal:
            return self._fail(refusal.status, refusal.kind, refusal.message)
        return self._answer(200, text)

    def _data(self, body: bytes) -> dict[str, Any]:
        if self.headers.get_content_type() == "application/json":
            return json.loads(body)
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        data: dict[str, Any] = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            file_name = part.get_filename()
            data[name] = (file_name, content) if file_name else content.decode()
        return data

    def _fail(self, status: int, kind: str, message: Any) -> None:
        error = message if isinstance(message, dict) else {"message": message}
        text = json.dumps({"success": False, "error": {"__type": kind, **error}})
        self._answer(status, text.encode())

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class FakeCkan(ThreadingHTTPServer):
    """The server, in a thread.

    ``stumble`` holds statuses to answer next, whatever is asked; ``refuse`` may answer an action in
    the store's place with status, body and headers.
    """

    daemon_threads = True

    def __init__(self, *, scheming: bool = True, extension: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = Store(scheming=scheming, extension=extension)
        self.token = TOKEN
        self.stumble: list[int] = []
        self.refuse: Callable[[str], tuple[int, bytes, Mapping[str, str]] | None] = lambda _: None
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()
