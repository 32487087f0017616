// What the scripts here hand around, and what they use of LiteRT.js.

/** Where a file of `litert/` is, by its name. */
export type Locate = (name: string) => string

export interface Tensor {
  toTypedArray(): Float32Array
  delete(): void
}
export interface CompiledModel {
  getInputDetails(): readonly { shape: Int32Array }[]
  getOutputDetails(): readonly { shape: Int32Array }[]
  run(inputs: Tensor[]): Promise<Tensor[]>
  delete(): void
}
export interface LiteRt {
  Tensor: new (values: Float32Array, shape: Int32Array) => Tensor
  supportsFeature(name: 'relaxedSimd'): Promise<boolean>
  loadLiteRt(script: string): Promise<unknown>
  loadAndCompile(model: Uint8Array, options: { accelerator: 'wasm' }): Promise<CompiledModel>
  getGlobalLiteRt(): { liteRtWasm: { HEAPU8: Uint8Array } }
}
declare global {
  interface Window {
    /** What the WebAssembly of LiteRT starts with. */
    Module?: { wasmBinary: Uint8Array; print: (line: string) => void; printErr: (line: string) => void }
    /** One LiteRT serves a whole page, whichever script asks first. */
    labLiteRt?: Promise<LiteRt>
  }
}

// ------------------------------------------------------------------------------- the page that is taken home

/** What `network.json` says, as far as the page reads it. */
export interface Spec {
  photos: { file: string; scores: number[] }[]
}
/** One language of `words.json`. */
export interface Words {
  name: string
  classes: string[]
  text: Record<string, string>
}
