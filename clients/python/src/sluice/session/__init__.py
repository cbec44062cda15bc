"""What each pattern decides, without sockets, threads or a clock: frames and times in, frames out."""
