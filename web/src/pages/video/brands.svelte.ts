import { type Schemas, answer } from "../../api/client.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";

export type Brand = Schemas["BrandOut"];
export type BrandColours = Schemas["BrandColours"];
export type BrandFile = "font" | "intro" | "outro";

export interface Given {
  readonly name: string;
  readonly colours: BrandColours | null;
  readonly logo: Schemas["Logo"] | null;
}

const PATH = "/api/v1/brands/{brand_id}";

/** The brands of the account. What changes one throws Problem. */
export class Brands {
  readonly list: Resource<readonly Brand[]>;
  #app: App;

  constructor(app: App) {
    this.#app = app;
    this.list = new Resource(async (signal) => {
      const params = { query: { limit: 100 } };
      return (await answer(app.api.GET("/api/v1/brands", { params, signal }))).items;
    });
  }

  async save(id: string | null, body: Given): Promise<Brand> {
    const { api } = this.#app;
    const params = { path: { brand_id: id ?? "" } };
    const saved = id
      ? await answer(api.PATCH(PATH, { params, body }))
      : await answer(api.POST("/api/v1/brands", { body }));
    await this.list.load();
    return saved;
  }

  async send(id: string, name: BrandFile, file: File): Promise<void> {
    const form = new FormData();
    form.append("file", file);
    const body = form as never; // the schema knows no files
    const bodySerializer = () => form;
    const path = { brand_id: id };
    await (name === "font"
      ? answer(this.#app.api.PUT(`${PATH}/font`, { params: { path }, body, bodySerializer }))
      : answer(
          this.#app.api.PUT(`${PATH}/{place}`, {
            params: { path: { ...path, place: name } },
            body,
            bodySerializer,
          }),
        ));
    await this.list.load();
  }

  async clear(id: string, name: BrandFile): Promise<void> {
    const params = { path: { brand_id: id, file: name } };
    await answer(this.#app.api.DELETE(`${PATH}/{file}`, { params }));
    await this.list.load();
  }

  async remove(id: string): Promise<void> {
    await answer(this.#app.api.DELETE(PATH, { params: { path: { brand_id: id } } }));
    await this.list.load();
  }
}
