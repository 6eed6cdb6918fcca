"""A page's pictures: which one serves a card, what it is, and a copy of it that a channel takes."""
