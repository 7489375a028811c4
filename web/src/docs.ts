// The description of the HTTP interface at /docs, with Swagger's files from this address.
import "swagger-ui-dist/swagger-ui.css";

import { SwaggerUIBundle } from "swagger-ui-dist";

SwaggerUIBundle({
  dom_id: "#docs",
  url: new URL("openapi.json", document.baseURI).href,
  deepLinking: true,
  validatorUrl: null, // it would ask another address
});
