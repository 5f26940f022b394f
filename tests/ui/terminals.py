"""A pseudo-terminal whose one end is a text stream, as sys.stdout is on a real one."""

import contextlib
import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Terminal:
    """``stream`` is what the program writes to; ``shown`` is what arrived, once it is closed."""

    stream: TextIO
    received: bytearray = field(default_factory=bytearray)

    @property
    def shown(self) -> str:
        return self.received.decode().replace("\r\n", "\n")


@contextlib.contextmanager
def terminal(columns: int, encoding: str = "utf-8") -> Iterator[Terminal]:
    """A terminal of this width; read ``shown`` after the block."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    end = Terminal(os.fdopen(slave, "w", encoding=encoding, newline=""))

    def drain() -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while data := os.read(master, 65536):
                end.received.extend(data)

    reader = threading.Thread(target=drain)
    reader.start()
    try:
        yield end
    finally:
        end.stream.close()
        reader.join()
        os.close(master)
