"""Django's PostgreSQL, with connections that are kept only while they can do what they are for (docs/adr/0023)."""
