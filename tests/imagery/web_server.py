"""A web server of a folder, run as a process of its own: GDAL may wait while holding Python up.

It answers ranges of bytes as shops of images do. What the first folder of an address says happens:
/denied/ is 403, /broken/ is 500, /dying/ closes the connection after the first 16 KiB of a file,
/hanging/ then says nothing, /bucket/ serves as S3 does. Every request is a line of the log.
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR

_FIRST = 16 * 1024


class _Server(ThreadingHTTPServer):
    def __init__(self, folder: Path, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.log = folder, log


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, with_body: bool) -> None:
        asked = self.headers.get("Range", "")
        with self.server.log.open("a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {asked}\n")
        _, fate, *rest = self.path.split("?")[0].split("/")
        if fate in ("denied", "broken"):
            self.send_error(403 if fate == "denied" else 500)
            return
        path = self.server.folder / "/".join(rest)
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, stop = int(first or 0), min(int(last or len(content)) + 1, len(content))
        if with_body and start >= _FIRST and fate == "dying":
            self.connection.shutdown(SHUT_RDWR)
            return
        if with_body and start >= _FIRST and fate == "hanging":
            time.sleep(60)
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{hash(content)}"')
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        if with_body:
            self.wfile.write(content[start:stop])


if __name__ == "__main__":
    server = _Server(*map(Path, sys.argv[1:]))
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
