/** Bytes that no ordinary client sends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Everything the server answers until it closes the connection; `meanwhile` runs once the text is sent. */
export async function rawAnswer(
  port: number,
  text: string,
  meanwhile: (socket: Socket) => Promise<void> = async () => undefined,
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  let got = '';
  socket.on('data', (chunk) => {
    got += String(chunk);
  });
  // Being cut off may come as an error first; what was answered counts.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write(text);
  await meanwhile(socket);
  await closed;
  return got;
}
