"""Frames of each pattern: made and read, without sockets and without state."""
