"""A service of Azure answers with a redirect: nothing that was sent to it goes anywhere else."""

import socketserver
import threading

import pytest

SECRET = "hunter2-Zq9-precious"
GRANT = ("grant", "core", "integration", "--scope-setting", "INTEGRATION_SCOPE", "--yes")
CONNECT = ("connect", "core", "integration", "--yes", "--no-wait")
PROBE = ("probe", "integration", "--with-token")


class Recorder(socketserver.StreamRequestHandler):
    """Keeps what is sent to it, and says that all is well."""

    def handle(self):
        received = self.rfile.readline()
        length = 0
        while (line := self.rfile.readline()).strip():
            received += line
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.server.received.append(received + self.rfile.read(length))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


@pytest.fixture
def elsewhere():
    """A host of somebody else's, over http so that it can read everything."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


REQUESTS = {
    "the write of all app settings": ("arm", "PUT", "config/appsettings", GRANT),
    "the read of all app settings": ("arm", "POST", "config/appsettings/list", GRANT),
    "a read of ARM": ("arm", "GET", r"Microsoft\.Web/sites", GRANT),
    "the write of the authentication settings": ("arm", "PUT", "authsettingsV2", CONNECT),
    "a batch of Graph": ("graph", "POST", r"\$batch", GRANT),
    "a write of Graph": ("graph", "PATCH", "applications", CONNECT),
    "the identity endpoint": ("identity", "GET", "", PROBE),
}


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("request_of", REQUESTS.values(), ids=REQUESTS)
def test_a_redirect_is_not_followed_and_changes_nothing(quick, lab, elsewhere, request_of, status):
    service, method, path, words = request_of
    lab.reset("wired" if words is GRANT else "story")
    lab.put_app_settings("core", DB_PASSWORD=SECRET)
    to = f"http://127.0.0.1:{elsewhere.server_address[1]}/stolen"
    effect = {"status": status, "headers": {"Location": to}}
    lab.faults({"rules": [{"service": service, "method": method, "path": path, "effect": effect}]})
    ended = quick(*words, "-o", "json")

    assert [] == elsewhere.received
    assert 6 == ended.code, ended.out + ended.err
    assert f"a redirect ({status})" in ended.document["error"]["message"]
    assert "stolen" not in ended.document["error"]["message"]
    assert SECRET not in ended.out + ended.err
