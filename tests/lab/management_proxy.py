"""A provider's management API: the lab's, which answers on the loopback alone, behind TLS.

Runs on a broker's host, with the address to listen on as its argument.
"""

import asyncio
import ssl
import sys

CERTIFICATE = "/etc/celeriac/tls/rabbitmq"


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", 15672)
    await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))


async def main() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(f"{CERTIFICATE}.crt", f"{CERTIFICATE}.key")
    server = await asyncio.start_server(serve, sys.argv[1], 15671, ssl=context)
    await server.serve_forever()


asyncio.run(main())
