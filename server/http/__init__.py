"""GraphQL over HTTP, WebSocket and server-sent events: requests in, bytes out.

Starlette and uvicorn live only here. Nothing here knows a domain, a table or a GraphQL type: what a request means is
decided behind the `Gateway` protocol, and the bytes it returns are passed on unread.
"""
