"""ZeroMQ sockets under a core: opened by their bounds, read until empty, never waited on here."""
