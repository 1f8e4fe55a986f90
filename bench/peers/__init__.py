"""Other ways to bring events from Redis to a browser, each a small program as its own documentation writes it."""
