"""Many streams at once: users, their sessions, real commits, and the scenarios over them."""
