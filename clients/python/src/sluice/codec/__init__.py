"""The interop profile of msgpack: what travels, and what is refused at either end."""
