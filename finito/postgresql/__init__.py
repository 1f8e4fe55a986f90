"""Django's PostgreSQL backend, which keeps a connection only while it serves its purpose (docs/adr/0023)."""
