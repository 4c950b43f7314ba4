declare module "wheel:bqplot" {
  const exported: Record<string, unknown>;
  export default exported;
}
declare module "wheel:bqscales" {
  const exported: Record<string, unknown>;
  export default exported;
}
declare module "*.css";
