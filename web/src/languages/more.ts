import type { ClipsSentences } from "./en.clips.ts";
import type { Service } from "./en.service.ts";
import type { StudioSentences } from "./en.studio.ts";
import type { Code, Language } from "./table.ts";

interface More {
  readonly service: () => Promise<{ service: Service }>; // accounts, keys, jobs, credits, admin
  readonly studio: () => Promise<{ default: StudioSentences }>; // pictures, videos, voices
  readonly clips: () => Promise<{ default: ClipsSentences }>;
}

// Files that a few pages need, so that others do not carry the list of them.
const MORE: Readonly<Record<Code, More>> = {
  ar: {
    service: () => import("./ar.service.ts"),
    studio: () => import("./ar.studio.ts"),
    clips: () => import("./ar.clips.ts"),
  },
  de: {
    service: () => import("./de.service.ts"),
    studio: () => import("./de.studio.ts"),
    clips: () => import("./de.clips.ts"),
  },
  en: {
    service: () => import("./en.service.ts"),
    studio: () => import("./en.studio.ts"),
    clips: () => import("./en.clips.ts"),
  },
  es: {
    service: () => import("./es.service.ts"),
    studio: () => import("./es.studio.ts"),
    clips: () => import("./es.clips.ts"),
  },
  fr: {
    service: () => import("./fr.service.ts"),
    studio: () => import("./fr.studio.ts"),
    clips: () => import("./fr.clips.ts"),
  },
  ja: {
    service: () => import("./ja.service.ts"),
    studio: () => import("./ja.studio.ts"),
    clips: () => import("./ja.clips.ts"),
  },
  tr: {
    service: () => import("./tr.service.ts"),
    studio: () => import("./tr.studio.ts"),
    clips: () => import("./tr.clips.ts"),
  },
};

/** Sentences of the pages about the account and the service. */
export async function ofService({ code }: Language): Promise<Service> {
  return (await MORE[code].service()).service;
}

/** What the pages of pictures and video say, and the reading voice. */
export async function studioSentences({ code }: Language): Promise<StudioSentences> {
  return (await MORE[code].studio()).default;
}

/** What is said where passages of a recording are found that become clips. */
export async function clipsSentences({ code }: Language): Promise<ClipsSentences> {
  return (await MORE[code].clips()).default;
}
