"""
miwire with its imports done: every command line runs in a fork of this process.

It is started with the number of a socket. A request is its length in eight digits, then JSON
(arguments, environment, folder, longest pause), with the three standard streams; the answer is an
exit code and the most memory that the fork had, in KiB where the kernel counts so.
"""

import gc
import importlib
import json
import os
import socket
import sys
import time
from functools import partial

from miwire.azure.waiter import Waiter
from miwire.cli import options
from miwire.cli.main import run
from miwire.cli.root import COMMANDS, loaded

SDKS = (
    *("azure.identity", "azure.mgmt.authorization", "azure.mgmt.web", "msgraph"),
    *("cryptography", "filelock", "httpx", "jwt", "platformdirs", "requests", "rich.table"),
    *("miwire.azure.arm", "miwire.azure.directory", "miwire.azure.sites", "miwire.azure.web"),
)


def received(channel):
    """Return the next request and its streams; None: nobody asks any more."""
    head, streams, _, _ = socket.recv_fds(channel, 8, 3)
    if not head:
        return None
    raw = b""
    while len(raw) < int(head):
        raw += channel.recv(int(head) - len(raw))
    return json.loads(raw), streams


def become(request, streams):
    """Make this process what an interpreter is that was started for the request."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[1:] = request["arguments"]
    longest = request["longest_pause"]
    if longest is not None:
        options.Waiter = partial(Waiter, pause=lambda seconds: time.sleep(min(seconds, longest)))


def serve(channel):
    """Fork for each request and answer how the fork ended; return in a fork, or at the end."""
    while asked := received(channel):
        request, streams = asked
        child = os.fork()
        if not child:
            channel.close()
            become(request, streams)
            return True
        for stream in streams:
            os.close(stream)
        _, status, used = os.wait4(child, 0)
        channel.sendall(b"%8d%12d" % (os.waitstatus_to_exitcode(status), used.ru_maxrss))
    return False


for name in COMMANDS:
    loaded(name)
for name in SDKS:
    importlib.import_module(name)
gc.freeze()
if serve(socket.socket(fileno=int(sys.argv[1]))):
    run()
