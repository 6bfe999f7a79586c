"""A provider of text messages on this machine: it keeps what it is sent, and answers as it is told."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FakeProvider:
    """``status`` and ``body`` are answered; ``drops``: it closes without a word; ``hangs``: it never answers."""

    url: str = ""
    status: int = 201
    body: object = field(default_factory=dict)
    drops: bool = False
    hangs: bool = False
    asked: list = field(default_factory=list)


@contextmanager
def fake_provider():
    fake, over = FakeProvider(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # the standard library's name
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fake.asked.append((self.path, dict(self.headers), sent))
            if fake.hangs:
                over.wait(20)
            if fake.drops or fake.hangs:
                self.close_connection = True
                return
            body = fake.body if isinstance(fake.body, bytes) else json.dumps(fake.body).encode()
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        over.set()
        server.shutdown()
        server.server_close()
