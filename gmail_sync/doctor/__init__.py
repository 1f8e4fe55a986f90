"""What stands between Gmail and us, looked at one by one; each fault with the command or page that mends it."""
