import socket
import time

from support.http.scripted_server import scripted_server

HEAD = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_response_follows_the_whole_request() -> None:
    with scripted_server([RESPONSE]) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(HEAD)
            time.sleep(0.05)  # the server receives the head alone
            client.sendall(b"body")
            assert client.recv(1024) == RESPONSE
    assert server.requests == [[HEAD + b"body"]]
