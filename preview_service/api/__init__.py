"""HTTP: nothing below knows that it exists."""
