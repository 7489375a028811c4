declare module "swagger-ui-dist" {
  export function SwaggerUIBundle(options: {
    dom_id: string;
    url: string;
    deepLinking: boolean;
    validatorUrl: null;
  }): unknown;
}
