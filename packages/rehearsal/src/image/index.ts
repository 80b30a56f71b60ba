export { prepareAppContext } from "./app-context.ts";
export { type BaseImageOptions, buildBaseImage, prepareBaseImage } from "./base-image.ts";
