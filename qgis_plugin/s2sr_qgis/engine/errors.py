# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong between the plug-in and the engine. Every message is a sentence for the user."""

# Status codes of the engine that are treated in a way of their own.
RUNTIME = 5  # S2SR_ERROR_RUNTIME: ONNX Runtime is not there or cannot do what is asked
CANCELLED = 7  # S2SR_ERROR_CANCELLED


class EngineError(Exception):
    """The engine refused or failed; `code` is its status code, 0 when it was never reached."""

    def __init__(self, message, code=0):
        super().__init__(message)
        self.code = code


class EngineCancelled(EngineError):
    """The progress callback asked the engine to stop, and it did."""


class EngineNotFound(EngineError):
    """No engine in any of the places looked at."""


class EngineUnusable(EngineError):
    """A library was found, but it cannot be loaded or has another ABI number."""
