"""Supabase Realtime, small: broadcasts over HTTP and Phoenix's WebSocket, answered as supabase/realtime does.

Each file names the server's files that it follows, in brackets.
"""
