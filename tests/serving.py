"""A server on the loopback, for the length of a block."""

import contextlib
import http.server
import threading


@contextlib.contextmanager
def serving(handler, tls=None):
    """Answer with a handler, which logs nothing; gives the port.

    Args:
        handler: a class of handlers.
        tls: the context to speak TLS with.
    """

    class Quiet(handler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    # Clients that go away in the middle are what some tests are about.
    server.handle_error = lambda *_: None
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    # Half a second, which it looks for its end in by itself, is much in a test.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
