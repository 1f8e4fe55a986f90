"""Judges any Supabase project from outside: `python -m tests.conformance.supabase`."""
