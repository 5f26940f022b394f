"""Credential helpers of docker: programs ``docker-credential-NAME`` that keep logins.

As github.com/docker/docker-credential-helpers has it, ``get`` takes a registry on standard input and answers
``{"Username": …, "Secret": …}``.
"""

import json
import os
import signal
import subprocess
from collections.abc import Mapping

from migrate_dhi.errors import CredentialsError
from migrate_dhi.record import record
from migrate_dhi.regex import regex

SECONDS = 10.0
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LARGEST = 1_000_000


@record
class Helper:
    """One helper by its name, and the file that names it."""

    name: str
    file: str
    environment: Mapping[str, str]
    seconds: float = SECONDS

    def get(self, server: str) -> tuple[str, str] | None:
        """User and secret for a registry, or None where the helper keeps none; raises CredentialsError."""
        if not _NAME.fullmatch(self.name):
            raise self._failed("its name is none of a program")
        try:
            with subprocess.Popen(
                [self.program, "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(self.environment),
                start_new_session=True,
            ) as process:
                answer = self._answer(process, server)
        except OSError as error:
            raise self._failed(error.strerror or "it does not start") from error
        if process.returncode:
            # Helpers say so in words, all in about the same ones.
            if b"not found" in answer or not answer.strip():
                return None
            raise self._failed(f"it ends with {process.returncode}")
        return self._read(answer)

    @property
    def program(self) -> str:
        """The name of the program."""
        return f"docker-credential-{self.name}"

    def _answer(self, process: subprocess.Popen[bytes], server: str) -> bytes:
        try:
            return process.communicate(server.encode(), timeout=self.seconds)[0][:_LARGEST]
        except subprocess.TimeoutExpired as error:
            # It may wait for a password in a window that nobody sees, and have started others.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise self._failed(f"it does not answer within {self.seconds:g} seconds") from error
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise

    def _read(self, answer: bytes) -> tuple[str, str] | None:
        try:
            data = json.loads(answer)
            user, secret = str(data.get("Username") or ""), str(data.get("Secret") or "")
        except (ValueError, AttributeError):
            raise self._failed("its answer is no JSON") from None
        return (user, secret) if secret else None

    def _failed(self, why: str) -> CredentialsError:
        return CredentialsError(
            f"{self.program} cannot be asked for credentials: {why}",
            where=self.file,
            help=f"put {self.program} in order or on the PATH, or take it out of the file and log in again",
        )
