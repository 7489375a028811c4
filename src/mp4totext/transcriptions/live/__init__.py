"""Sound while it is spoken: sessions, the socket, and the work that hears them."""
