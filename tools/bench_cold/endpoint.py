"""Answers in place of AWS: an empty table, both secrets, the keys of a caller, and a queue that takes everything.

A start is measured by its processor time, so what is asked of AWS has to be answered at once and in the right form.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What the door knows of the caller that sent events/webhooks/twilio_status.json.
CALLER: dict[str, Any] = {
    "version": "1",
    "settings": {
        "accountSid": "AC00000000000000000000000000000001",
        "webhookUrl": "https://api.example.com/webhooks/twilio/status",
    },
    "keys": [{"values": {"authToken": "12345"}, "until": None}],
}

#: What each operation answers.
ANSWERS: dict[str, Any] = {
    "GetItem": {},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "SendMessage": {"MessageId": "1", "MD5OfMessageBody": ""},
    "SendMessageBatch": {"Successful": [], "Failed": []},
    "GetParameter": {"Parameter": {"Name": "caller", "Value": json.dumps(CALLER)}},
}

#: Both secrets, as the template generates them.
SECRETS = {"root": "0123456789abcdef" * 4, "bootstrap": json.dumps({"id": "bootstrap", "secret": "a" * 43})}


class _Aws(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answers one call of the JSON protocols, by the operation that its header names."""
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        operation = self.headers.get("x-amz-target", "").rpartition(".")[2]
        answer = ANSWERS.get(operation, {})
        if operation == "GetSecretValue":
            answer = {"ARN": body["SecretId"], "Name": body["SecretId"], "SecretString": SECRETS[body["SecretId"]]}
        payload = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def answering() -> Iterator[str]:
    """Yields the address of the stand-in while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Aws)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
