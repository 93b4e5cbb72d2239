#: The version of this package; the service has one of its own.
__version__ = "0.1.0"
