import { type AddressInfo, connect, createServer } from "node:net";

export interface CuttingLine {
  readonly address: string;
  readonly cuts: () => number;
  readonly close: () => void;
}

/** Between a browser and the service: it breaks connections, each after another number of bytes. */
export async function cuttingLine(service: string, times: number, every: number) {
  const { hostname, port } = new URL(service);
  let cuts = 0;
  const server = createServer((browser) => {
    const upstream = connect(Number(port), hostname);
    let sent: number | null = null; // of an upload's bytes
    const end = () => {
      browser.destroy();
      upstream.destroy();
    };
    browser.on("data", (part) => {
      if (part.includes("PATCH /api/v1/uploads/")) sent = 0;
      if (sent !== null) sent += part.length;
      if (sent !== null && cuts < times && sent > every + cuts * 7_919) {
        cuts += 1;
        end();
      } else upstream.write(part);
    });
    upstream.pipe(browser);
    browser.on("close", end).on("error", end);
    upstream.on("close", end).on("error", end);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const own = server.address() as AddressInfo;
  const line: CuttingLine = {
    address: `http://127.0.0.1:${own.port}`,
    cuts: () => cuts,
    close: () => void server.close(),
  };
  return line;
}
