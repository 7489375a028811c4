import config from "./playwright.config.ts";

/** Takes the pictures of docs/ from the running product: `make pictures`. */
export default {
  ...config,
  projects: [{ name: "pictures" }],
  testDir: "tests/pictures",
  timeout: 180_000,
  workers: 1,
};
