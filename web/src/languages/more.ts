import type { Service } from "./en.service.ts";
import type { StudioSentences } from "./en.studio.ts";
import type { Code, Language } from "./table.ts";

interface More {
  readonly service: () => Promise<{ service: Service }>; // accounts, keys, jobs, credits, admin
  readonly studio: () => Promise<{ default: StudioSentences }>; // pictures, videos, voices
}

// Files that a few pages need, so that others do not carry the list of them.
const MORE: Readonly<Record<Code, More>> = {
  ar: {
    service: () => import("./ar.service.ts"),
    studio: () => import("./ar.studio.ts"),
  },
  de: {
    service: () => import("./de.service.ts"),
    studio: () => import("./de.studio.ts"),
  },
  en: {
    service: () => import("./en.service.ts"),
    studio: () => import("./en.studio.ts"),
  },
  es: {
    service: () => import("./es.service.ts"),
    studio: () => import("./es.studio.ts"),
  },
  fr: {
    service: () => import("./fr.service.ts"),
    studio: () => import("./fr.studio.ts"),
  },
  ja: {
    service: () => import("./ja.service.ts"),
    studio: () => import("./ja.studio.ts"),
  },
  tr: {
    service: () => import("./tr.service.ts"),
    studio: () => import("./tr.studio.ts"),
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
