"""Let one Azure App Service call another safely, and prove it."""


def __getattr__(name: str) -> str:
    """Read the version only when somebody asks: metadata costs start-up time."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("miwire")
    raise AttributeError(name)
