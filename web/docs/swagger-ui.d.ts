// The package has no types of its own; these are the parts that the page uses.

declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    domNode: HTMLElement;
    presets: unknown[];
    defaultModelsExpandDepth?: number;
    docExpansion?: "list" | "full" | "none";
    filter?: boolean;
    validatorUrl?: null;
  }
  const SwaggerUI: { (options: Options): void; presets: { apis: unknown } };
  export default SwaggerUI;
}
