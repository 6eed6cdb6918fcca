"""A pasted URL becomes the message to send."""

__version__ = "0.1.0"
