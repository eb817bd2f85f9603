"""Fleet: the device register of a shared council IT service."""

__version__ = "0.1.0"
