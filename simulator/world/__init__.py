"""Everything that the simulator knows of Google beside the mail itself; no HTTP, and nothing of those who speak it."""
