# SPDX-License-Identifier: MIT OR Apache-2.0
"""What can go wrong between Python and the engine. Every message is a sentence for the user."""

# Status codes of the engine that are treated in a way of their own.
RUNTIME = 5  # S2SR_ERROR_RUNTIME: ONNX Runtime is not there or cannot do what is asked
CANCELLED = 7  # S2SR_ERROR_CANCELLED


class EngineError(Exception):
    """The engine refused or failed; `code` is its status code, 0 when it was never reached."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message, code)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class ArgumentError(EngineError, ValueError):
    """An argument that makes no sense."""


class OptionError(EngineError, ValueError):
    """An unknown option, or a value that it does not take."""


class InputError(EngineError, ValueError):
    """A product or bands that cannot be read, or that lack what the work needs."""


class ModelError(EngineError):
    """A network that is missing, altered, or without a valid contract."""


class RuntimeFailure(EngineError, RuntimeError):
    """ONNX Runtime, the device or the system: not found, refused, failed."""


class OutputError(EngineError):
    """A result that cannot be written."""


class EngineCancelled(EngineError):
    """The progress callback asked the engine to stop, and it did."""


class EngineNotFound(EngineError):
    """No engine in any of the places looked at."""


class EngineUnusable(EngineError):
    """A library was found, but it cannot be loaded or has another ABI number."""


BY_CODE = {
    1: ArgumentError,
    2: OptionError,
    3: InputError,
    4: ModelError,
    RUNTIME: RuntimeFailure,
    6: OutputError,
    CANCELLED: EngineCancelled,
}
