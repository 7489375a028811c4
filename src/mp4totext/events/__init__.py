"""The event log and the hub that sends it to WebSocket and SSE clients."""
