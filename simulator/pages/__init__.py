"""Pages for people: plain HTML forms."""
