"""The doctor: probes all that stands between Gmail and us, and names the command or page that mends each fault."""
