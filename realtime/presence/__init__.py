"""Who has a room on a screen now. A room is an opaque text; its rows expire by the database's clock."""
