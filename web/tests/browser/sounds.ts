export interface Sound {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** The service's sample, or the beginning of it. */
export async function sound(address: string, name: string, seconds?: number): Promise<Sound> {
  const response = await fetch(`${address}/sample.wav`);
  const whole = Buffer.from(await response.arrayBuffer());
  const mimeType = "audio/wav";
  if (seconds === undefined) return { name, mimeType, buffer: whole };
  const header = whole.subarray(0, 44);
  const bytes = seconds * whole.readUInt32LE(28);
  const buffer = Buffer.concat([header, whole.subarray(44, 44 + bytes)]);
  buffer.writeUInt32LE(36 + bytes, 4);
  buffer.writeUInt32LE(bytes, 40);
  return { name, mimeType, buffer };
}

/** Minutes of a hiss that holds no speech, and whose parts are not alike. */
export function noise(name: string, megabytes: number): Sound {
  const samples = new Int16Array(megabytes * 500_000);
  let seed = 1;
  for (let at = 0; at < samples.length; at += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    samples[at] = seed % 200;
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channel
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28); // bytes a second
  header.writeUInt16LE(2, 32); // bytes a sample
  header.writeUInt16LE(16, 34); // bits a sample
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const buffer = Buffer.concat([header, Buffer.from(samples.buffer)]);
  return { name, mimeType: "audio/wav", buffer };
}
