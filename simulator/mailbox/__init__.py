"""One mailbox as Gmail keeps it, and the mail that arrives there; no HTTP."""
