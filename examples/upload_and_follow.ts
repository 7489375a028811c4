// Uploads a recording, follows its progress and prints who said what, with the TypeScript client.
//
// node examples/upload_and_follow.ts talk.mp4        (Node.js 24)

import { openAsBlob } from "node:fs";
import { basename } from "node:path";

import { Mp4ToText, ServiceError, data } from "../web/client/mp4totext.ts";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("Name a recording.");
const client = new Mp4ToText(
  process.env.MP4TOTEXT_URL ?? "http://127.0.0.1:8002",
  process.env.MP4TOTEXT_KEY ?? "",
);
try {
  const file = await openAsBlob(path);
  const accepted = await client.submit(file, basename(path), { language: "en", diarize: true });
  for await (const event of client.events(accepted.task_id)) {
    console.error(event.type, event.stage ?? "");
  }
  const recording = await data(
    client.api.GET("/api/v1/transcriptions/{transcription_id}", {
      params: { path: { transcription_id: accepted.id } },
    }),
  );
  const names = new Map(recording.speakers?.map((speaker) => [speaker.id, speaker.label]));
  for (const segment of recording.segments ?? []) {
    console.log(`${names.get(segment.speaker ?? "") ?? "?"}: ${segment.text}`);
  }
  console.log(await (await client.export(accepted.id, "vtt")).text());
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
