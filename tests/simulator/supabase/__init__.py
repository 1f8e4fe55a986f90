"""The stand-in for Supabase Realtime."""
