"""Who may speak over tcp: keys, key files, and lists of keys that change while sockets listen."""
