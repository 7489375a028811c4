"""Pictures: cards, frames of recordings, pictures of vendors, and people's own."""
